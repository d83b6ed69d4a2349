"""Time zones of calendar files: names of the tz database, of Windows, and those that a file describes itself."""

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from myosotis.intake.problems import Code, ValueRefusedError

ZONE_EXAMPLES = ("Europe/Warsaw", "Central European Standard Time")
KEY = re.compile(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*")
RULE = re.compile(r"^RRULE[:;].*$", re.MULTILINE | re.IGNORECASE)
TAIL_PARTS = (3, 2)
"""How many last parts of "/mozilla.org/20070129_1/Europe/Warsaw" may be a name of the tz database."""
READING_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""What the parsers of others raise on malformed rules and zones; none is about us."""


class Zones:
    """The time zones of one file, each looked up once."""

    def __init__(self, described: Mapping[str, str]) -> None:
        self.described = described
        self.known: dict[str, tzinfo | None] = {}

    def zone(self, tzid: str) -> tzinfo:
        """The zone of a TZID; a name known to the tz database or to Windows wins over the file's description.

        Raises ValueRefusedError (ZONE_UNKNOWN) where neither helps.
        """
        if tzid not in self.known:
            self.known[tzid] = _named(tzid) or _described(self.described.get(tzid, ""))
        found = self.known[tzid]
        if found is None:
            raise ValueRefusedError(Code.ZONE_UNKNOWN, ZONE_EXAMPLES)
        return found


def _named(tzid: str) -> ZoneInfo | None:
    parts = tzid.strip().split("/")
    names = [tzid.strip(), WINDOWS_TO_OLSON.get(tzid.strip(), "")]
    names += ["/".join(parts[-count:]) for count in TAIL_PARTS if len(parts) > count]
    return next((zone for zone in map(_of_tz_database, names) if zone is not None), None)


def _of_tz_database(name: str) -> ZoneInfo | None:
    if not KEY.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: a name such as "Europe" is a folder of the tz database.
        return None


def _described(text: str) -> tzinfo | None:
    """The zone of a VTIMEZONE; only with yearly rules, because others may keep the parser busy for ever."""
    if not text or any("FREQ=YEARLY" not in rule.group().upper() for rule in RULE.finditer(text)):
        return None
    try:
        component = Timezone.from_ical(text)
        zone = component.to_tz(lookup_tzid=False) if isinstance(component, Timezone) else None
        usable = zone is not None and all(zone.utcoffset(datetime(2027, m, 1)) is not None for m in (1, 7))  # noqa: DTZ001 - a zone is asked in its own local time
    except READING_ERRORS:
        return None
    return zone if usable else None
