"""Dates and times as people read them: the one renderer for all channels, so that no two can differ.

An instant is shown in the zone of the visit's address. The zone is named only where the patient might err: in the
hour that the clock strikes twice, and where the address lives by another clock than the practice's patients.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from myosotis.domain.words import Language
from myosotis.value_class import value_class


@value_class
class Words:
    """Names of days and months, and the few words that stand beside them in calendar files.

    Polish months stand in the genitive, days also with their preposition.
    """

    days: tuple[str, ...]
    on_days: tuple[str, ...]
    short_days: tuple[str, ...]
    months: tuple[str, ...]
    long_pattern: str
    at: str
    summer: str
    winter: str
    local: str
    visit: str
    my_visit: str
    phone: str


WORDS = {
    Language.PL: Words(
        days=("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"),
        on_days=(
            "w poniedziałek",
            "we wtorek",
            "w środę",
            "w czwartek",
            "w piątek",
            "w sobotę",
            "w niedzielę",
        ),
        short_days=("pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz."),
        months=(
            "stycznia",
            "lutego",
            "marca",
            "kwietnia",
            "maja",
            "czerwca",
            "lipca",
            "sierpnia",
            "września",
            "października",
            "listopada",
            "grudnia",
        ),
        long_pattern="{day_name} {day} {month} {year}",
        at="o godz.",
        summer="czas letni",
        winter="czas zimowy",
        local="czas miejscowy",
        visit="Wizyta",
        my_visit="Moja wizyta",
        phone="Telefon",
    ),
    Language.EN: Words(
        days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        on_days=(
            "on Monday",
            "on Tuesday",
            "on Wednesday",
            "on Thursday",
            "on Friday",
            "on Saturday",
            "on Sunday",
        ),
        short_days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        months=(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        long_pattern="{day_name} {day} {month} {year}",
        at="at",
        summer="summer time",
        winter="winter time",
        local="local time",
        visit="Appointment",
        my_visit="My visit",
        phone="Phone",
    ),
}


@value_class
class DayNames:
    """One day in every form that texts use."""

    long: str
    """poniedziałek 29 marca 2027"""
    on_long: str
    """w poniedziałek 29 marca 2027"""
    short: str
    """pon. 29.03.2027"""
    shorter: str
    """pon. 29.03"""


@value_class
class Moment:
    """One instant as people at the address read it."""

    day: DayNames
    clock: str
    """10:00, with the zone only where it might be mistaken."""
    at: str
    """o godz. 10:00"""


@lru_cache(maxsize=4096)
def day_names(day: date, language: Language) -> DayNames:
    """The forms of a calendar day; a practice's days come again and again."""
    words, weekday = WORDS[language], day.weekday()

    def long(day_name: str) -> str:
        return words.long_pattern.format(
            day_name=day_name, day=day.day, month=words.months[day.month - 1], year=day.year
        )

    shorter = f"{words.short_days[weekday]} {day:%d.%m}"
    if language is Language.EN:
        # 04.05 would be read as April by some: the English month is a word
        shorter = f"{words.short_days[weekday]} {day.day} {words.months[day.month - 1][:3]}"
    separator = "." if language is Language.PL else " "
    return DayNames(
        long=long(words.days[weekday]),
        on_long=long(words.on_days[weekday]),
        short=f"{shorter}{separator}{day.year}",
        shorter=shorter,
    )


@lru_cache(maxsize=4096)
def moment(instant: datetime, zone: ZoneInfo, language: Language, home: ZoneInfo) -> Moment:
    """`instant` (UTC) as read at an address in `zone` by patients who live in `home`."""
    local = instant.astimezone(zone)
    clock = f"{local.hour:02}:{local.minute:02}"
    doubt = zone_in_doubt(local, home, WORDS[language])
    if doubt:
        clock = f"{clock} ({doubt})"
    return Moment(day=day_names(local.date(), language), clock=clock, at=f"{WORDS[language].at} {clock}")


def zone_in_doubt(local: datetime, home: ZoneInfo, words: Words) -> str:
    """The name of the clock that `local` goes by, or nothing where there is no doubt."""
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        return f"{words.summer if local.dst() else words.winter}, {offset_name(local)}"
    if local.utcoffset() != local.astimezone(home).utcoffset():
        return f"{words.local}, {offset_name(local)}"
    return ""


def offset_name(local: datetime) -> str:
    """UTC+2, UTC+5:30, UTC-3."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"
