"""Dates, hours and lengths as people write them in tables; local times made instants by strict rules.

Days come before months, always: nobody in Poland writes 03/29/2027, and a guess would put visits on wrong days.
An hour that the clock change skips or repeats is refused, for it names no instant or two (docs/rules.md, preamble).
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NoReturn
from zoneinfo import ZoneInfo

from myosotis.intake.problems import Code, ValueRefusedError
from myosotis.value_class import value_class

DATE_EXAMPLES = ("2027-03-29", "29.03.2027", "29-03-2027", "29/03/2027")
TIME_EXAMPLES = ("8:00", "08:00", "8.00")
MOMENT_EXAMPLES = ("2027-03-29 08:00", "29.03.2027 8:00", "2027-03-29T08:00:00+02:00")
DURATION_EXAMPLES = ("30", "30 min", "1 h 30 min", "0:30")
FIRST_YEAR, LAST_YEAR = 1900, 2199
LONGEST_VISIT = timedelta(hours=24)

YEAR_FIRST = r"(?P<y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})"
DAY_FIRST = r"(?P<d>\d{1,2})[-./](?P<m>\d{1,2})[-./](?P<y>\d{4})"
HOUR = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,6})?)?"
OFFSET = r"(?:\s*(?P<offset>Z|[+-]\d{2}:?\d{2}))?"
MOMENTS = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        rf"{YEAR_FIRST}(?:(?:\s*T\s*|,?\s+){HOUR}{OFFSET})?",
        rf"{DAY_FIRST}(?:,?\s+{HOUR})?",
        HOUR,
    )
)
RANGE = re.compile(r"(?P<start>.*\d[:.]\d{2})\s*[-\u2013\u2014]\s*(?P<end>\d{1,2}[:.]\d{2})", re.ASCII)
CLOCK_LENGTH = re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>\d{2})(?::00)?", re.ASCII)
WORDED_LENGTH = re.compile(
    r"(?:(?P<hours>\d{1,2}(?:[.,]\d{1,2})?)\s*(?:h|hrs?|hours?|g|godz|godzin[ay]?)\.?)?\s*"
    r"(?:(?P<minutes>\d{1,4})\s*(?:m|min|minut[ay]?|mins|minutes?|')?\.?)?",
    re.ASCII | re.IGNORECASE,
)


@value_class
class Written:
    """What a cell says of a moment: a day, an hour, or both; `offset` from UTC only with both."""

    day: date | None = None
    hour: time | None = None
    offset: timezone | None = None

    def __post_init__(self) -> None:
        if self.offset is not None and (self.day is None or self.hour is None):
            raise ValueError("an offset needs a day and an hour")


NOTHING = Written()


def parse_written(text: str) -> Written:
    """A day, an hour, or both; ValueRefusedError (DATE_WRONG, TIME_WRONG) where it is neither."""
    for pattern in MOMENTS:
        if match := pattern.fullmatch(text):
            return _written(match)
    if ":" in text:
        raise ValueRefusedError(Code.TIME_WRONG, (*TIME_EXAMPLES, MOMENT_EXAMPLES[0]))
    raise ValueRefusedError(Code.DATE_WRONG, DATE_EXAMPLES)


def parse_date(text: str) -> date:
    """A day; an hour of midnight after it, as exports add it, is let pass."""
    written = parse_written(text)
    if written.day is None or written.hour not in (None, time.min):
        raise ValueRefusedError(Code.DATE_WRONG, DATE_EXAMPLES)
    return written.day


def parse_range(text: str) -> tuple[Written, Written]:
    """A moment, or from-to: "10:00-10:30"."""
    plain = any(pattern.fullmatch(text) for pattern in MOMENTS)
    ranged = None if plain else RANGE.fullmatch(text)
    if ranged is None:
        return parse_written(text), NOTHING
    return parse_written(ranged["start"]), parse_written(ranged["end"])


def merge(*cells: Written) -> Written:
    """What several cells say together; ValueRefusedError (MOMENT_CONTRADICTORY) where they differ.

    A day with midnight, as databases export days, counts as a day alone beside a cell with an hour.
    """
    days = {cell.day for cell in cells if cell.day is not None}
    hours = {cell.hour for cell in cells if cell.hour is not None}
    if len(hours) > 1:
        hours.discard(time.min)
    offsets = {cell.offset for cell in cells if cell.offset is not None}
    if max(len(days), len(hours), len(offsets)) > 1:
        raise ValueRefusedError(Code.MOMENT_CONTRADICTORY, MOMENT_EXAMPLES[:1])
    day, hour = next(iter(days), None), next(iter(hours), None)
    offset = next(iter(offsets), None) if day is not None and hour is not None else None
    return Written(day=day, hour=hour, offset=offset)


def instant(written: Written, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a day and an hour in `zone`, or at the offset that the cell gives.

    Raises ValueRefusedError: VALUE_MISSING without a day or an hour, HOUR_SKIPPED or HOUR_TWICE at a clock change.
    """
    if written.day is None or written.hour is None:
        raise ValueRefusedError(Code.VALUE_MISSING, MOMENT_EXAMPLES)
    if written.offset is not None:
        return datetime.combine(written.day, written.hour, written.offset).astimezone(UTC)
    return local_instant(datetime.combine(written.day, written.hour, zone))


