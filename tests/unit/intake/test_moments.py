"""Dates, hours, lengths; both clock changes in Poland in 2027 (docs/rules.md, preamble)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.intake.moments import (
    Written,
    instant,
    local_instant,
    merge,
    parse_date,
    parse_minutes,
    parse_range,
    parse_written,
)
from myosotis.intake.problems import Code, ValueRefusedError
from tests.unit.intake.conftest import taken

WARSAW = ZoneInfo("Europe/Warsaw")
DAY = date(2027, 3, 29)
naive_times = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - what a file says before its zone is known
    datetime(2040, 1, 1),  # noqa: DTZ001 - the same
)


def refusal(call: object, *arguments: object) -> Code:
    with pytest.raises(ValueRefusedError) as refused:
        call(*arguments)  # type: ignore[operator]  # any of the parsers
    return refused.value.code


@pytest.mark.parametrize(
    "written", ["2027-03-29", "29.03.2027", "29-03-2027", "29/03/2027", "29.3.2027", "2027.03.29", "2027/3/29"]
)
def test_ways_of_writing_a_day(written: str) -> None:
    assert parse_date(written) == DAY
    assert parse_date(f"{written} 00:00") == DAY


@pytest.mark.parametrize("written", ["8:00", "08:00", "8.00", "08.00", "8:00:00", "08:00:00.000"])
def test_ways_of_writing_an_hour(written: str) -> None:
    assert parse_written(written) == Written(hour=time(8, 0))
    assert parse_written(f"29.03.2027 {written}") == Written(day=DAY, hour=time(8, 0))
    assert parse_written(f"2027-03-29T{written}") == Written(day=DAY, hour=time(8, 0))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("03/29/2027", Code.DATE_WRONG),
        ("29.02.2027", Code.DATE_WRONG),
        ("29.03.27", Code.DATE_WRONG),
        ("46475", Code.DATE_WRONG),
        ("0001-01-01", Code.DATE_WRONG),
        ("jutro", Code.DATE_WRONG),
        ("24:00", Code.TIME_WRONG),
        ("8:60", Code.TIME_WRONG),
        ("29.03.2027 25:00", Code.TIME_WRONG),
        ("2027-03-29T10:00+99:00", Code.TIME_WRONG),
    ],
)
def test_wrong_days_and_hours(written: str, code: Code) -> None:
    assert refusal(parse_written, written) is code


def test_an_offset_names_the_instant() -> None:
    for written in ("2027-10-31T02:30:00+01:00", "2027-10-31T01:30:00Z", "2027-10-31 02:30+0100"):
        assert instant(parse_written(written), WARSAW) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_hours_of_the_address_through_the_year() -> None:
    assert instant(parse_written("29.03.2027 10:00"), WARSAW) == datetime(2027, 3, 29, 8, 0, tzinfo=UTC)
    assert instant(parse_written("01.11.2027 10:00"), WARSAW) == datetime(2027, 11, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2027-03-28 02:00", Code.HOUR_SKIPPED),
        ("2027-03-28 02:30", Code.HOUR_SKIPPED),
        ("2027-03-28 02:59:59", Code.HOUR_SKIPPED),
        ("2027-10-31 02:00", Code.HOUR_TWICE),
        ("2027-10-31 02:30", Code.HOUR_TWICE),
        ("2027-10-31 02:59:59", Code.HOUR_TWICE),
    ],
)
def test_hours_that_a_clock_change_skips_or_repeats(written: str, code: Code) -> None:
    assert refusal(instant, parse_written(written), WARSAW) is code


@pytest.mark.parametrize(
    "written", ["2027-03-28 01:59:59", "2027-03-28 03:00", "2027-10-31 01:59:59", "2027-10-31 03:00"]
)
def test_the_hours_beside_are_plain(written: str) -> None:
    assert instant(parse_written(written), WARSAW).tzinfo is UTC


@given(
    naive_times,
    st.sampled_from(["Europe/Warsaw", "America/New_York", "UTC"]),
)
def test_a_local_time_is_one_instant_or_refused(naive: datetime, key: str) -> None:
    local = naive.replace(tzinfo=ZoneInfo(key))
    readings = {local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    honest = [at for at in readings if at.astimezone(ZoneInfo(key)).replace(tzinfo=None) == naive]
    if len(honest) == 1 and len(readings) == 1:
        assert local_instant(local) == honest[0]
    else:
        assert refusal(local_instant, local) is (Code.HOUR_TWICE if honest else Code.HOUR_SKIPPED)


def test_several_cells_make_one_moment() -> None:
    hour = Written(hour=time(8))
    assert merge(Written(day=DAY), hour) == Written(day=DAY, hour=time(8))
    assert merge(Written(day=DAY, hour=time.min), hour) == Written(day=DAY, hour=time(8))
    assert refusal(merge, Written(day=DAY, hour=time(9)), hour) is Code.MOMENT_CONTRADICTORY
    assert refusal(merge, Written(day=DAY), Written(day=DAY + timedelta(days=1))) is Code.MOMENT_CONTRADICTORY


@pytest.mark.parametrize("written", ["10:00-10:30", "10:00 – 10:30", "10.00—10.30"])
def test_from_to(written: str) -> None:
    assert parse_range(written) == (Written(hour=time(10)), Written(hour=time(10, 30)))


def test_an_offset_is_not_an_end() -> None:
    start, end = parse_range("2027-03-29T08:00:00-02:00")
    assert start.offset is not None
    assert end == Written()


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("30", 30), ("30 min", 30), ("45 minut", 45), ("0:30", 30), ("01:30:00", 90), ("1 h", 60), ("1h 30min", 90),
     ("1,5 h", 90), ("1 godz. 15 min", 75), ("1440", 1440)],
)  # fmt: skip
def test_ways_of_writing_a_length(written: str, minutes: int) -> None:
    assert parse_minutes(written) == minutes


@pytest.mark.parametrize("written", ["", "0", "-30", "1441", "25 h", "pół godziny", "30 s", "0:30:30", "1.01 h"])
def test_wrong_lengths(written: str) -> None:
    assert refusal(parse_minutes, written) is Code.DURATION_WRONG


@given(st.text(alphabet="0123456789:.-/ T+Zhmingodz,'", max_size=40))
def test_any_text_is_either_taken_or_refused(text: str) -> None:
    for parser in (parse_written, parse_range, parse_date, parse_minutes):
        taken(partial(parser, text))
