"""The navigation of the settings, for every page that extends `desk/settings/frame.html`."""

from typing import Any

from django import template
from django.template import Context
from django.utils.functional import Promise

from myosotis.content.reasons import kind_name
from myosotis.domain.words import Kind
from myosotis.web.desk.access import Desk
from myosotis.web.desk.fields import lasting
from myosotis.web.desk.settings import sections

register = template.Library()
register.filter("lasting", lasting)


@register.simple_tag(takes_context=True)
def setting_groups(context: Context) -> "list[tuple[str | Promise, list[sections.Section]]]":
    """The sections for whoever is at the desk, by group."""
    desk: Desk = context["desk"]
    return sections.groups(desk.role)


@register.simple_tag(takes_context=True)
def setting_page(context: Context) -> str:
    """The name of the page's address, by which its section is known."""
    request: Any = context["request"]
    return request.resolver_match.url_name or ""


@register.simple_tag(takes_context=True)
def kind_word(context: Context, kind: Kind) -> str:
    """What a kind of message is called."""
    desk: Desk = context["desk"]
    return kind_name(kind, desk.language)


@register.filter
def has_page(section: sections.Section, page: str) -> bool:
    return section.has(page)
