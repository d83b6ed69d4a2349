"""The last four weeks of a calendar with other switches: what would have been sent, at what cost. Nothing is changed."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.reasons import channel_name, kind_name
from myosotis.domain.words import Channel, Kind
from myosotis.store import what_if
from myosotis.store.what_if import Comparison, Key, Line
from myosotis.value_class import value_class
from myosotis.web.desk import frame
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.communication.switches import chosen_in
from myosotis.web.desk.communication.views import calendar_of, shown

ORDER: Final = tuple(Kind)
NOTHING: Final = Line()


@value_class
class Row:
    """One kind on one channel, then and with the switches of the form."""

    kind: str
    channel: str
    then: Line
    now: Line

    @property
    def differs(self) -> bool:
        return self.then != self.now


@require_safe
@staff(*OWNER)
def communication_what_if(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """The form with the switches as they are, or as they were chosen, and what comes of it."""
    calendar = calendar_of(desk, calendar_id)
    chosen = chosen_in(request.GET) if "asked" in request.GET else calendar.switches
    context: dict[str, object] = {"calendar": calendar, "switches": shown(chosen)}
    if chosen != calendar.switches:
        try:
            context |= _compared(what_if.compare(desk.practice, calendar, chosen, clock.now()))
        except what_if.TooManyVisitsError:
            context["sorry"] = _("There are too many visits in these four weeks to go through them here.")
    return frame.answer(request, desk, "desk/communication/what_if.html", context)


def _compared(found: Comparison) -> dict[str, object]:
    language = get_language() or "pl"
    keys = sorted({*found.then, *found.now}, key=_order)
    return {
        "found": found,
        "offers_left_out": Kind.OFFER in found.unforeseen,
        "then": _all(found.then.values()),
        "now": _all(found.now.values()),
        "rows": [
            Row(
                kind=kind_name(kind, language),
                channel=channel_name(channel, language),
                then=found.then.get((kind, channel), NOTHING),
                now=found.now.get((kind, channel), NOTHING),
            )
            for kind, channel in keys
        ],
    }


def _order(key: Key) -> tuple[int, Channel]:
    return ORDER.index(key[0]), key[1]


def _all(lines: Iterable[Line]) -> Line:
    every = list(lines)
    return Line(sum((line.count for line in every), Decimal(0)), sum((line.cost for line in every), Decimal(0)))
