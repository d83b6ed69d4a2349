"""Free times as a page shows them: by day, a few days at a time, or those nearest to a time that is gone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final

from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import DayNames, Moment, day_names, moment
from myosotis.domain.words import Language
from myosotis.store import free_times
from myosotis.store.models import Calendar, Visit
from myosotis.value_class import value_class

DAYS: Final = 3
"""So many days with free times are shown at once."""
MANY: Final = 48
"""Fewer days are shown where these are so many times already: nobody reads hundreds of them."""
NEAREST: Final = 6
"""So many times are shown in place of one that is gone."""
A_DAY: Final = timedelta(days=1)
STRETCH: Final = timedelta(days=6)
"""So much of a calendar is loaded at a time; where there are free times, one look is mostly enough."""
FORMAT: Final = "%Y%m%dT%H%M%SZ"
YEARS: Final = range(2000, 2200)
"""Of the times that an address may name: none of them runs over the edge of what a date can be."""


@value_class
class Time:
    """A time to choose."""

    written: str
    """As it stands in an address or a form: 20270310T090000Z."""
    read: Moment


@value_class
class Day:
    names: DayNames
    times: tuple[Time, ...]


@value_class
class Some:
    """Some days with free times, and where the others are; None where there are none."""

    days: tuple[Day, ...]
    before: date | None = None
    """The days before this one are the earlier ones."""
    since: date | None = None
    """The days from this one on are the later ones."""


def written(start: datetime) -> str:
    return start.astimezone(UTC).strftime(FORMAT)


def start_of(text: str) -> datetime | None:
    """The instant (UTC) that `written` wrote; None for anything else."""
    try:
        start = datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return start if start.year in YEARS else None


def day_of(text: str) -> date | None:
    """The day that an address names as 2027-03-10; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


class Times:
    """The times at which a visit of so many minutes could be, in a calendar; `now` is UTC."""

    def __init__(
        self,
        calendar: Calendar,
        minutes: int,
        break_minutes: int,
        language: Language,
        now: datetime,
        instead_of: Visit | None = None,
    ) -> None:
        """`instead_of` gives its own time free, and is not offered it where it stands already."""
        self.calendar, self.minutes, self.break_minutes = calendar, minutes, break_minutes
        self.language, self.now, self.instead_of = language, now, instead_of
        self.zone = calendar.address.zone
        self.first, self.last = free_times.today(calendar, now), free_times.horizon(calendar, now)

    @property
    def ahead(self) -> int:
        """How many days are looked at, today included."""
        return (self.last - self.first).days + 1

    def between(self, first: date, last: date) -> list[datetime]:
        """The starts (UTC) on these local days, in order."""
        if first > last:
            return []
        found = free_times.days(
            self.calendar,
            minutes=self.minutes,
            break_minutes=self.break_minutes,
            first_day=max(first, self.first),
            last_day=min(last, self.last),
            now=self.now,
            without_visit=self.instead_of.pk if self.instead_of else None,
        )
        stays = self.instead_of is not None and self.instead_of.calendar_id == self.calendar.pk
        own = self.instead_of.start if self.instead_of and stays else None
        return [start for day in found for start in day.starts if start != own]

    def since(self, day: date) -> Some:
        """The first days with free times from `day` on."""
        days: dict[date, list[datetime]] = {}
        at = max(day, self.first)
        while at <= self.last and len(days) <= DAYS:
            days |= self._by_day(self.between(at, at + STRETCH))
            at += STRETCH + A_DAY
        few = self._few(days)
        return Some(
            days=tuple(self._day(day, days[day]) for day in few),
            before=max(day, self.first) if day > self.first else None,
            since=few[-1] + A_DAY if len(days) > len(few) else None,
        )

    def before(self, day: date) -> Some:
        """The last days with free times before `day`; where they are too few, the first of all."""
        days: dict[date, list[datetime]] = {}
        last = min(day, self.last + A_DAY) - A_DAY
        while last >= self.first and len(days) <= DAYS:
            days |= reversed(self._by_day(self.between(last - STRETCH, last)).items())
            last -= STRETCH + A_DAY
        few = self._few(days)
        return self.since(few[-1] if len(days) > len(few) else self.first)

    def nearest(self, wanted: datetime) -> tuple[Day, ...]:
        """The free times nearest to one that is gone."""
        day, week = wanted.astimezone(self.zone).date(), 7 * A_DAY
        near = self.between(day - week, day + week) or self.between(self.first, self.last)
        return self._days(sorted(sorted(near, key=lambda start: abs(start - wanted))[:NEAREST]))

    def earlier_than(self, start: datetime) -> tuple[Day, ...]:
        """The first free times of all, before `start` (UTC)."""
        found = self.between(self.first, start.astimezone(self.zone).date())
        return self._days([time for time in found if time < start][:NEAREST])

    def has(self, start: datetime) -> bool:
        """Whether `start` (UTC) is one of them."""
        day = start.astimezone(self.zone).date()
        return start in self.between(day, day)

    @staticmethod
    def _few(days: Mapping[date, Sequence[datetime]]) -> list[date]:
        few: list[date] = []
        for day in list(days)[:DAYS]:
            if few and sum(len(days[shown]) for shown in (*few, day)) > MANY:
                break
            few.append(day)
        return few

    def moment(self, start: datetime) -> Moment:
        return moment(start, self.zone, self.language, HOME_ZONE)

    def _by_day(self, starts: Iterable[datetime]) -> dict[date, list[datetime]]:
        return {day: list(of) for day, of in groupby(starts, lambda start: start.astimezone(self.zone).date())}

    def _days(self, starts: Iterable[datetime]) -> tuple[Day, ...]:
        return tuple(self._day(day, of_day) for day, of_day in self._by_day(starts).items())

    def _day(self, day: date, starts: Iterable[datetime]) -> Day:
        times = tuple(Time(written=written(start), read=self.moment(start)) for start in starts)
        return Day(names=day_names(day, self.language), times=times)
