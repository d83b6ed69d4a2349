"""Free times of a calendar: opening hours and exceptions, less what is taken, on a grid of starts (docs/rules.md 1).

Opening is said in the wall time of the address and turned into instants once, so that a day on which the clocks change
is simply an hour shorter or longer: a skipped time is never offered, a repeated one as the two instants that it is.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from myosotis.domain.values import require_utc
from myosotis.domain.window import instant
from myosotis.value_class import value_class

A_DAY: Final = timedelta(days=1)


class Stretch(NamedTuple):
    """From when to when a calendar is open on a day, by the clock on the wall; the end is not midnight's."""

    opens: time
    closes: time


class Span(NamedTuple):
    """Time between two instants (UTC); the end does not belong to it."""

    start: datetime
    end: datetime


@value_class
class Opening:
    """When a calendar is open: stretches by weekday (0 is Monday), and the days that differ (none at all: closed)."""

    week: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    exceptions: Mapping[date, Sequence[Stretch]] = field(default_factory=dict)

    def stretches(self, day: date) -> Sequence[Stretch]:
        """The stretches of a local day: those of its exception, else those of its weekday."""
        return self.exceptions.get(day, self.week.get(day.weekday(), ()))


@value_class
class Wanted:
    """What time is looked for. `step_minutes` is the distance of starts from the opening on."""

    minutes: int
    break_minutes: int = 0
    step_minutes: int = 15

    def __post_init__(self) -> None:
        if self.minutes < 1 or self.break_minutes < 0 or self.step_minutes < 1:
            raise ValueError("a visit takes a minute at least, and starts are a minute apart at least")


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def open_spans(opening: Opening, zone: ZoneInfo, first_day: date, last_day: date) -> list[Span]:
    """When a calendar is open on local days, as instants in order; stretches that touch or overlap are one."""
    return merged(
        Span(instant(day, stretch.opens, zone), instant(day, stretch.closes, zone))
        for day in days_between(first_day, last_day)
        for stretch in opening.stretches(day)
    )


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in order, where what touches or overlaps is one; what has no length is left out."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def free_starts(
    wanted: Wanted, open_time: Sequence[Span], busy: Iterable[Span], *, not_before: datetime
) -> list[datetime]:
    """Every instant (UTC), in order and from `not_before` on, at which a visit as `wanted` may start.

    `open_time` is as `open_spans` gives it. A visit lies in one span of it, and with its break clear of `busy`, whose
    own breaks are in it already. Starts lie on the grid from the opening on, and where busy time ends beside it.
    """
    require_utc("not_before", not_before)
    taken = merged(busy)
    ends = [span.end for span in taken]
    lasting, with_break = timedelta(minutes=wanted.minutes), timedelta(minutes=wanted.minutes + wanted.break_minutes)
    step = timedelta(minutes=wanted.step_minutes)
    found: list[datetime] = []
    for span in open_time:
        for free in _gaps(span, taken, ends):
            latest = span.end - lasting if free.end is None else min(span.end - lasting, free.end - with_break)
            found += _starts(span.start, free.start, max(free.start, not_before), latest, step)
    return found


class _Gap(NamedTuple):
    """Free time, until the next busy time if there is one ahead; that may be after the closing."""

    start: datetime
    end: datetime | None


def _gaps(span: Span, taken: Sequence[Span], ends: Sequence[datetime]) -> Iterator[_Gap]:
    begins = span.start
    for number in range(bisect_right(ends, span.start), len(taken)):
        if taken[number].start > begins:
            yield _Gap(begins, taken[number].start)
        begins = taken[number].end
        if begins >= span.end:
            return
    yield _Gap(begins, None)


def _starts(
    opens: datetime, gap_begins: datetime, earliest: datetime, latest: datetime, step: timedelta
) -> Iterator[datetime]:
    """The begin of the gap where it is early enough, and the points of the grid after it."""
    if earliest > latest:
        return
    if gap_begins == earliest:
        yield gap_begins
    steps = -((opens - earliest) // step)
    start = opens + steps * step
    if start == gap_begins:
        start += step
    while start <= latest:
        yield start
        start += step


def free_until(
    start: datetime, open_time: Sequence[Span], busy: Iterable[Span], *, freed_end: datetime | None = None
) -> datetime:
    """Until when (UTC) time is free without a gap from `start` on; `start` itself where it is not free.

    Up to `freed_end` opening hours do not matter: a visit has just stood there.
    """
    require_utc("start", start)
    freed = [] if freed_end is None else [Span(start, freed_end)]
    ends = next((span.end for span in merged([*open_time, *freed]) if span.start <= start < span.end), start)
    ahead = [span.start for span in busy if span.start < ends and span.end > start]
    return max(start, min(ahead, default=ends))
