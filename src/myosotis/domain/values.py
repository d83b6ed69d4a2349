"""The plain values that rules take and give: frozen, keyword-only, checked on construction.

Every `datetime` here is aware; instants are UTC. Hours are elapsed hours, days are calendar days in the zone of the
visit's address (docs/rules.md, preamble).
"""

from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from myosotis.domain.words import (
    Channel,
    ConsentBasis,
    ConsentPurpose,
    FallbackRule,
    Kind,
    Language,
    MessageStatus,
    OptOut,
    Party,
    Reason,
    Via,
    VisitEvent,
    VisitStatus,
    Wave,
)
from myosotis.value_class import value_class


def require_utc(name: str, moment: datetime | None) -> None:
    """Raise ValueError unless `moment` is None or an aware datetime in UTC."""
    if moment is not None and moment.tzinfo is not UTC and moment.utcoffset() != timedelta(0):
        raise ValueError(f"{name} must be an aware datetime in UTC")


@lru_cache(maxsize=1024)
def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant in a zone; of "now" it is asked again and again."""
    return moment.astimezone(zone).date()


@value_class
class SendWindow:
    """When SMS and push may leave, local to the visit's address; both ends belong to it (docs/rules.md 3)."""

    opens: time = time(7, 0)
    closes: time = time(22, 0)

    def __post_init__(self) -> None:
        if not self.opens < self.closes:
            raise ValueError("a send window opens before it closes")


@value_class
class Switches:
    """The six switches of a calendar, or of a visit after its own settings were laid over (docs/rules.md 2)."""

    details: bool = True
    reminder: bool = True
    actions: bool = True
    review: bool = True
    offer: bool = True
    rebook: bool = True


@value_class
class VisitSwitches:
    """What staff changed for one visit: on, off, or None for "as the calendar says", also later."""

    details: bool | None = None
    reminder: bool | None = None
    actions: bool | None = None
    review: bool | None = None
    offer: bool | None = None
    rebook: bool | None = None
    silent: bool = False
    """ "Nie wysyłaj niczego": no message of any kind for this visit."""

    def over(self, calendar: Switches) -> Switches:
        """The switches in force: the visit's own where set, else the calendar's."""
        return Switches(
            details=calendar.details if self.details is None else self.details,
            reminder=calendar.reminder if self.reminder is None else self.reminder,
            actions=calendar.actions if self.actions is None else self.actions,
            review=calendar.review if self.review is None else self.review,
            offer=calendar.offer if self.offer is None else self.offer,
            rebook=calendar.rebook if self.rebook is None else self.rebook,
        )


@value_class
class Contact:
    """Where somebody can be reached. `phone` is E.164; a fixed line is no SMS address."""

    email: str = ""
    phone: str = ""
    phone_is_mobile: bool = True
    email_bad: bool = False
    """The address was refused for good since it was entered."""
    phone_bad: bool = False


@value_class
class Card:
    """The patient card, as far as rules ask for it."""

    patient_id: int
    contact: Contact
    guardian: Contact | None = None
    guardian_until: date | None = None
    """The hand-over date: from this local day on the patient's own addresses are used."""
    language: Language = Language.PL
    opt_outs: frozenset[OptOut] = frozenset()
    consents: frozenset[ConsentPurpose] = frozenset()
    sms_stopped: bool = False
    """STOP was received from the number in force, for this practice."""
    silent: bool = False
    deceased: bool = False
    erased: bool = False
    subscriptions: int = 0
    """Live push subscriptions; at least one makes an app user."""

    def contact_on(self, day: date) -> Contact:
        """The contact in force on a local day: the guardian's until the hand-over date."""
        if self.guardian is not None and (self.guardian_until is None or day < self.guardian_until):
            return self.guardian
        return self.contact


@value_class
class Appointment:
    """What a patient is told of a visit: a start (UTC) at a calendar (a doctor at an address)."""

    start: datetime
    calendar_id: int

    def __post_init__(self) -> None:
        require_utc("start", self.start)


