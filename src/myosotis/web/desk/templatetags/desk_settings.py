"""The navigation of the settings, for every page that extends `desk/settings/frame.html`; the card of the set-up."""

from typing import Any

from django import template
from django.template import Context
from django.utils.functional import Promise

from myosotis.content.reasons import channel_name, kind_name
from myosotis.domain.words import Channel, Kind
from myosotis.web.desk.access import Desk
from myosotis.web.desk.fields import lasting
from myosotis.web.desk.settings import sections
from myosotis.web.desk.setup import progress

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


@register.simple_tag(takes_context=True)
def channel_word(context: Context, channel: Channel) -> str:
    """What a channel is called."""
    desk: Desk = context["desk"]
    return channel_name(channel, desk.language)


@register.inclusion_tag("desk/setup/card.html", takes_context=True)
def set_up_card(context: Context) -> "dict[str, progress.Progress | None]":
    """The card that leads an owner to the set-up, until it is over."""
    desk: Desk = context["desk"]
    return {"set_up": progress.card(desk)}


@register.filter
def has_page(section: sections.Section, page: str) -> bool:
    return section.has(page)
