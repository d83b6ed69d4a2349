"""Polish public holidays, against calendars that were printed."""

from datetime import date

import pytest
from dateutil.easter import easter

from myosotis.content.holidays import NAMES, name
from myosotis.domain.holidays import Holiday, polish
from myosotis.domain.words import Language

PRINTED = {
    2024: "01-01 01-06 03-31 04-01 05-01 05-03 05-19 05-30 08-15 11-01 11-11 12-25 12-26",
    2025: "01-01 01-06 04-20 04-21 05-01 05-03 06-08 06-19 08-15 11-01 11-11 12-24 12-25 12-26",
    2026: "01-01 01-06 04-05 04-06 05-01 05-03 05-24 06-04 08-15 11-01 11-11 12-24 12-25 12-26",
    2027: "01-01 01-06 03-28 03-29 05-01 05-03 05-16 05-27 08-15 11-01 11-11 12-24 12-25 12-26",
}


@pytest.mark.parametrize("year", PRINTED)
def test_the_holidays_of_a_year(year: int) -> None:
    assert [f"{day:%m-%d}" for day in polish(easter(year))] == PRINTED[year].split()


def test_christmas_eve_is_a_holiday_since_2025() -> None:
    assert Holiday.CHRISTMAS_EVE not in polish(easter(2024)).values()
    assert polish(easter(2025))[date(2025, 12, 24)] is Holiday.CHRISTMAS_EVE


def test_the_days_that_move_with_easter() -> None:
    moving = {holiday: day for day, holiday in polish(easter(2027)).items()}
    assert moving[Holiday.EASTER_MONDAY] == date(2027, 3, 29)
    assert moving[Holiday.PENTECOST] == date(2027, 5, 16)
    assert moving[Holiday.CORPUS_CHRISTI] == date(2027, 5, 27)


def test_every_holiday_has_a_name_in_every_language() -> None:
    assert {language: set(names) for language, names in NAMES.items()} == {key: set(Holiday) for key in Language}
    assert name(Holiday.CORPUS_CHRISTI, Language.PL) == "Boże Ciało"
