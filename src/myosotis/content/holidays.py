"""Names of public holidays, as a calendar on the wall has them."""

from typing import Final

from myosotis.domain.holidays import Holiday
from myosotis.domain.words import Language

NAMES: Final = {
    Language.PL: {
        Holiday.NEW_YEAR: "Nowy Rok",
        Holiday.EPIPHANY: "Święto Trzech Króli",
        Holiday.EASTER: "Wielkanoc",
        Holiday.EASTER_MONDAY: "Poniedziałek Wielkanocny",
        Holiday.LABOUR_DAY: "Święto Pracy",
        Holiday.CONSTITUTION_DAY: "Święto Konstytucji 3 Maja",
        Holiday.PENTECOST: "Zielone Świątki",
        Holiday.CORPUS_CHRISTI: "Boże Ciało",
        Holiday.ASSUMPTION: "Wniebowzięcie Najświętszej Maryi Panny",
        Holiday.ALL_SAINTS: "Wszystkich Świętych",
        Holiday.INDEPENDENCE_DAY: "Narodowe Święto Niepodległości",
        Holiday.CHRISTMAS_EVE: "Wigilia Bożego Narodzenia",
        Holiday.CHRISTMAS: "Boże Narodzenie",
        Holiday.SECOND_CHRISTMAS_DAY: "Drugi dzień Bożego Narodzenia",
    },
    Language.EN: {
        Holiday.NEW_YEAR: "New Year's Day",
        Holiday.EPIPHANY: "Epiphany",
        Holiday.EASTER: "Easter Sunday",
        Holiday.EASTER_MONDAY: "Easter Monday",
        Holiday.LABOUR_DAY: "Labour Day",
        Holiday.CONSTITUTION_DAY: "Constitution Day",
        Holiday.PENTECOST: "Pentecost",
        Holiday.CORPUS_CHRISTI: "Corpus Christi",
        Holiday.ASSUMPTION: "Assumption of Mary",
        Holiday.ALL_SAINTS: "All Saints' Day",
        Holiday.INDEPENDENCE_DAY: "Independence Day",
        Holiday.CHRISTMAS_EVE: "Christmas Eve",
        Holiday.CHRISTMAS: "Christmas Day",
        Holiday.SECOND_CHRISTMAS_DAY: "Second Day of Christmas",
    },
}


def name(holiday: Holiday, language: Language) -> str:
    return NAMES[language][holiday]
