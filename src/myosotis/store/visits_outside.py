"""Visits that stand where their calendar is not open, or where its time is blocked: staff see them and decide."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import QuerySet

from myosotis.domain.free_times import Span, merged, open_spans
from myosotis.domain.words import VisitStatus
from myosotis.store import free_times
from myosotis.store.models import Calendar, Visit
from myosotis.value_class import value_class

LIVE = (VisitStatus.BOOKED, VisitStatus.CONFIRMED)


@value_class
class Outside:
    """A visit ahead, and the local day on which it starts."""

    visit_id: int
    start: datetime
    day: date


def ahead(calendar: Calendar, now: datetime) -> list[Outside]:
    """The visits from `now` (UTC) on that are booked and not wholly within opening hours, in their order.

    A calendar of which nobody has said when it is open has none.
    """
    visits = list(_live(calendar).filter(start__gte=now).order_by("start", "id").values_list("id", "start", "end"))
    if not visits or not free_times.opens_at_all(calendar):
        return []
    zone = free_times.zone_of(calendar)
    first, last = visits[0][1].astimezone(zone).date(), visits[-1][1].astimezone(zone).date()
    spans = open_spans(free_times.opening(calendar, first, last), zone, first, last)
    return [
        Outside(visit_id=key, start=start, day=start.astimezone(zone).date())
        for key, start, end in _not_within(visits, spans)
    ]


def counted_within(calendar: Calendar, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """Of each span of time (UTC), how many visits that are booked reach into it."""
    if not spans:
        return []
    since, until = min(start for start, _ in spans), max(end for _, end in spans)
    rows = _live(calendar).filter(start__gte=since - free_times.LONGEST, start__lt=until)
    visits = list(rows.values_list("start", "end"))
    return [sum(start < ends and end > begins for start, end in visits) for begins, ends in spans]


def by_day(visits: Iterable[Outside]) -> dict[date, int]:
    """How many on each day."""
    found: dict[date, int] = {}
    for visit in visits:
        found[visit.day] = found.get(visit.day, 0) + 1
    return found


def _live(calendar: Calendar) -> "QuerySet[Visit]":
    return calendar.visits.filter(practice_id=calendar.practice_id, status__in=LIVE)


def _not_within(
    visits: Iterable[tuple[int, datetime, datetime]], spans: list[Span]
) -> Iterable[tuple[int, datetime, datetime]]:
    """Both are in order: one walk finds the span that each visit could stand in."""
    opened = merged(spans)
    number = 0
    for visit in visits:
        _, start, end = visit
        while number < len(opened) and opened[number].end <= start:
            number += 1
        if number == len(opened) or not (opened[number].start <= start and end <= opened[number].end):
            yield visit