@value_class
class MessageKey:
    """What makes a message of one subject unique (docs/rules.md 7.1)."""

    revision: int
    kind: Kind
    channel: Channel
    wave: Wave = Wave.FIRST
    copy: int = 0


@value_class
class ExistingMessage:
    """A stored message of the visit, as planning and the fallback need to know it."""

    id: int
    key: MessageKey
    patient_id: int
    status: MessageStatus
    due_at: datetime | None = None
    expires_at: datetime | None = None
    reason: Reason | None = None
    fallback: FallbackRule | None = None
    sent_at: datetime | None = None
    read_at: datetime | None = None
    told: Appointment | None = None
    """What this message told when it was sent."""
    attempts: int = 0
    """How often it was claimed."""


@value_class
class PlannedMessage:
    """One row that the plan of a visit wants: planned (with a due time), waiting (a fallback), or skipped (with the reason)."""

    key: MessageKey
    patient_id: int
    status: MessageStatus
    due_at: datetime | None = None
    expires_at: datetime | None = None
    reason: Reason | None = None
    fallback: FallbackRule | None = None

    def __post_init__(self) -> None:
        require_utc("due_at", self.due_at)
        require_utc("expires_at", self.expires_at)


@value_class
class VisitFacts:
    """Everything that the plan of a visit depends on, besides `now`."""

    visit_id: int
    revision: int
    status: VisitStatus
    start: datetime
    end: datetime
    calendar_id: int
    zone: ZoneInfo
    booked_at: datetime
    """When the present start was agreed (UTC): creation, or the last move."""
    booked_by: Party
    """PATIENT only for a visit that the patient booked through the portal."""
    event: VisitEvent
    event_at: datetime
    event_by: Party
    """Who asked for it."""
    event_via: Via
    previous_start: datetime | None = None
    """The start before the last move; of the `cancelled` to a former patient and of `moved` it bounds the limit."""
    first: Appointment
    """What was agreed when the visit was booked for this patient: known to the patient even before any message."""
    card: Card
    former_card: Card | None = None
    """Of a visit just given to another patient: the card of the former one."""
    calendar_switches: Switches = Switches()
    visit_switches: VisitSwitches = VisitSwitches()
    window: SendWindow = SendWindow()
    consent_basis: ConsentBasis = ConsentBasis.PRACTICE
    providers: frozenset[Channel] = frozenset({Channel.EMAIL, Channel.PUSH, Channel.SMS})
    """The channels over which the practice can send at all."""
    online_booking: bool = True
    later_visit: bool = False
    """This patient has a later live visit with this doctor."""
    later_visit_same_day: bool = False
    """... and it is on the same local day."""
    sent_same_day: frozenset[Kind] = frozenset()
    """Of `review` and `rebook` what left after another visit of this patient with this doctor on the same local day."""
    messages: tuple[ExistingMessage, ...] = field(default=())

    def __post_init__(self) -> None:
        require_utc("start", self.start)
        require_utc("end", self.end)
        require_utc("booked_at", self.booked_at)
        require_utc("event_at", self.event_at)
        require_utc("previous_start", self.previous_start)
        if not self.start < self.end:
            raise ValueError("a visit ends after it starts")

    @property
    def actions(self) -> bool:
        """Whether the switches in force let the patient act by links."""
        own = self.visit_switches.actions
        return self.calendar_switches.actions if own is None else own

    @property
    def appointment(self) -> Appointment:
        return Appointment(start=self.start, calendar_id=self.calendar_id)

    def local_day(self, moment: datetime) -> date:
        """The calendar day of an instant at the visit's address."""
        return local_day(moment, self.zone)


@value_class
class PlanDifference:
    """What planning again changes: rows to add, rows to change (by id), rows to cancel (by id, with the reason)."""

    add: tuple[PlannedMessage, ...] = ()
    change: tuple[tuple[int, PlannedMessage], ...] = ()
    cancel: tuple[tuple[int, Reason], ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.add or self.change or self.cancel)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An instant, in UTC."""
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
