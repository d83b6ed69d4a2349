"""Free times of a calendar, loaded in a bounded number of queries for any number of days and visits (docs/rules.md 1).

A doctor cannot be at two addresses: what is booked, blocked or held in any calendar of the doctor makes the time busy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from myosotis.domain import free_times
from myosotis.domain.free_times import A_DAY, Opening, Span, Stretch, Wanted
from myosotis.domain.window import instant
from myosotis.domain.words import VisitStatus
from myosotis.store.models import BlockedTime, Calendar, Hold, OpeningException, OpeningHours, Visit
from myosotis.store.question import Row, read

LONGEST: Final = timedelta(days=2)
"""No visit lasts longer with its break: one index finds all that reach into a day."""
LONGEST_BREAK: Final = timedelta(hours=4)


@dataclass(frozen=True, kw_only=True, slots=True)
class FreeDay:
    """A local day and the instants (UTC) at which a visit may start on it, in order."""

    day: date
    starts: tuple[datetime, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """When a calendar is open, and what takes its doctor's time, by cause; breaks after visits are in it."""

    open_time: tuple[Span, ...]
    visits: tuple[Span, ...]
    blocked: tuple[Span, ...]
    held: tuple[Span, ...]

    @property
    def busy(self) -> tuple[Span, ...]:
        return (*self.visits, *self.blocked, *self.held)


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
    holds: bool = True,
) -> datetime:
    """Until when (UTC) the doctor is free without a gap from `start` on; `start` itself where it is not free.

    Within opening hours, which do not matter up to `freed_end`. `holds`: whether what somebody is booking just now
    counts as taken.
    """
    zone = zone_of(calendar)
    last_day = max(start, freed_end or start).astimezone(zone).date()
    times = load(calendar, start.astimezone(zone).date(), last_day, now, without_visit=without_visit)
    busy = times.busy if holds else (*times.visits, *times.blocked)
    return free_times.free_until(start, times.open_time, busy, freed_end=freed_end)


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
    return ZoneInfo(calendar.address.time_zone)


def load(
    calendar: Calendar,
    first_day: date,
    last_day: date,
    now: datetime,
    *,
    without_visit: int | None = None,
    without_hold: int | None = None,
) -> Times:
    """When a calendar is open on local days, and what is taken on them.

    Every visit that was not cancelled takes time, also a no-show: staff may take the mark back.
    """
    zone = zone_of(calendar)
    since, until = instant(first_day, time(), zone), instant(last_day + A_DAY, time(), zone) + LONGEST_BREAK
    theirs = Q(practice_id=calendar.practice_id, calendar_id__in=_calendars_of_doctor(calendar), start__lt=until)
    visits = Visit.objects.filter(theirs, start__gt=since - LONGEST).exclude(status=VisitStatus.CANCELLED)
    blocked = BlockedTime.objects.filter(theirs, end__gt=since)
    held = Hold.objects.filter(theirs, end__gt=since, released_at=None, expires_at__gt=now)
    if without_visit is not None:
        visits = visits.exclude(id=without_visit)
    if without_hold is not None:
        held = held.exclude(id=without_hold)
    return Times(
        open_time=tuple(free_times.open_spans(opening(calendar, first_day, last_day), zone, first_day, last_day)),
        visits=tuple(_with_breaks(read(visits.values_list("start", "end", "service__break_minutes")))),
        blocked=_spans(blocked.values_list("start", "end")),
        held=_spans(held.values_list("start", "end")),
    )


def _calendars_of_doctor(calendar: Calendar) -> list[int]:
    calendars = Calendar.objects.filter(practice_id=calendar.practice_id, doctor_id=calendar.doctor_id)
    return list(calendars.values_list("id", flat=True))


def opening(calendar: Calendar, first_day: date, last_day: date) -> Opening:
    """The weekly hours of a calendar, and the local days of a range that differ."""
    its = Q(practice_id=calendar.practice_id, calendar_id=calendar.pk)
    week: dict[int, list[Stretch]] = {}
    for weekday, opens, closes in OpeningHours.objects.filter(its).values_list("weekday", "opens", "closes"):
        week.setdefault(weekday, []).append(Stretch(opens, closes))
    exceptions: dict[date, list[Stretch]] = {}
    differing = OpeningException.objects.filter(its, day__range=(first_day, last_day))
    for day, from_time, to_time in differing.values_list("day", "opens", "closes"):
        stretches = exceptions.setdefault(day, [])
        if from_time is not None and to_time is not None:
            stretches.append(Stretch(from_time, to_time))
    return Opening(week=week, exceptions=exceptions)


def _with_breaks(rows: Iterable[Row]) -> Iterator[Span]:
    for start, end, break_minutes in rows:
        yield Span(start, end + timedelta(minutes=break_minutes) if break_minutes else end)


def _spans(rows: Iterable[tuple[datetime, datetime]]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in rows)
