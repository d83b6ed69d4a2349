"""One event of a calendar file: its properties as values, each checked by itself."""

import html
import re
from datetime import UTC, datetime, timedelta, tzinfo

from icalendar import vDuration

from myosotis.intake.emails import find_emails, parse_email
from myosotis.intake.ics import Block, Property
from myosotis.intake.moments import FIRST_YEAR, LAST_YEAR
from myosotis.intake.phones import find_phones
from myosotis.intake.problems import Code, RowProblem, ValueRefusedError
from myosotis.intake.recurrence import Moment
from myosotis.intake.values import EventStatus
from myosotis.intake.zones import READING_ERRORS, Zones
from myosotis.value_class import value_class

LONGEST_UID = 255
LONGEST_TEXT = 10_000
LONGEST = timedelta(days=366)
TIME_EXAMPLES = ("20270329T100000Z", "20270329T100000", "20270329")
TAG = re.compile(r"<[^<>]{0,2000}>")
"""Google and Outlook put HTML into descriptions; tags would hide where a number begins."""
NO_PERSON = ("ROOM", "RESOURCE", "GROUP")


class EventRefusedError(Exception):
    """An event cannot be taken; `recurrence` is the occurrence meant, where that much could be read."""

    def __init__(self, problem: RowProblem, recurrence: Moment | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.recurrence = recurrence


@value_class
class Texts:
    """What an event says, and how people in it can be reached."""

    summary: str
    description: str
    location: str
    attendees: tuple[str, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]


@value_class
class Event:
    """A single event, a series, or what one occurrence of a series became (`recurrence` is set)."""

    row: int
    uid: str
    start: Moment
    length: timedelta
    by_clock: bool
    """The length counts by the local clock (an end was given), not in elapsed time (a duration was)."""
    recurrence: Moment | None
    and_later: bool
    """The change holds for all later occurrences, too (RANGE=THISANDFUTURE)."""
    rules: tuple[str, ...]
    added: tuple[Moment, ...]
    excluded: tuple[Moment, ...]
    status: EventStatus
    busy: bool
    sequence: int
    stamp: str
    texts: Texts

    @property
    def rank(self) -> tuple[int, str, int]:
        """Of two versions of one event the greater is the newer."""
        return (self.sequence, self.stamp, self.row)


@value_class
class EventReader:
    """Reads events of one file. `floating` is the zone of times without one, and of whole days."""

    zones: Zones
    floating: tzinfo
    region: str
    cancelled: bool
    """The whole file is a cancellation (METHOD:CANCEL)."""

    def read(self, block: Block) -> Event:
        """The event of a block; EventRefusedError names the property that is wrong."""
        uid, recurrence = "", None
        try:
            uid = _uid(block)
            with_id = block.first("RECURRENCE-ID")
            recurrence = None if with_id is None else self.moment(with_id)
            return self._event(block, uid, recurrence, with_id)
        except _RefusedProperty as refused:
            raise EventRefusedError(refused.problem(block.row, uid), recurrence) from refused
        except ValueRefusedError as refusal:
            problem = RowProblem(row=block.row, field="", code=refusal.code, allowed=refusal.allowed, uid=uid)
            raise EventRefusedError(problem, recurrence) from refusal

    def moment(self, given: Property) -> Moment:
        """A DATE or DATE-TIME in its zone."""
        return self.moments(given)[0]

    def moments(self, given: Property) -> tuple[Moment, ...]:
        """All DATEs or DATE-TIMEs of a property; of periods their starts."""
        try:
            zone = self.zones.zone(given.params["TZID"]) if given.params.get("TZID") else self.floating
            return tuple(_moment(text.partition("/")[0].strip(), zone) for text in given.value.split(","))
        except ValueRefusedError as refusal:
            raise _RefusedProperty(given.name, refusal) from refusal

    def _event(self, block: Block, uid: str, recurrence: Moment | None, with_id: Property | None) -> Event:
        begin = block.first("DTSTART")
        if begin is None:
            raise _RefusedProperty("DTSTART", ValueRefusedError(Code.VALUE_MISSING, TIME_EXAMPLES))
        if block.first("EXRULE") is not None:
            # Dropped from the standard in 2009; leaving it out would bring back visits that it takes away.
            raise _RefusedProperty("EXRULE", ValueRefusedError(Code.RULE_WRONG, ("EXDATE",)))
        start = self.moment(begin)
        length, by_clock = self._length(block, start)
        return Event(
            row=block.row,
            uid=uid,
            start=start,
            length=length,
            by_clock=by_clock,
            recurrence=recurrence,
            and_later=with_id is not None and with_id.params.get("RANGE", "").upper() == "THISANDFUTURE",
            rules=tuple(rule.value for rule in block.all("RRULE")),
            added=tuple(moment for given in block.all("RDATE") for moment in self.moments(given)),
            excluded=tuple(moment for given in block.all("EXDATE") for moment in self.moments(given)),
            status=EventStatus.CANCELLED if self.cancelled else _status(block),
            busy=_busy(block),
            sequence=_sequence(block),
            stamp=block.text("DTSTAMP"),
            texts=_texts(block, self.region),
        )

    def _length(self, block: Block, start: Moment) -> tuple[timedelta, bool]:
        """How long the event lasts, and whether that counts by the local clock."""
        end, duration = block.first("DTEND"), block.first("DURATION")
        if end is not None:
            return _checked("DTEND", _until(start, self.moment(end))), True
        if duration is not None:
            return _checked("DURATION", _duration(duration.value)), start.all_day
        return timedelta(days=1 if start.all_day else 0), True


class _RefusedProperty(Exception):  # noqa: N818 - it is the refusal of a property, and never leaves this module
    def __init__(self, name: str, refusal: ValueRefusedError) -> None:
        super().__init__(name)
        self.name = name
        self.refusal = refusal

    def problem(self, row: int, uid: str) -> RowProblem:
        return RowProblem(row=row, field=self.name, code=self.refusal.code, allowed=self.refusal.allowed, uid=uid)


def _uid(block: Block) -> str:
    uid = block.text("UID")
    if not uid:
        raise _RefusedProperty("UID", ValueRefusedError(Code.VALUE_MISSING))
    if len(uid) > LONGEST_UID:
        raise _RefusedProperty("UID", ValueRefusedError(Code.TOO_LONG, (str(LONGEST_UID),)))
    return uid


def _moment(text: str, zone: tzinfo) -> Moment:
    for shape in ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M", "%Y%m%d"):
        try:
            at = datetime.strptime(text, shape).replace(tzinfo=UTC if shape.endswith("Z") else zone)
        except ValueError:
            continue
        if FIRST_YEAR <= at.year <= LAST_YEAR:
            return Moment(at=at, all_day="T" not in shape)
    raise ValueRefusedError(Code.DATE_WRONG, TIME_EXAMPLES)


def _until(start: Moment, end: Moment) -> timedelta:
    """By the local clock where both ends are in one zone: a day of 25 hours is still a day."""
    if start.all_day and end.all_day and end.at == start.at:
        # Some programs end a whole day on itself.
        return timedelta(days=1)
    if start.at.tzinfo == end.at.tzinfo:
        return end.at.replace(tzinfo=UTC) - start.at.replace(tzinfo=UTC)
    return end.utc - start.utc


def _duration(text: str) -> timedelta:
    try:
        length: timedelta = vDuration.from_ical(text)  # type: ignore[no-untyped-call]  # icalendar gives it no types
    except READING_ERRORS as error:
        raise _RefusedProperty("DURATION", ValueRefusedError(Code.DURATION_WRONG, ("PT30M", "P1D"))) from error
    return length


def _checked(name: str, length: timedelta) -> timedelta:
    if not timedelta(0) <= length <= LONGEST:
        raise _RefusedProperty(name, ValueRefusedError(Code.END_WRONG))
    return length


def _status(block: Block) -> EventStatus:
    try:
        return EventStatus(block.text("STATUS").lower())
    except ValueError:
        return EventStatus.CONFIRMED


def _busy(block: Block) -> bool:
    """Outlook's own word decides where it stands: out of office takes up time, whatever TRANSP says."""
    of_outlook = block.text("X-MICROSOFT-CDO-BUSYSTATUS").upper()
    return of_outlook != "FREE" if of_outlook else block.text("TRANSP").upper() != "TRANSPARENT"


def _sequence(block: Block) -> int:
    text = block.text("SEQUENCE")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**31)) else 0


def _texts(block: Block, region: str) -> Texts:
    summary, description, location = (
        block.text(name)[:LONGEST_TEXT] for name in ("SUMMARY", "DESCRIPTION", "LOCATION")
    )
    searched = html.unescape(TAG.sub(" ", f"{summary}\n{description}\n{location}"))
    return Texts(
        summary=summary,
        description=description,
        location=location,
        attendees=_attendees(block),
        emails=find_emails(searched),
        phones=find_phones(searched, region),
    )


def _attendees(block: Block) -> tuple[str, ...]:
    organizer = _address(block.first("ORGANIZER"))
    persons = (given for given in block.all("ATTENDEE") if given.params.get("CUTYPE", "").upper() not in NO_PERSON)
    addresses = dict.fromkeys(address for given in persons if (address := _address(given)) and address != organizer)
    return tuple(addresses)


def _address(given: Property | None) -> str:
    """The e-mail address of a person, or "" where there is none that mail can go to."""
    if given is None:
        return ""
    try:
        return parse_email(re.sub(r"^mailto:", "", given.value.strip(), flags=re.IGNORECASE))
    except ValueRefusedError:
        return ""
