"""The pieces of today's page, each a reading of its own that can be shown again by itself."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.content.reasons import channel_name
from myosotis.domain.words import VisitStatus
from myosotis.flows.visit_marked import MARKED
from myosotis.store import calls, halts, schedule, spending, troubles
from myosotis.store.home import home_zone
from myosotis.store.models import Calendar, Candidate, Offer, Visit
from myosotis.store.offers import shown
from myosotis.store.schedule import Booked
from myosotis.value_class import value_class
from myosotis.web.desk.access import OFFICE, OWNER, Desk
from myosotis.web.desk.visits.words import status_of

FIRST_ROWS: Final = 5

UNREACHED: Final[tuple["str | Promise", str]] = (_("could not be told"), "bad")
UNREAD: Final[tuple["str | Promise", str]] = (_("told, not read yet"), "note")
"""What is worth more than the status of a visit ahead: in words, and the colour of its mark."""


@value_class
class Row:
    """One visit of today."""

    visit: Visit
    state: "str | Promise"
    look: str
    begun: bool
    """It can be noted whether the patient came."""
    marked: bool
    following: bool
    """The next one of its calendar."""


@value_class
class Day:
    """Today in one calendar."""

    calendar: Calendar
    zone: ZoneInfo
    rows: list[Row]


@value_class
class Running:
    """A freed slot that patients are being asked about."""

    offer: Offer
    zone: ZoneInfo
    asked: list[Candidate]

    @property
    def waiting(self) -> int:
        """How many have not answered."""
        return sum(not one.answer for one in self.asked)


Panel = Callable[[Desk, datetime], Mapping[str, Any]]
"""What a piece shows at an instant (UTC)."""


def visits(desk: Desk, now: datetime) -> Mapping[str, Any]:
    calendars = list(desk.calendars())
    today = now.astimezone(home_zone(desk.practice.pk)).date()
    day = schedule.visits(desk.practice, calendars, today, today, now)
    found = [_day(calendar, day, now) for calendar in calendars]
    return {"days": found, "calendars": calendars, "visits": sum(len(day.rows) for day in found)}


def _day(calendar: Calendar, day: Booked, now: datetime) -> Day:
    own = [visit for visit in day.visits if visit.calendar_id == calendar.pk]
    following = next((visit.pk for visit in own if visit.start > now), None)
    rows = [_row(visit, day, now, following=visit.pk == following) for visit in own]
    return Day(calendar=calendar, zone=calendar.address.zone, rows=rows)


def _row(visit: Visit, day: Booked, now: datetime, *, following: bool) -> Row:
    words, look = _said(visit, day, now)
    marked = visit.status in MARKED
    return Row(visit=visit, state=words, look=look, begun=visit.start <= now, marked=marked, following=following)


def _said(visit: Visit, day: Booked, now: datetime) -> tuple["str | Promise", str]:
    if visit.pk in day.unreached:
        return UNREACHED
    unread = visit.status == VisitStatus.BOOKED and visit.pk in day.unread
    return UNREAD if unread else status_of(visit, now)


def offers(desk: Desk, now: datetime) -> Mapping[str, Any]:
    return {"running": [_running(offer) for offer in shown.running(desk.offers(), now)]}


def _running(offer: Offer) -> Running:
    people: list[Candidate] = offer.people  # type: ignore[attr-defined] # by `shown.with_people`
    asked = [one for one in people if not one.passed_over]
    return Running(offer=offer, zone=offer.calendar.address.zone, asked=asked)


def to_call(desk: Desk, now: datetime) -> Mapping[str, Any]:
    found = sorted(
        (visit.start, visit.visit_id) for visit in calls.unreached(desk.practice, now, among=desk.own_visits())
    )
    first = desk.visits().filter(id__in=[visit_id for _start, visit_id in found[:FIRST_ROWS]])
    return {"first": _listed(first), "count": len(found)}


def unconfirmed(desk: Desk, now: datetime) -> Mapping[str, Any]:
    rows = calls.unconfirmed(desk.practice, now).filter(desk.own_visits())
    return {"first": _listed(rows), "count": rows.count()}


def _listed(rows: "QuerySet[Visit]") -> list[Visit]:
    """The first few of them."""
    return list(rows.select_related("patient", "calendar__address").order_by("start", "id")[:FIRST_ROWS])


def replies(desk: Desk, now: datetime) -> Mapping[str, Any]:
    del now  # what waits, waits
    waiting = desk.incoming().filter(handled_at=None)
    newest = waiting.order_by("-received_at", "-id")[:FIRST_ROWS]
    first = newest.prefetch_related("patient")  # joined, the patients of all that waits would be read
    return {"first": list(first), "count": waiting.count(), "zone": home_zone(desk.practice.pk)}


def trouble(desk: Desk, now: datetime) -> Mapping[str, Any]:
    found = troubles.of(desk.practice, now) if desk.may(OFFICE) else []
    named = [(channel_name(one.channel, desk.language), one) for one in found]
    return {"troubles": named, "may_mend": desk.may(OWNER), "is_halted": halts.standing().exists()}


def spend(desk: Desk, now: datetime) -> Mapping[str, Any]:
    return {"spent": spending.of_month(desk.practice, now) if desk.may(OFFICE) else None}


PANELS: Final[Mapping[str, Panel]] = {
    "trouble": trouble,
    "visits": visits,
    "offers": offers,
    "calls": to_call,
    "unconfirmed": unconfirmed,
    "replies": replies,
    "spend": spend,
}
"""By the name of the piece, in the order of the page."""
