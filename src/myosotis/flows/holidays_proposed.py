"""Public holidays on which a calendar would be open are proposed for closing; staff accept them, or let them be."""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final

from dateutil.easter import easter
from django.db import transaction

from myosotis.domain import holidays
from myosotis.domain.free_times import A_DAY
from myosotis.domain.holidays import Holiday
from myosotis.domain.window import instant
from myosotis.domain.words import VisitStatus
from myosotis.flows import calendar_changed, found
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Invalid
from myosotis.store import free_times
from myosotis.store.models import Calendar, Practice
from myosotis.value_class import value_class

AHEAD: Final = timedelta(days=366)
POLAND: Final = "Europe/Warsaw"
"""Elsewhere other days are holidays, which we don't know."""


@value_class
class Proposed:
    """A coming holiday on which a calendar would be open, and how many visits stand on it already."""

    day: date
    holiday: Holiday
    visits: int


def proposed(*, practice: Practice, calendar_id: int, now: datetime) -> list[Proposed]:
    """The holidays of the coming year on which the calendar would be open, in their order. Raises NotFound."""
    calendar = found.calendar_of(practice, calendar_id)
    coming = _coming(calendar, now)
    if not coming:
        return []
    opening = free_times.opening(calendar, min(coming), max(coming))
    days = [day for day in coming if opening.stretches(day)]
    visits = _visits_by_day(calendar, days)
    return [Proposed(day=day, holiday=coming[day], visits=visits[day]) for day in days]


@transaction.atomic
def accept(*, practice: Practice, calendar_id: int, days: Collection[date], actor: Actor, now: datetime) -> None:
    """Close a calendar on coming holidays; what is booked stays, and a day that differs already stays as it is.

    Raises NotFound, and Invalid (days: `no_coming_holiday`).
    """
    calendar = found.calendar_of(practice, calendar_id, lock=True)
    if not set(days) <= _coming(calendar, now).keys():
        raise Invalid("days", "no_coming_holiday")
    differing = set(calendar.opening_exceptions.filter(day__in=days).values_list("day", flat=True))
    for day in sorted(set(days) - differing):
        calendar_changed.set_opening_exception(
            practice=practice, calendar_id=calendar.pk, day=day, hours=(), actor=actor, now=now
        )


def _coming(calendar: Calendar, now: datetime) -> dict[date, Holiday]:
    if calendar.address.time_zone != POLAND:
        return {}
    today = free_times.today(calendar, now)
    last = today + AHEAD
    years = (holidays.polish(easter(year)) for year in range(today.year, last.year + 1))
    return {day: holiday for year in years for day, holiday in year.items() if today <= day <= last}


def _visits_by_day(calendar: Calendar, days: Collection[date]) -> Counter[date]:
    if not days:
        return Counter()
    zone = free_times.zone_of(calendar)
    since, until = instant(min(days), time(), zone), instant(max(days) + A_DAY, time(), zone)
    visits = calendar.visits.filter(practice_id=calendar.practice_id, start__gte=since, start__lt=until)
    starts = visits.exclude(status=VisitStatus.CANCELLED).values_list("start", flat=True)
    return Counter(start.astimezone(zone).date() for start in starts)
