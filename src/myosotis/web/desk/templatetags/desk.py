"""Icons, fields, and instants as they are read at an address."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from myosotis.content.moments import Moment, moment
from myosotis.domain.words import Language
from myosotis.web.desk.once import FIELD

register = template.Library()

ICONS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "icons"


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An icon that is decoration: the words beside it say what it means. Raises OSError where there is none."""
    return _icon(name, size)


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    drawn = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    sized = drawn.replace('width="16" height="16"', f'width="{size}" height="{size}" aria-hidden="true"', 1)
    return mark_safe(sized)  # noqa: S308 - a file of this package, no input


@register.filter
def at(instant: datetime, zone: "ZoneInfo | str") -> Moment:
    """An instant (UTC) as read in a zone: `{{ visit.start|at:zone }}` has `.day.short`, `.day.long`, `.clock`."""
    known = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
    language = Language.EN if (get_language() or "").startswith("en") else Language.PL
    return moment(instant, known, language, known)


@register.filter
def widget_kind(field: BoundField) -> str:
    """How a field is drawn: check, radio, select or input."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect):
        return "radio"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "select" if isinstance(widget, Select) else "input"


@register.simple_tag
def drawn(field: BoundField) -> SafeString:
    """The field with its class, told apart for readers of the screen when it is wrong or explained."""
    classes = {"check": "form-check-input", "select": "form-select", "input": "form-control"}
    wrong = " is-invalid" if field.errors else ""
    return field.as_widget(attrs={"class": classes.get(widget_kind(field), "") + wrong})


@register.simple_tag
def once() -> SafeString:
    """Tells this showing of a form from every other one, so that it is taken once (`once.once`)."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid4())


@register.simple_tag
def sandbox() -> bool:
    """Whether this is the test bench."""
    return bool(settings.MYOSOTIS.sandbox)
