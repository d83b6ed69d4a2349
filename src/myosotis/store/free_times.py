"""Free times of a calendar, loaded in a bounded number of queries for any number of days and visits (docs/rules.md 1).

A doctor cannot be at two addresses: what is booked, blocked or held in any calendar of the doctor makes the time busy.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from myosotis.domain import free_times
from myosotis.domain.free_times import A_DAY, Opening, Span, Stretch, Wanted
from myosotis.domain.window import instant
from myosotis.domain.words import VisitStatus
from myosotis.store.models import BlockedTime, Calendar, Hold, OpeningException, OpeningHours, Visit
from myosotis.store.question import Question, Row
from myosotis.value_class import value_class

LONGEST: Final = timedelta(days=2)
"""No visit lasts longer with its break: one index finds all that reach into a day."""
LONGEST_BREAK: Final = timedelta(hours=4)


def _of_doctors(practices: int, doctors: int) -> Q:
    return Q(practice_id__in=[practices], calendar_id__in=Calendar.objects.filter(doctor_id__in=[doctors]).values("id"))


def _visits_of(practices: int, doctors: int, after: datetime, before: datetime) -> "QuerySet[Visit, Row]":
    """Every visit that was not cancelled takes time, also a no-show: staff may take the mark back."""
    theirs = Visit.objects.filter(_of_doctors(practices, doctors), start__gt=after, start__lt=before)
    return theirs.exclude(status=VisitStatus.CANCELLED).values_list("id", "start", "end", "service__break_minutes")


def _blocked_of(practices: int, doctors: int, after: datetime, before: datetime) -> "QuerySet[BlockedTime, Row]":
    theirs = BlockedTime.objects.filter(_of_doctors(practices, doctors), end__gt=after, start__lt=before)
    return theirs.values_list("id", "start", "end")


def _held_of(practices: int, doctors: int, after: datetime, before: datetime, now: datetime) -> "QuerySet[Hold, Row]":
    theirs = Hold.objects.filter(_of_doctors(practices, doctors), end__gt=after, start__lt=before)
    return theirs.filter(released_at=None, expires_at__gt=now).values_list("id", "start", "end")


_VISITS: Final = Question(_visits_of, lists=2, instants=2)
_BLOCKED: Final = Question(_blocked_of, lists=2, instants=2)
_HELD: Final = Question(_held_of, lists=2, instants=3)
_HOURS: Final = Question(
    lambda calendars: OpeningHours.objects.filter(calendar_id__in=[calendars]).values_list("weekday", "opens", "closes")
)
_EXCEPTIONS: Final = Question(
    lambda calendars: OpeningException.objects.filter(calendar_id__in=[calendars]).values_list("day", "opens", "closes")
)


@value_class
class FreeDay:
    """A local day and the instants (UTC) at which a visit may start on it, in order."""

    day: date
    starts: tuple[datetime, ...]


@value_class
class Times:
    """When a calendar is open, and what takes its doctor's time, by cause; breaks after visits are in it."""

    open_time: tuple[Span, ...]
    visits: tuple[Span, ...]
    blocked: tuple[Span, ...]
    held: tuple[Span, ...]

    @property
    def busy(self) -> tuple[Span, ...]:
        return (*self.visits, *self.blocked, *self.held)


@value_class
class FreeUntil:
    """Until when (UTC) a time is free."""

    end: datetime
    but_for_holds: datetime
    """The same if what somebody is booking just now did not count."""


def days(
    calendar: Calendar,
    *,
    minutes: int,
    break_minutes: int,
    first_day: date,
    last_day: date,
    now: datetime,
    without_visit: int | None = None,
    without_hold: int | None = None,
) -> list[FreeDay]:
    """Every local day from the first to the last with its free times, also the days that have none.

    For patients: from `now` (UTC) and the calendar's lead on, up to its horizon. What the visit or the hold with the
    given id takes counts as free.
    """
    first, last = max(first_day, today(calendar, now)), min(last_day, horizon(calendar, now))
    starts: list[datetime] = []
    if first <= last:
        times = load(calendar, first, last, now, without_visit=without_visit, without_hold=without_hold)
        starts = starts_in(times, calendar, minutes, break_minutes, now)
    zone = zone_of(calendar)
    by_day = {day: tuple(of_day) for day, of_day in groupby(starts, lambda start: start.astimezone(zone).date())}
    return [FreeDay(day=day, starts=by_day.get(day, ())) for day in free_times.days_between(first_day, last_day)]