def local_instant(local: datetime) -> datetime:
    """The one instant (UTC) of a local time; ValueRefusedError (HOUR_SKIPPED, HOUR_TWICE) where there is none or two."""
    first, second = local.replace(fold=0), local.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    there_and_back = first.astimezone(UTC).astimezone(local.tzinfo)
    skipped = there_and_back.replace(tzinfo=None) != first.replace(tzinfo=None)
    if skipped:
        raise ValueRefusedError(Code.HOUR_SKIPPED)
    raise ValueRefusedError(Code.HOUR_TWICE, tuple(f"…{each:%z}" for each in (first, second)))


def parse_minutes(text: str) -> int:
    """A length of up to 24 hours in minutes; ValueRefusedError (DURATION_WRONG) for anything else."""
    match = CLOCK_LENGTH.fullmatch(text) or WORDED_LENGTH.fullmatch(text)
    hours, minutes = (match["hours"] or "0", match["minutes"] or "0") if match else ("0", "0")
    length = timedelta(hours=float(hours.replace(",", ".")), minutes=int(minutes))
    return whole_minutes(length, Code.DURATION_WRONG, DURATION_EXAMPLES)


def whole_minutes(length: timedelta, code: Code, allowed: tuple[str, ...]) -> int:
    """A length as minutes; ValueRefusedError with `code` unless it is more than nothing, whole and at most 24 hours."""
    if not timedelta(0) < length <= LONGEST_VISIT or length % timedelta(minutes=1):
        raise ValueRefusedError(code, allowed)
    return length // timedelta(minutes=1)


def _written(match: re.Match[str]) -> Written:
    parts = match.groupdict()
    day = _date(parts) if parts.get("y") else None
    hour = _time(parts) if parts.get("hour") else None
    return Written(day=day, hour=hour, offset=_offset(parts.get("offset")))


def _date(parts: dict[str, str]) -> date:
    try:
        day = date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
    except ValueError as error:
        raise ValueRefusedError(Code.DATE_WRONG, DATE_EXAMPLES) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueRefusedError(Code.DATE_WRONG, DATE_EXAMPLES)
    return day


def _time(parts: dict[str, str]) -> time:
    try:
        return time(int(parts["hour"]), int(parts["minute"]), int(parts.get("second") or 0))
    except ValueError:
        _refuse_time()


def _offset(text: str | None) -> timezone | None:
    if text is None or text in "Zz":
        return None if text is None else UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    if minutes > 14 * 60:
        _refuse_time()
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _refuse_time() -> NoReturn:
    raise ValueRefusedError(Code.TIME_WRONG, TIME_EXAMPLES)
