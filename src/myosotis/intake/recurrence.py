"""When a recurring event takes place: its rule, added and excluded dates, over a given stretch of time (RFC 5545).

Rules count in local time of the event's zone, so that a visit at 10:00 stays at 10:00 through both clock changes. A
local time that a change skips or repeats is taken as RFC 5545 3.3.5 says: at the offset before the change.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from dateutil.rrule import rrule, rruleset, rrulestr

from myosotis.intake.problems import Code, ValueRefusedError
from myosotis.intake.zones import READING_ERRORS
from myosotis.value_class import value_class

UTC_SHAPE = "%Y%m%dT%H%M%SZ"
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = frozenset(
    {"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYHOUR",
     "BYMINUTE", "BYSECOND", "BYSETPOS", "WKST"}
)  # fmt: skip
MOST = 20_000
"""Occurrences looked at for one event; twenty a day for two years are fewer."""
LONGEST_INTERVAL = 1000
ANCHORS = {"DAILY": 1, "WEEKLY": 7}
"""Days of a period that always has the same length, so that a rule may be entered at any later period."""


@value_class
class Moment:
    """A start as a calendar file gives it: aware, in its own zone; midnight of the day if `all_day`."""

    at: datetime
    all_day: bool = False

    @property
    def utc(self) -> datetime:
        """The instant (UTC)."""
        return self.at.astimezone(UTC)

    @property
    def identity(self) -> str:
        """How an occurrence with this original start is identified within its series."""
        return f"{self.at:%Y%m%d}" if self.all_day else f"{self.utc:{UTC_SHAPE}}"

    def later(self, by: timedelta) -> "Moment":
        """As many days and hours later by the local clock."""
        return Moment(at=self.at + by, all_day=self.all_day)


class Moments:
    """Starts to be looked up: those excluded from a series, or changed in a way that could not be read."""

    def __init__(self, moments: Iterable[Moment]) -> None:
        self.moments = tuple(moments)
        self.instants = {moment.utc for moment in self.moments}
        self.days = {moment.at.date() for moment in self.moments if moment.all_day}

    def __contains__(self, start: Moment) -> bool:
        """Whether one of them means this start; a day alone means the occurrence of that day."""
        if start.utc in self.instants or start.at.date() in self.days:
            return True
        return start.all_day and any(start.at.date() == m.at.astimezone(start.at.tzinfo).date() for m in self.moments)


def occurrences(
    start: Moment, rules: tuple[str, ...], added: tuple[Moment, ...], since: datetime, until: datetime
) -> list[Moment]:
    """The starts of a series from `since` up to `until` (aware), in order; a series without end is cut there.

    Raises ValueRefusedError: RULE_WRONG, RULE_TOO_FREQUENT.
    """
    parsed = [_parts(text, start) for text in rules]
    found = {moment.utc: moment for moment in (*_first(start, parsed), *added)}
    for parts in parsed:
        for at in _of_rule(parts, start, since, until):
            moment = Moment(at=at, all_day=start.all_day)
            found.setdefault(moment.utc, moment)
            if len(found) > MOST:
                raise ValueRefusedError(Code.RULE_TOO_FREQUENT, FREQUENCIES)
    return [found[at] for at in sorted(found) if since <= at < until]


def _first(start: Moment, rules: list[dict[str, str]]) -> tuple[Moment, ...]:
    """The first start: part of the series even if the rule leaves it out, unless every rule ends before it."""
    over = bool(rules) and all(parts.get("UNTIL", "Z") < f"{start.utc:{UTC_SHAPE}}" for parts in rules)
    return () if over else (start,)


def _of_rule(parts: dict[str, str], start: Moment, since: datetime, until: datetime) -> Iterator[datetime]:
    try:
        rule = rrulestr(
            ";".join(f"{name}={value}" for name, value in parts.items()), dtstart=_entry(parts, start, since)
        )
    except READING_ERRORS as error:
        raise _wrong() from error
    if not isinstance(rule, rrule) or isinstance(rule, rruleset):
        raise _wrong()
    for count, at in enumerate(takewhile(lambda at: at < until, rule)):
        if count > MOST * 10:
            raise ValueRefusedError(Code.RULE_TOO_FREQUENT, FREQUENCIES)
        if at >= since:
            yield at


def _parts(text: str, start: Moment) -> dict[str, str]:
    """The parts of a rule, checked as far as a wrong one would run for ever or mean something else."""
    pairs = [part.partition("=") for part in text.upper().split(";") if part and not part.startswith("X-")]
    parts = {name.strip(): value.strip() for name, _, value in pairs}
    if not parts.keys() <= PARTS or len(parts) < len(pairs) or {"COUNT", "UNTIL"} <= parts.keys():
        raise _wrong()
    if parts.get("FREQ") not in FREQUENCIES:
        known = parts.get("FREQ") in ("HOURLY", "MINUTELY", "SECONDLY")
        raise ValueRefusedError(Code.RULE_TOO_FREQUENT if known else Code.RULE_WRONG, FREQUENCIES)
    _number(parts, "INTERVAL", LONGEST_INTERVAL)
    _number(parts, "COUNT", 10**6)
    if "UNTIL" in parts:
        parts["UNTIL"] = _last(parts["UNTIL"], start)
    return parts


def _number(parts: dict[str, str], name: str, most: int) -> None:
    text = parts.get(name, "1")
    if not (text.isascii() and text.isdigit() and len(text) < len(str(most)) + 1 and 1 <= int(text) <= most):
        raise _wrong()


def _last(text: str, start: Moment) -> str:
    """UNTIL in UTC: a day means its end, a local time is one in the zone of the start."""
    try:
        if text.endswith("Z"):
            last = datetime.strptime(text, UTC_SHAPE).replace(tzinfo=UTC)
        elif "T" in text:
            last = datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=start.at.tzinfo)
        else:
            last = datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59, second=59, tzinfo=start.at.tzinfo)
        return f"{last.astimezone(UTC):{UTC_SHAPE}}"
    except (ValueError, OverflowError) as error:
        raise _wrong() from error


def _entry(parts: dict[str, str], start: Moment, since: datetime) -> datetime:
    """Where to begin counting: for a series of many years without a count, shortly before `since`."""
    period = ANCHORS.get(parts["FREQ"], 0) * int(parts.get("INTERVAL", "1"))
    if not period or "COUNT" in parts:
        return start.at
    skipped = max((since - start.at).days // period - 2, 0)
    return start.at + timedelta(days=skipped * period)


def _wrong() -> ValueRefusedError:
    return ValueRefusedError(Code.RULE_WRONG, ("FREQ=WEEKLY;BYDAY=MO", "FREQ=DAILY;COUNT=10"))