def starts_in(times: Times, calendar: Calendar, minutes: int, break_minutes: int, now: datetime) -> list[datetime]:
    """The instants (UTC) at which a patient may start a visit of so many minutes, with a break of so many after it."""
    wanted = Wanted(minutes=minutes, break_minutes=break_minutes, step_minutes=calendar.slot_minutes)
    return free_times.free_starts(wanted, times.open_time, times.busy, not_before=earliest(calendar, now))


def free_until(
    calendar: Calendar,
    start: datetime,
    now: datetime,
    *,
    freed_end: datetime | None = None,
    without_visit: int | None = None,
) -> FreeUntil:
    """Until when (UTC) the doctor is free without a gap from `start` on; `start` itself where it is not free.

    Within opening hours, which do not matter up to `freed_end`.
    """
    zone = zone_of(calendar)
    last_day = max(start, freed_end or start).astimezone(zone).date()
    times = load(calendar, start.astimezone(zone).date(), last_day, now, without_visit=without_visit)
    but_for_holds = (*times.visits, *times.blocked)
    return FreeUntil(
        end=free_times.free_until(start, times.open_time, times.busy, freed_end=freed_end),
        but_for_holds=free_times.free_until(start, times.open_time, but_for_holds, freed_end=freed_end),
    )


def today(calendar: Calendar, now: datetime) -> date:
    """The local day at the calendar's address."""
    return now.astimezone(zone_of(calendar)).date()


def earliest(calendar: Calendar, now: datetime) -> datetime:
    """The first instant (UTC) that a patient may take."""
    return now + timedelta(minutes=calendar.booking_lead_minutes)


def horizon(calendar: Calendar, now: datetime) -> date:
    """The last local day on which a patient may take a time."""
    return today(calendar, now) + timedelta(days=calendar.booking_horizon_days)


def zone_of(calendar: Calendar) -> ZoneInfo:
    return calendar.address.zone


def load(
    calendar: Calendar,
    first_day: date,
    last_day: date,
    now: datetime,
    *,
    without_visit: int | None = None,
    without_hold: int | None = None,
) -> Times:
    """When a calendar is open on local days, and what is taken on them."""
    zone = zone_of(calendar)
    since, until = instant(first_day, time(), zone), instant(last_day + A_DAY, time(), zone) + LONGEST_BREAK
    whose = ([calendar.practice_id], [calendar.doctor_id])
    visits = _VISITS.ask(*whose, at=(since - LONGEST, until))
    return Times(
        open_time=tuple(free_times.open_spans(opening(calendar, first_day, last_day), zone, first_day, last_day)),
        visits=_spans(_without(visits, without_visit)),
        blocked=_spans(_BLOCKED.ask(*whose, at=(since, until))),
        held=_spans(_without(_HELD.ask(*whose, at=(since, until, now)), without_hold)),
    )


def opens_at_all(calendar: Calendar) -> bool:
    """Whether anybody has said when this calendar is open: else there is nothing to choose from."""
    return bool(_HOURS.ask([calendar.pk])) or any(opens for _, opens, _ in _EXCEPTIONS.ask([calendar.pk]))


def opening(calendar: Calendar, first_day: date, last_day: date) -> Opening:
    """The weekly hours of a calendar, and the local days of a range that differ."""
    week: dict[int, list[Stretch]] = {}
    for weekday, opens, closes in _HOURS.ask([calendar.pk]):
        week.setdefault(weekday, []).append(Stretch(opens, closes))
    exceptions: dict[date, list[Stretch]] = {}
    for day, from_time, to_time in _EXCEPTIONS.ask([calendar.pk]):
        if first_day <= day <= last_day:
            stretches = exceptions.setdefault(day, [])
            stretches += [] if from_time is None or to_time is None else [Stretch(from_time, to_time)]
    return Opening(week=week, exceptions=exceptions)


def _without(rows: Iterable[Row], left_out: int | None) -> Iterable[Row]:
    return (row for row in rows if row[0] != left_out)


def _spans(rows: Iterable[Row]) -> tuple[Span, ...]:
    """Of rows of id, start, end, and for visits the break after them, which belongs to the time taken."""
    return tuple(Span(start, end + timedelta(minutes=rest[0]) if any(rest) else end) for _, start, end, *rest in rows)
