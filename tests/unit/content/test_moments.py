"""Dates as people read them, at the address's own clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.content.moments import WORDS, Moment, moment
from myosotis.domain.values import utc
from myosotis.domain.words import Language

WARSAW = ZoneInfo("Europe/Warsaw")


def read(
    instant: datetime,
    language: Language = Language.PL,
    zone: ZoneInfo = WARSAW,
) -> Moment:
    return moment(instant, zone, language, WARSAW)


def test_a_polish_date_stands_in_the_genitive_and_its_day_has_the_right_preposition() -> None:
    at = read(utc(2027, 3, 29, 8))
    assert at.day.long == "poniedziałek 29 marca 2027"
    assert at.day.on_long == "w poniedziałek 29 marca 2027"
    assert at.at == "o godz. 10:00"
    assert at.day.short == "pon. 29.03.2027"
    assert at.day.shorter == "pon. 29.03"
    assert read(utc(2027, 3, 30, 8)).day.on_long == "we wtorek 30 marca 2027"
    assert read(utc(2027, 3, 31, 8)).day.on_long == "w środę 31 marca 2027"


def test_an_english_month_is_a_word_because_04_05_is_two_dates() -> None:
    at = read(utc(2027, 5, 4, 6, 5), Language.EN)
    assert at.day.long == "Tuesday 4 May 2027"
    assert at.day.short == "Tue 4 May 2027"
    assert at.at == "at 08:05"


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_its_name(month: int) -> None:
    for language in Language:
        assert WORDS[language].months[month - 1] in read(utc(2027, month, 15, 12), language).day.long


def test_the_day_is_that_of_the_address_not_of_utc() -> None:
    assert read(utc(2027, 7, 1, 22, 30)).day.short == "pt. 02.07.2027"


def test_the_zone_is_named_in_the_hour_that_comes_twice_and_only_there() -> None:
    assert read(utc(2027, 10, 31, 0, 30)).clock == "02:30 (czas letni, UTC+2)"
    assert read(utc(2027, 10, 31, 1, 30)).clock == "02:30 (czas zimowy, UTC+1)"
    assert read(utc(2027, 10, 31, 2, 30)).clock == "03:30"
    assert read(utc(2027, 3, 28, 0, 59)).clock == "01:59"
    assert read(utc(2027, 3, 28, 1, 0)).clock == "03:00"


def test_the_zone_is_named_where_the_address_lives_by_another_clock() -> None:
    assert read(utc(2027, 3, 29, 8), zone=ZoneInfo("Europe/London")).clock == "09:00 (czas miejscowy, UTC+1)"
    assert read(utc(2027, 3, 29, 8), zone=ZoneInfo("Europe/Berlin")).clock == "10:00"
    assert read(utc(2027, 1, 4, 8), Language.EN, ZoneInfo("Asia/Kolkata")).clock == "13:30 (local time, UTC+5:30)"


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_two_instants_a_while_apart_never_read_the_same(naive: datetime) -> None:
    instant = naive.replace(tzinfo=ZoneInfo("UTC"), second=0, microsecond=0)
    for later in (instant + timedelta(minutes=1), instant + timedelta(hours=1)):
        first, second = read(instant), read(later)
        assert (first.day.long, first.clock) != (second.day.long, second.clock)
