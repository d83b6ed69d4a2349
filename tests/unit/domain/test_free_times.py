"""Free times: what is offered, around busy time, on the grid, and when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.free_times import Opening, Span, Stretch, Wanted, free_starts, free_until, merged, open_spans
from myosotis.domain.values import utc

WARSAW = ZoneInfo("Europe/Warsaw")
MONDAY = date(2027, 3, 8)
LONG_AGO = utc(2020, 1, 1)
MINUTE = timedelta(minutes=1)


def stretch(text: str) -> Stretch:
    opens, closes = text.split("-")
    return Stretch(time.fromisoformat(opens), time.fromisoformat(closes))


def opening(*stretches: str, **exceptions: list[str]) -> Opening:
    """The same stretches on every day; exceptions by day, as in `d2027_03_09=[...]`."""
    days = {date.fromisoformat(name[1:].replace("_", "-")): said for name, said in exceptions.items()}
    return Opening(
        week={weekday: [stretch(text) for text in stretches] for weekday in range(7)},
        exceptions={day: [stretch(text) for text in said] for day, said in days.items()},
    )


def at(text: str, day: date = MONDAY) -> datetime:
    """An instant by the clock in Warsaw."""
    return datetime.combine(day, time.fromisoformat(text), WARSAW).astimezone(UTC)


def span(text: str, day: date = MONDAY) -> Span:
    start, end = text.split("-")
    return Span(at(start, day), at(end, day))


def offered(
    hours: Opening,
    *busy: str,
    minutes: int = 30,
    break_minutes: int = 0,
    step: int = 15,
    day: date = MONDAY,
    not_before: datetime = LONG_AGO,
) -> list[str]:
    wanted = Wanted(minutes=minutes, break_minutes=break_minutes, step_minutes=step)
    taken = [span(text, day) for text in busy]
    starts = free_starts(wanted, open_spans(hours, WARSAW, day, day), taken, not_before=not_before)
    return [f"{start.astimezone(WARSAW):%H:%M}" for start in starts]


@pytest.mark.parametrize(
    ("hours", "busy", "wanted", "starts"),
    [
        (["08:00-10:00"], [], {"step": 30}, ["08:00", "08:30", "09:00", "09:30"]),
        (["08:00-10:00"], [], {"step": 60, "minutes": 45}, ["08:00", "09:00"]),
        (["08:10-09:10"], [], {"step": 20, "minutes": 20}, ["08:10", "08:30", "08:50"]),
        (["08:00-08:29"], [], {}, []),
        (["08:00-08:30"], [], {}, ["08:00"]),
        ([], [], {}, []),
        # a visit lies in one stretch; stretches that touch are one
        (["08:00-08:30", "09:00-09:30"], [], {}, ["08:00", "09:00"]),
        (["08:00-08:20", "08:30-08:50"], [], {}, []),
        (["08:00-08:20", "08:20-08:45"], [], {}, ["08:00", "08:15"]),
        # busy time, and what is left beside it
        (["08:00-10:00"], ["08:30-09:30"], {}, ["08:00", "09:30"]),
        (["08:00-10:00"], ["08:30-09:10"], {}, ["08:00", "09:10", "09:15", "09:30"]),
        (["08:00-10:00"], ["07:00-08:20"], {}, ["08:20", "08:30", "08:45", "09:00", "09:15", "09:30"]),
        (["08:00-09:00"], ["07:00-09:30"], {}, []),
        (["08:00-09:00"], ["09:00-10:00"], {}, ["08:00", "08:15", "08:30"]),
        (["08:00-09:30"], ["08:00-08:10", "08:05-08:20", "08:20-08:50"], {}, ["08:50", "09:00"]),
        # the break after the visit needs no opening, but nobody else in it
        (["08:00-09:00"], [], {"break_minutes": 15}, ["08:00", "08:15", "08:30"]),
        (["08:00-09:00"], ["09:00-09:30"], {"break_minutes": 15}, ["08:00", "08:15"]),
        (["08:00-09:00"], ["09:10-09:30"], {"break_minutes": 15}, ["08:00", "08:15"]),
        (["08:00-10:00"], ["08:40-09:00"], {"break_minutes": 10, "step": 30}, ["08:00", "09:00", "09:30"]),
    ],
)
def test_what_is_offered_on_a_day(hours: list[str], busy: list[str], wanted: dict[str, int], starts: list[str]) -> None:
    assert offered(opening(*hours), *busy, **wanted) == starts  # type: ignore[arg-type] # only integers are given


def test_an_exception_takes_the_place_of_the_weekday() -> None:
    hours = opening("08:00-09:00", d2027_03_08=["12:00-12:30", "14:00-14:30"], d2027_03_09=[])
    assert offered(hours) == ["12:00", "14:00"]
    assert offered(hours, day=date(2027, 3, 9)) == []
    assert offered(hours, day=date(2027, 3, 10)) == ["08:00", "08:15", "08:30"]


def test_nothing_before_the_first_moment_allowed() -> None:
    hours = opening("08:00-09:30")
    assert offered(hours, not_before=at("08:31")) == ["08:45", "09:00"]
    assert offered(hours, not_before=at("08:30")) == ["08:30", "08:45", "09:00"]
    assert offered(hours, "08:00-08:40", not_before=at("08:41")) == ["08:45", "09:00"]


def test_when_clocks_go_forward_no_start_lies_in_the_gap() -> None:
    day = date(2027, 3, 28)
    assert offered(opening("01:00-05:00"), step=30, day=day) == [
        "01:00", "01:30", "03:00", "03:30", "04:00", "04:30",
    ]  # fmt: skip
    assert offered(opening("01:00-05:00"), step=60, minutes=90, day=day) == ["01:00", "03:00"]


def test_hours_that_the_clock_change_skips_are_no_hours() -> None:
    assert offered(opening("02:00-03:00"), day=date(2027, 3, 28)) == []
    assert offered(opening("02:30-03:30"), day=date(2027, 3, 28)) == ["03:00"]
    assert offered(opening("01:30-02:30"), day=date(2027, 3, 28)) == ["01:30"]


def test_when_clocks_go_back_the_repeated_hour_is_offered_twice_as_it_passes_twice() -> None:
    day = date(2027, 10, 31)
    spans = open_spans(opening("01:00-05:00"), WARSAW, day, day)
    starts = free_starts(Wanted(minutes=30, step_minutes=30), spans, [], not_before=LONG_AGO)
    assert [f"{start.astimezone(WARSAW):%H:%M%z}" for start in starts] == [
        "01:00+0200", "01:30+0200", "02:00+0200", "02:30+0200", "02:00+0100", "02:30+0100",
        "03:00+0100", "03:30+0100", "04:00+0100", "04:30+0100",
    ]  # fmt: skip
    assert len(set(starts)) == len(starts)
    (night,) = open_spans(opening("02:00-02:30"), WARSAW, day, day)
    assert night == Span(utc(2027, 10, 31, 0), utc(2027, 10, 31, 0, 30)), "a repeated wall time means the first"


@pytest.mark.parametrize(
    ("start", "busy", "freed_end", "until"),
    [
        ("08:00", [], None, "16:00"),
        ("08:00", ["09:00-09:30"], None, "09:00"),
        ("09:00", ["08:00-09:00"], None, "16:00"),
        ("09:10", ["09:00-09:30"], None, "09:10"),
        ("07:00", [], None, "07:00"),
        ("07:00", [], "07:30", "07:30"),
        ("07:00", [], "08:00", "16:00"),
        ("15:45", [], "16:15", "16:15"),
        ("15:45", ["16:00-16:30"], "16:15", "16:00"),
    ],
)
def test_until_when_a_time_is_free(start: str, busy: list[str], freed_end: str | None, until: str) -> None:
    spans = open_spans(opening("08:00-12:00", "12:00-16:00"), WARSAW, MONDAY, MONDAY)
    taken = [span(text) for text in busy]
    freed = None if freed_end is None else at(freed_end)
    assert free_until(at(start), spans, taken, freed_end=freed) == at(until)


def test_a_visit_takes_time_and_starts_lie_apart() -> None:
    for given_wrong in ({"minutes": 0}, {"minutes": 5, "step_minutes": 0}, {"minutes": 5, "break_minutes": -1}):
        with pytest.raises(ValueError, match="a minute at least"):
            Wanted(**given_wrong)


# --- whatever the hours, the visits and the clock ----------------------------------------------------------------------

CHANGES = [date(2027, 3, 27), date(2027, 10, 30)]
MINUTES_OF_DAY = st.integers(min_value=0, max_value=24 * 60 - 1)


@st.composite
def stretches(draw: st.DrawFn) -> list[Stretch]:
    bounds = sorted(draw(st.lists(MINUTES_OF_DAY, min_size=0, max_size=6, unique=True)))
    walls = [time(minute // 60, minute % 60) for minute in bounds]
    return [Stretch(*pair) for pair in zip(walls[::2], walls[1::2], strict=False)]


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Span], list[Span], Wanted, datetime]:
    first = draw(st.sampled_from(CHANGES))
    hours = Opening(week={weekday: draw(stretches()) for weekday in range(7)})
    spans = open_spans(hours, draw(st.sampled_from([WARSAW, ZoneInfo("Atlantic/Azores")])), first, first + 2 * A_DAY)
    begin = datetime.combine(first, time(), UTC)
    minutes = st.integers(min_value=0, max_value=3 * 24 * 60)
    busy = [
        Span(begin + start * MINUTE, begin + (start + length) * MINUTE)
        for start, length in draw(st.lists(st.tuples(minutes, st.integers(1, 300)), max_size=8))
    ]
    wanted = Wanted(
        minutes=draw(st.integers(1, 180)),
        break_minutes=draw(st.integers(0, 60)),
        step_minutes=draw(st.sampled_from([5, 7, 10, 15, 20, 30, 45, 60])),
    )
    return spans, busy, wanted, begin + draw(minutes) * MINUTE


A_DAY = timedelta(days=1)


@given(situations())
def test_every_start_offered_fits_and_none_on_the_grid_is_lost(
    situation: tuple[list[Span], list[Span], Wanted, datetime],
) -> None:
    spans, busy, wanted, not_before = situation
    starts = free_starts(wanted, spans, busy, not_before=not_before)
    assert starts == sorted(set(starts))

    def fits(start: datetime) -> bool:
        end = start + wanted.minutes * MINUTE
        clear = end + wanted.break_minutes * MINUTE
        return (
            start >= not_before
            and any(span.start <= start and end <= span.end for span in spans)
            and not any(taken.start < clear and taken.end > start for taken in busy)
        )

    assert all(fits(start) for start in starts)
    grid = {
        span.start + number * wanted.step_minutes * MINUTE
        for span in spans
        for number in range(int((span.end - span.start) / (wanted.step_minutes * MINUTE)) + 1)
    }
    beside = {taken.end for taken in merged(busy)}
    assert set(starts) == {start for start in grid | beside if fits(start)}


@given(situations())
def test_free_until_agrees_with_what_is_offered(situation: tuple[list[Span], list[Span], Wanted, datetime]) -> None:
    spans, busy, wanted, not_before = situation
    for start in free_starts(wanted, spans, busy, not_before=not_before):
        assert free_until(start, spans, busy) >= start + wanted.minutes * MINUTE


@given(st.lists(st.tuples(MINUTES_OF_DAY, MINUTES_OF_DAY)))
def test_merging_keeps_every_minute_and_leaves_gaps(pairs: list[tuple[int, int]]) -> None:
    begin = utc(2027, 3, 8)
    spans = [Span(begin + start * MINUTE, begin + end * MINUTE) for start, end in pairs]

    def minutes_in(some: list[Span]) -> set[datetime]:
        return {one.start + number * MINUTE for one in some for number in range(int((one.end - one.start) / MINUTE))}

    found = merged(spans)
    assert minutes_in(found) == minutes_in(spans)
    assert all(one.end < other.start for one, other in pairwise(found))
