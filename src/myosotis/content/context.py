"""What a text may say, as frozen plain values; whoever sends a message fills them in.

Every `datetime` is an aware instant in UTC; texts show it in the zone of the visit's address. Strings are what people
typed: they may hold any character and are escaped, shortened and freed of control characters by the renderer.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from myosotis.domain.sms_words import SmsWord
from myosotis.domain.values import require_utc
from myosotis.domain.words import Answer, Kind, Language, Party, StaffTopic, VisitStatus
from myosotis.value_class import value_class

HOME_ZONE = ZoneInfo("Europe/Warsaw")


@value_class
class PracticeText:
    """The practice as its patients see it."""

    name: str
    language: str = Language.PL
    """Falls in where a text is missing in the language of the patient."""
    email: str = ""
    """The address that its e-mails come from: ORGANIZER of the .ics."""
    phone: str = ""
    """Shown where the address has none."""
    can_receive_sms: bool = False
    """The SMS sender is a number that can be answered; only then texts mention replies."""
    privacy_text: str = ""
    privacy_url: str = ""
    zone: ZoneInfo = HOME_ZONE
    """Where its patients live: a visit under another clock names its zone."""


@value_class
class DoctorText:
    title: str = ""
    name: str
    specialty: str = ""
    sensitive: bool = False
    """Of a sensitive specialty not even the e-mail's body tells: specialty, service and preparation stay on My visit."""


@value_class
class AddressText:
    name: str = ""
    street: str
    city: str
    phone: str = ""
    directions: str = ""
    """How to get there; may have several lines."""
    map_url: str = ""
    zone: ZoneInfo = HOME_ZONE


@value_class
class ServiceText:
    name: str = ""
    preparation: str = ""
    """May have several lines."""


@value_class
class ToldText:
    """What the patient was told before; doctor and address only where they differ from the present ones."""

    start: datetime
    doctor: DoctorText | None = None
    address: AddressText | None = None

    def __post_init__(self) -> None:
        require_utc("start", self.start)


@value_class
class VisitText:
    uuid: UUID
    """UID of the .ics, the same for the life of the visit."""
    revision: int
    """Of which the message tells: SEQUENCE of the .ics rises with it."""
    start: datetime
    end: datetime
    status: VisitStatus = VisitStatus.BOOKED
    event_by: Party = Party.PRACTICE
    """Who asked for the move or the cancellation that is told."""
    told: ToldText | None = None
    """For `moved`: the old appointment. For `cancelled`: what the patient knows, if that is not the present start."""
    cancel_reason: str = ""
    """What the practice wants the patient to read as the reason; in the e-mail only."""

    def __post_init__(self) -> None:
        require_utc("start", self.start)
        require_utc("end", self.end)


@value_class
class PatientText:
    name: str = ""
    email: str = ""
    """The address that this e-mail goes to: ATTENDEE of the .ics."""
    by_guardian: bool = False
    """The message goes to the guardian: texts then name the patient."""


@value_class
class ChoiceText:
    """One of those that a reply by SMS could mean."""

    code: int
    """What the patient sends back."""
    start: datetime
    doctor: DoctorText
    zone: ZoneInfo = HOME_ZONE
    patient: str = ""
    """Whose it is; empty where that is no question."""
    earlier_time: bool = False
    """Not the visit itself, but the offer of this start."""

    def __post_init__(self) -> None:
        require_utc("start", self.start)


@value_class
class StaffText:
    """A mail to a staff user; the link (`Links.open`) leads to where the invitation or password is taken up."""

    topic: StaffTopic
    name: str = ""
    subject: str = ""
    """Of a digest."""
    body: str = ""
    """Of a digest; may have several lines."""


@value_class
class Links:
    """Full addresses, or empty where a message has none; their tokens are made by whoever sends."""

    open: str = ""
    read: str = ""
    unsubscribe: str = ""
    image: str = ""


PLACEHOLDERS = Links(open="{open}", read="{read}", unsubscribe="{unsubscribe}", image="{image}")
"""What stored copies hold instead of links (docs/rules.md 5)."""


def without_links(text: str, links: Links) -> str:
    """The text as it may be stored: each link replaced by its placeholder (`{open}`, `{read}`, ...)."""
    for link, placeholder in (
        (links.open, PLACEHOLDERS.open),
        (links.read, PLACEHOLDERS.read),
        (links.unsubscribe, PLACEHOLDERS.unsubscribe),
        (links.image, PLACEHOLDERS.image),
    ):
        if link:
            text = text.replace(link, placeholder)
    return text


CODE_PLACEHOLDER = "{code}"


def without_secrets(text: str, context: "MessageContext") -> str:
    """The text as it may be stored: neither links nor a code, which opens as much as a link does."""
    kept = without_links(text, context.links)
    return kept.replace(context.code, CODE_PLACEHOLDER) if context.code else kept


@value_class
class MessageContext:
    """All that one message may say. Which parts must be there depends on the kind:

    details, reminder, moved, cancelled, review, rebook: doctor, address, visit (service, patient where known);
    offer: these and `offer_start`; code: `code`, `code_minutes`, `code_purpose`; answer: `answer` or `written`, and to ask
    back `said` and `choices`; staff: `staff`; test: nothing, or `sample_of` and what that kind needs.
    """

    kind: Kind
    language: str
    practice: PracticeText
    links: Links = Links()
    patient: PatientText = PatientText()
    doctor: DoctorText | None = None
    address: AddressText | None = None
    service: ServiceText = ServiceText()
    visit: VisitText | None = None
    actions: bool = False
    """The calendar's (or the visit's own) switch: confirm, move and cancel are offered."""
    offer_start: datetime | None = None
    code: str = ""
    code_minutes: int = 10
    code_purpose: str = ""
    """What the code is for: `booking`, `join` (the app)."""
    code_host: str = ""
    """Where it is entered: browsers offer a code to the page for which it is marked (WebOTP)."""
    answer: Answer | None = None
    written: str = ""
    """An answer in the words of the staff, instead of `answer`."""
    said: SmsWord | None = None
    """The word of the SMS that is answered, where it is asked what it means ..."""
    choices: tuple[ChoiceText, ...] = ()
    """... and what it could mean."""
    staff: StaffText | None = None
    sample_of: Kind | None = None
    """Of a test: the kind whose text is shown, marked as a test."""

    def __post_init__(self) -> None:
        require_utc("offer_start", self.offer_start)
