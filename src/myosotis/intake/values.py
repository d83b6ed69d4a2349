"""What a file holds, as plain values: patients, visits, calendar events, one per row."""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from myosotis.domain.values import require_utc
from myosotis.domain.words import Language, OptOut, Party, VisitStatus
from myosotis.intake.names import name_key
from myosotis.intake.problems import RowProblem
from myosotis.value_class import value_class

Value = TypeVar("Value")


@value_class
class RowResult(Generic[Value]):
    """What became of one row: its value unless it was refused, and whatever is to be said of it."""

    row: int
    value: Value | None
    problems: tuple[RowProblem, ...] = ()


@value_class
class PersonName:
    """A name as a card holds it; a name of one word is a family name."""

    given: str = ""
    family: str = ""

    @property
    def full(self) -> str:
        """Given name first."""
        return f"{self.given} {self.family}".strip()

    @property
    def key(self) -> str:
        """The same for "Anna Kowalska", "KOWALSKA Anna" and "Kowalska, Anna"."""
        return name_key(self.full)


@value_class
class PatientReference:
    """Who a visit is for, as far as the file says; at least one of the fields is set."""

    external_id: str = ""
    name: PersonName = PersonName()
    phone: str = ""
    """E.164."""
    phone_is_mobile: bool = False
    email: str = ""


@value_class
class CalendarReference:
    """Where a visit belongs, in the file's own words; all empty where the file does not say."""

    calendar: str = ""
    """Name or external id of the calendar."""
    doctor: str = ""
    address: str = ""
    room: str = ""
    """The number of a room, which names no calendar (`intake.offices`)."""


class CalendarFault(StrEnum):
    """Why a calendar reference leads nowhere."""

    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"


ZoneOf = Callable[[CalendarReference], ZoneInfo | CalendarFault]
"""Tells the time zone of the address to which a calendar reference leads."""


@value_class
class Guardian:
    """Who is written to instead of the patient, until the hand-over date (docs/rules.md 1)."""

    name: str = ""
    phone: str = ""
    phone_is_mobile: bool = False
    email: str = ""
    until: date | None = None


@value_class
class PatientRow:
    """One patient card of a file. Consent is None where the file says nothing: that is no consent."""

    row: int
    external_id: str = ""
    name: PersonName
    phone: str = ""
    """E.164."""
    phone_is_mobile: bool = False
    """Whether SMS can reach the number; a fixed line is no SMS address."""
    email: str = ""
    language: Language | None = None
    marketing_consent: bool | None = None
    marketing_consent_on: date | None = None
    opt_outs: frozenset[OptOut] = frozenset()
    silent: bool = False
    """ "Nie wysyłaj niczego"."""
    deceased: bool = False
    guardian: Guardian | None = None


@value_class
class VisitRow:
    """One visit of a file; instants are UTC, `zone` is that of the visit's address."""

    row: int
    external_id: str = ""
    patient: PatientReference
    calendar: CalendarReference
    service: str = ""
    start: datetime
    zone: ZoneInfo
    duration_minutes: int | None = None
    """None: as long as the service takes."""
    booked_at: datetime | None = None
    booked_by: Party | None = None
    status: VisitStatus | None = None
    cancelled_by: Party | None = None

    def __post_init__(self) -> None:
        require_utc("start", self.start)
        require_utc("booked_at", self.booked_at)


class EventStatus(StrEnum):
    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


@value_class
class EventRow:
    """One occurrence of a calendar event, with the identity (`uid`, `recurrence_id`).

    A single event has an empty `recurrence_id`; an occurrence of a series has the start that the series gave it,
    whatever became of it later: "20270329T080000Z", or "20270329" in a series of whole days.
    """

    row: int
    uid: str
    recurrence_id: str = ""
    start: datetime
    end: datetime
    all_day: bool = False
    busy: bool = True
    """False where the event does not take up time (TRANSP:TRANSPARENT, or "free" in Outlook)."""
    status: EventStatus = EventStatus.CONFIRMED
    sequence: int = 0
    summary: str = ""
    description: str = ""
    location: str = ""
    attendees: tuple[str, ...] = ()
    """E-mail addresses of the persons invited, without the organizer, rooms and equipment."""
    emails: tuple[str, ...] = ()
    """E-mail addresses found in summary, description and location."""
    phones: tuple[str, ...] = ()
    """Numbers found in summary, description and location, as E.164."""

    def __post_init__(self) -> None:
        require_utc("start", self.start)
        require_utc("end", self.end)
