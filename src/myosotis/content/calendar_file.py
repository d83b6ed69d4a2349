"""The .ics of a visit (RFC 5545, 5546): written directly, because a library takes fifteen times as long per message.

The tests read every file back with the `icalendar` library and compare it with what that library would write.
Nothing in it tells the specialty: not the service, not the name of the place or of the practice (docs/rules.md 3).
"""

import re
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote

from myosotis.content.context import DoctorText, MessageContext, VisitText
from myosotis.content.moments import WORDS
from myosotis.content.names import neutral_name, one_line, street_and_city
from myosotis.content.rendered import CannotRender
from myosotis.content.values import appointment, known, phone_for_people, phone_of
from myosotis.domain.values import require_utc
from myosotis.domain.words import Channel, Kind, Language, VisitStatus

LINE_OCTETS = 75
INSIDE_CHARACTER = range(0x80, 0xC0)
"""The octets of UTF-8 that continue a character."""
MAILBOX_CHARACTERS = "@!$&'*+-./=^_`{|}~"
PLAIN_MAILBOX = re.compile(rf"[A-Za-z0-9{re.escape(MAILBOX_CHARACTERS)}]+\Z")
PRODUCT = "-//Myosotis//Myosotis//EN"


class CalendarMethod(StrEnum):
    """What a calendar program is to do with the file (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"
    """A plain "add to calendar": it names no attendee."""


METHODS = {
    Kind.DETAILS: CalendarMethod.REQUEST,
    Kind.MOVED: CalendarMethod.REQUEST,
    Kind.CANCELLED: CalendarMethod.CANCEL,
}


def method_of(context: MessageContext) -> CalendarMethod | None:
    """The method of the file that an e-mail of this kind carries; None if it carries none.

    An invitation needs both mailboxes. A reminder carries none: the visit is in the calendar already.
    """
    return METHODS.get(context.kind) if context.practice.email and context.patient.email else None


def calendar_file(context: MessageContext, *, method: CalendarMethod, language: Language, now: datetime) -> bytes:
    """The file: CRLF lines folded at 75 octets, times in UTC, SEQUENCE as `sequence`, DTSTAMP `now` (UTC).

    Raises CannotRender if `context` has no visit, doctor or address.
    """
    require_utc("now", now)
    visit, doctor, address = appointment(context, context.kind)
    if visit is None or doctor is None or address is None:
        raise CannotRender(context.kind, Channel.EMAIL, language, "a visit with doctor and address")
    start = known(visit, context.kind).start
    times = (stamp(now), stamp(start), stamp(start + (visit.end - visit.start)))
    pieces = [
        OPENING[method],
        b"UID:%b\r\nSEQUENCE:%d" % (str(visit.uuid).encode("ascii"), sequence(visit, method)),
        b"DTSTAMP:%b\r\nDTSTART:%b\r\nDTEND:%b" % times,
        text_line("SUMMARY", f"{WORDS[language].visit}: {neutral_name(doctor)}"),
        text_line("LOCATION", street_and_city(address)),
        *description(context, language),
        *people(context, method, visit, doctor),
        b"STATUS:CANCELLED" if method is CalendarMethod.CANCEL else b"STATUS:CONFIRMED",
        CLOSING,
    ]
    return b"\r\n".join(pieces)


def crlf(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("ascii")


OPENING = {
    method: crlf(
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", f"METHOD:{method}", "BEGIN:VEVENT"
    )
    for method in CalendarMethod
}
CLOSING = crlf("CLASS:PRIVATE", "TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR", "")


def sequence(visit: VisitText, method: CalendarMethod) -> int:
    """Rises with each revision, and within one from CANCEL to REQUEST.

    A visit that passes from one child to another is cancelled and sent anew to one mailbox, their guardian's, under one
    UID: whichever mail comes last, the visit stands in that calendar (RFC 5546 2.1.4).
    """
    return 2 * visit.revision + (method is not CalendarMethod.CANCEL)


def description(context: MessageContext, language: Language) -> list[bytes]:
    """Where to read more and whom to call."""
    words, phone = WORDS[language], phone_for_people(phone_of(context))
    told = [f"{words.my_visit}: {context.links.open}"] if context.links.open else []
    told += [f"{words.phone}: {phone}"] if phone else []
    return [folded(f"DESCRIPTION:{escaped(chr(10).join(told))}")] if told else []


def people(context: MessageContext, method: CalendarMethod, visit: VisitText, doctor: DoctorText) -> list[bytes]:
    """Organizer and attendee; a published file names no attendee (RFC 5546 3.2.1)."""
    email = context.practice.email
    organizer = [organizer_line(email, neutral_name(doctor))] if email else []
    if method is CalendarMethod.PUBLISH:
        return organizer
    answer = "ACCEPTED" if visit.status is VisitStatus.CONFIRMED else "NEEDS-ACTION"
    patient = context.patient
    name = parameter(patient.name or patient.email)
    attendee = f"ATTENDEE;CN={name};ROLE=REQ-PARTICIPANT;PARTSTAT={answer};RSVP=FALSE:mailto:{mailbox(patient.email)}"
    return [*organizer, folded(attendee)]


@lru_cache(maxsize=4096)
def organizer_line(email: str, doctor: str) -> bytes:
    """The practice's mailbox under the doctor's name: the practice's name may betray a specialty."""
    return folded(f"ORGANIZER;CN={parameter(doctor)}:mailto:{mailbox(email)}")


@lru_cache(maxsize=4096)
def text_line(name: str, text: str) -> bytes:
    """A property that holds a text. Remembered, because doctors and places come again and again."""
    return folded(f"{name}:{escaped(text)}")


@lru_cache(maxsize=4096)
def stamp(moment: datetime) -> bytes:
    """20270329T080000Z; without strftime, which pads early years differently from system to system."""
    day, time = (moment.year, moment.month, moment.day), (moment.hour, moment.minute, moment.second)
    return b"%04d%02d%02dT%02d%02d%02dZ" % (*day, *time)


def escaped(text: str) -> str:
    """TEXT (RFC 5545 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def parameter(text: str) -> str:
    """A quoted parameter value, which cannot hold a double quote (RFC 5545 3.2)."""
    return '"' + one_line(text).replace('"', "'") + '"'


def mailbox(address: str) -> str:
    """An address as a URI has it: nearly all are that already."""
    return address if PLAIN_MAILBOX.match(address) else quote(one_line(address), safe=MAILBOX_CHARACTERS)


def folded(line: str) -> bytes:
    """The line cut into pieces of at most 75 octets, never inside a character; all but the first begin with a space."""
    octets = line.encode()
    if len(octets) <= LINE_OCTETS:
        return octets
    pieces, begin, room = [], 0, LINE_OCTETS
    while len(octets) - begin > room:
        end = begin + room
        while octets[end] in INSIDE_CHARACTER:
            end -= 1
        pieces.append(octets[begin:end])
        begin, room = end, LINE_OCTETS - 1
    pieces.append(octets[begin:])
    return b"\r\n ".join(pieces)
