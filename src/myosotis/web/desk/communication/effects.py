"""What a change of switches does to planned messages, in numbers and words: before it is saved, and said after it."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from myosotis.content.reasons import kind_name
from myosotis.domain.values import Switches
from myosotis.domain.words import Kind
from myosotis.flows.switches_changed import NAMES, Effect
from myosotis.value_class import value_class

AFTERWARDS: Final[dict[tuple[str, bool], "str | Promise"]] = {
    ("details", True): _(
        "Details go for what is booked from now on; visits that are booked already get none belatedly."
    ),
    ("details", False): _("Visits booked from now on go without details."),
    ("reminder", True): _("Reminders whose time has passed already are not made up for."),
    ("actions", True): _("Links in messages that have gone let patients confirm, move and cancel at once."),
    ("actions", False): _("Links in messages that have gone show the visit, but let patients do nothing any more."),
    ("review", False): _("Patients who booked online are still asked for an opinion."),
    ("offer", True): _("It is about places that become free from now on."),
    ("offer", False): _(
        "Places that become free from now on are offered to nobody; what has not left yet is withdrawn."
    ),
}
"""What numbers do not tell, by the switch and where it was turned."""


@value_class
class Row:
    """One kind of message: how many appear, how many disappear."""

    kind: str
    appear: int
    disappear: int


def rows_of(effect: Effect) -> list[Row]:
    """The kinds that change, in the order of the rules."""
    language = get_language() or ""
    return [
        Row(kind=kind_name(kind, language), appear=effect.appear.get(kind, 0), disappear=effect.disappear.get(kind, 0))
        for kind in Kind
        if effect.appear.get(kind) or effect.disappear.get(kind)
    ]


def turned(before: Switches, after: Switches) -> list["str | Promise"]:
    """What is to be said of the switches that were turned."""
    changed = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    said = [(name, getattr(after, name)) for name in changed]
    return [AFTERWARDS[one] for one in said if one in AFTERWARDS]


def sentence(effect: Effect) -> str:
    """Of a change that was made: "28 messages disappear, 0 appear; 14 visits"."""
    if not effect.changed:
        return gettext("Planned messages stay as they are.")
    gone, come = sum(effect.disappear.values()), sum(effect.appear.values())
    visits = ngettext("%(count)d visit", "%(count)d visits", effect.changed) % {"count": effect.changed}
    parts = [
        ngettext("%(count)d planned message disappeared", "%(count)d planned messages disappeared", gone)
        % {"count": gone},
        ngettext("%(count)d appeared", "%(count)d appeared", come) % {"count": come},
    ]
    return f"{', '.join(parts)} ({visits})."
