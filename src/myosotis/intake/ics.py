"""A calendar file (iCalendar, RFC 5545) as blocks of properties: one block for each event, read only as far as needed.

Lines are unfolded as bytes before they are decoded, because older programs fold in the middle of a Polish letter.
"""

import io
import re
from collections.abc import Iterator, Mapping

from icalendar.parser import Contentline

from myosotis.intake.encoding import Encoding, detect
from myosotis.intake.problems import Code, ValueRefusedError, refuse_file
from myosotis.value_class import value_class

FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
FOLD_IN_TEXT = re.compile(r"(?:\r\n|\n|\r)[ \t]")
LINE_END = re.compile(r"[\r\n]+")
NAME = re.compile(r"[A-Za-z0-9-]+")
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
OF_EVENT = frozenset(
    {"UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "STATUS", "SUMMARY",
     "DESCRIPTION", "LOCATION", "ATTENDEE", "ORGANIZER", "SEQUENCE", "DTSTAMP", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"}
)  # fmt: skip
OF_CALENDAR = frozenset({"METHOD", "PRODID", "X-WR-CALNAME"})


@value_class
class Property:
    """One property; the escapes of its text are undone."""

    name: str
    params: Mapping[str, str]
    value: str


@value_class
class Block:
    """The lines of one event; `row` is its place in the file, from 1."""

    row: int
    lines: tuple[str, ...]

    def first(self, name: str) -> Property | None:
        """The first property of a name; ValueRefusedError where its line cannot be read."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[Property]:
        """Every property of a name; ValueRefusedError where a line cannot be read."""
        return (parse_line(line) for line in self.lines if _name(line) == name)

    def text(self, name: str) -> str:
        """The text of the first property of a name, or ""."""
        found = self.first(name)
        return "" if found is None else found.value.strip()


@value_class
class Blocks:
    """What a calendar file consists of. `zones` are its VTIMEZONE components as text, by TZID."""

    encoding: Encoding
    calendar: Block
    zones: Mapping[str, str]
    events: tuple[Block, ...]


def parse_line(line: str) -> Property:
    """A content line; ValueRefusedError (EVENT_UNREADABLE) where it is none."""
    try:
        name, params, value = Contentline(line).parts()  # type: ignore[no-untyped-call]  # its __new__ has no types
    except (ValueError, IndexError) as error:
        raise ValueRefusedError(Code.EVENT_UNREADABLE) from error
    kept = {key.upper(): given if isinstance(given, str) else ",".join(given) for key, given in params.items()}
    return Property(name=name.upper(), params=kept, value=value)


def read_blocks(data: bytes) -> Blocks:
    """The parts of a calendar file; FileRefusedError where it is none."""
    encoding, text = _decoded(data)
    builder = _Builder()
    for line in LINE_END.split(text.lstrip("\ufeff")):
        if line.strip():
            builder.take(line)
    if not builder.is_calendar:
        raise refuse_file(Code.NOT_A_CALENDAR, allowed=("BEGIN:VCALENDAR",))
    return Blocks(
        encoding=encoding,
        calendar=Block(row=0, lines=tuple(builder.calendar)),
        zones=builder.zones,
        events=tuple(builder.events),
    )


def _decoded(data: bytes) -> tuple[Encoding, str]:
    if data.startswith(UTF_16_MARKS):
        encoding = detect(io.BytesIO(data))
        return encoding, FOLD_IN_TEXT.sub("", data.decode(encoding))
    unfolded = FOLD.sub(b"", data)
    encoding = detect(io.BytesIO(unfolded))
    return encoding, unfolded.decode(encoding)


def _name(line: str) -> str:
    match = NAME.match(line)
    return match.group().upper() if match else ""


class _Builder:
    """Sorts the lines of a file into its calendar, time zones and events."""

    def __init__(self) -> None:
        self.is_calendar = False
        self.calendar: list[str] = []
        self.zones: dict[str, str] = {}
        self.events: list[Block] = []
        self.path: list[str] = []
        self.lines: list[str] = []

    def take(self, line: str) -> None:
        """Take the next line."""
        name = _name(line)
        if name == "BEGIN":
            self._begin(line)
        elif name == "END":
            self._end(line)
        elif "VTIMEZONE" in self.path or (self.path[-1:] == ["VEVENT"] and name in OF_EVENT):
            self.lines.append(line)
        elif self.path == ["VCALENDAR"] and name in OF_CALENDAR:
            self.calendar.append(line)

    def _begin(self, line: str) -> None:
        component = _component(line)
        if component == "VEVENT" and "VEVENT" in self.path:
            # The event before was cut off: it is kept as it is, and this one read for itself.
            self._close_event()
            self.path = self.path[: self.path.index("VEVENT")]
        self.path.append(component)
        self.is_calendar = self.is_calendar or self.path[0] == "VCALENDAR"
        if component in ("VEVENT", "VTIMEZONE"):
            self.lines = []
        if "VTIMEZONE" in self.path:
            self.lines.append(line)

    def _end(self, line: str) -> None:
        component = _component(line)
        if "VTIMEZONE" in self.path:
            self.lines.append(line)
        if component not in self.path:
            return
        while self.path.pop() != component:
            continue
        if component == "VEVENT":
            self._close_event()
        elif component == "VTIMEZONE":
            self._close_zone()

    def _close_event(self) -> None:
        self.events.append(Block(row=len(self.events) + 1, lines=tuple(self.lines)))
        self.lines = []

    def _close_zone(self) -> None:
        for line in self.lines:
            if _name(line) == "TZID":
                self.zones[line.partition(":")[2].strip().strip('"')] = "\r\n".join([*self.lines, ""])
        self.lines = []


def _component(line: str) -> str:
    return line.partition(":")[2].strip().upper()
