"""Polish public holidays: those of the act on days free from work, Sundays among them included."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

CHRISTMAS_EVE_SINCE: Final = 2025


class Holiday(StrEnum):
    NEW_YEAR = "new_year"
    EPIPHANY = "epiphany"
    EASTER = "easter"
    EASTER_MONDAY = "easter_monday"
    LABOUR_DAY = "labour_day"
    CONSTITUTION_DAY = "constitution_day"
    PENTECOST = "pentecost"
    CORPUS_CHRISTI = "corpus_christi"
    ASSUMPTION = "assumption"
    ALL_SAINTS = "all_saints"
    INDEPENDENCE_DAY = "independence_day"
    CHRISTMAS_EVE = "christmas_eve"
    CHRISTMAS = "christmas"
    SECOND_CHRISTMAS_DAY = "second_christmas_day"


_FIXED: Final = {
    Holiday.NEW_YEAR: (1, 1),
    Holiday.EPIPHANY: (1, 6),
    Holiday.LABOUR_DAY: (5, 1),
    Holiday.CONSTITUTION_DAY: (5, 3),
    Holiday.ASSUMPTION: (8, 15),
    Holiday.ALL_SAINTS: (11, 1),
    Holiday.INDEPENDENCE_DAY: (11, 11),
    Holiday.CHRISTMAS_EVE: (12, 24),
    Holiday.CHRISTMAS: (12, 25),
    Holiday.SECOND_CHRISTMAS_DAY: (12, 26),
}
_DAYS_AFTER_EASTER: Final = {
    Holiday.EASTER: 0,
    Holiday.EASTER_MONDAY: 1,
    Holiday.PENTECOST: 49,
    Holiday.CORPUS_CHRISTI: 60,
}


def polish(easter: date) -> dict[date, Holiday]:
    """The public holidays of the year of this Easter Sunday, in their order."""
    found = {date(easter.year, month, day): holiday for holiday, (month, day) in _FIXED.items()}
    found |= {easter + timedelta(days=days): holiday for holiday, days in _DAYS_AFTER_EASTER.items()}
    if easter.year < CHRISTMAS_EVE_SINCE:
        del found[date(easter.year, 12, 24)]
    return dict(sorted(found.items()))
