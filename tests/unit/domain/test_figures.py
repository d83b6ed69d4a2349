from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain import figures
from myosotis.domain.figures import Soon, how_soon

WARSAW = ZoneInfo("Europe/Warsaw")
MONTHS = st.dates(date(2000, 1, 1), date(2090, 1, 1)).map(lambda day: day.replace(day=1))
ZONES = st.sampled_from([WARSAW, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Pacific/Apia"), ZoneInfo("Asia/Kolkata")])


def test_months_begin_at_local_midnight_on_both_sides_of_the_clock_changes() -> None:
    assert figures.bounds([date(2027, 3, 1), date(2027, 4, 1)], WARSAW) == [
        datetime(2027, 2, 28, 23, tzinfo=UTC),
        datetime(2027, 3, 31, 22, tzinfo=UTC),
        datetime(2027, 4, 30, 22, tzinfo=UTC),
    ]
    assert figures.bounds([date(2027, 10, 1)], WARSAW) == [
        datetime(2027, 9, 30, 22, tzinfo=UTC),
        datetime(2027, 10, 31, 23, tzinfo=UTC),
    ]


@given(month=MONTHS, zone=ZONES)
def test_an_instant_belongs_to_the_month_between_whose_bounds_it_lies(month: date, zone: ZoneInfo) -> None:
    begin, end = figures.bounds([month], zone)
    assert begin < end
    assert figures.month_of(begin, zone) == month
    assert figures.month_of(end - timedelta(microseconds=1), zone) == month
    assert figures.month_of(end, zone) == figures.next_month(month)


@given(month=MONTHS, count=st.integers(0, 40))
def test_months_before_and_between(month: date, count: int) -> None:
    first = figures.earlier(month, count)
    months = figures.months_from(first, month)
    assert (months[0], months[-1], len(months)) == (first, month, count + 1)
    assert all(one.day == 1 for one in months)


def test_no_months_before_the_first() -> None:
    assert figures.months_from(date(2027, 2, 1), date(2027, 1, 1)) == []


@pytest.mark.parametrize(
    ("passed", "soon"),
    [
        (timedelta(0), Soon.HOUR),
        (timedelta(hours=1), Soon.HOUR),
        (timedelta(hours=1, seconds=1), Soon.DAY),
        (timedelta(hours=24), Soon.DAY),
        (timedelta(hours=24, seconds=1), Soon.LATER),
    ],
)
def test_how_soon(passed: timedelta, soon: Soon) -> None:
    assert how_soon(passed) is soon
