"""The practice, its doctors, addresses, calendars and services. In a change, what is not sent stays as it is."""

from datetime import datetime, time
from decimal import Decimal

from ninja import Schema
from pydantic import ConfigDict, Field

from myosotis.api.schemas.values import (
    Code,
    Email,
    Given,
    Id,
    Line,
    Moment,
    Name,
    Paragraph,
    Phone,
    WallTime,
    Web,
    Zone,
)
from myosotis.domain.words import ConsentBasis, Kind, Language, SmsLetters


class Shown(Schema):
    model_config = ConfigDict(from_attributes=True)

    id: int


class PracticeChange(Given):
    name: Name | None = None
    language: Language | None = None
    phone: Phone | None = None
    sms_sender: str | None = Field(
        None,
        pattern=r"^([A-Za-z0-9.&@\-+_!% ]{1,11}|\+[0-9]{8,15})?$",
        description="A verified sender name of at most 11 characters, or a number.",
    )
    sms_can_receive: bool | None = Field(None, description="Texts mention replies only if patients can answer.")
    sms_letters: SmsLetters | None = None
    sms_price: Decimal | None = Field(None, ge=0, max_digits=8, decimal_places=4, description="Of one part.")
    email_sender_name: Line | None = None
    email_sender: Email | None = None
    email_reply_to: Email | None = None
    window_opens: WallTime | None = Field(None, description="Local to a visit's address.")
    window_closes: WallTime | None = None
    privacy_notice: Paragraph | None = None
    privacy_notice_url: Web | None = None
    tracking_image: bool | None = None


class ConsentBasisIn(Given):
    """On what `review` and `rebook` are based, and who answers for it."""

    basis: ConsentBasis
    chosen_by: Name


class PracticeOut(Shown):
    name: str
    language: Language
    phone: str
    sms_sender: str
    sms_can_receive: bool
    sms_letters: SmsLetters
    sms_price: Decimal
    email_sender_name: str
    email_sender: str
    email_reply_to: str
    window_opens: time
    window_closes: time
    privacy_notice: str
    privacy_notice_url: str
    tracking_image: bool
    consent_basis: ConsentBasis
    consent_basis_chosen_by: str
    consent_basis_chosen_at: datetime | None


class DoctorIn(Given):
    name: Name
    title: str = Field("", max_length=50)
    specialty: Line = ""
    sensitive: bool = Field(
        False, description="The specialty betrays a condition: it is named nowhere outside the page."
    )
    profile: Paragraph = ""
    review_address: Web = ""
    external_id: Code = ""


class DoctorChange(Given):
    name: Name | None = None
    title: str | None = Field(None, max_length=50)
    specialty: Line | None = None
    sensitive: bool | None = None
    profile: Paragraph | None = None
    review_address: Web | None = None
    external_id: Code | None = None


class DoctorOut(Shown):
    name: str
    title: str
    specialty: str
    sensitive: bool
    profile: str
    review_address: str
    external_id: str


class AddressIn(Given):
    name: Line = ""
    street: Name
    postcode: str = Field("", max_length=20)
    city: str = Field(min_length=1, max_length=100)
    phone: Phone = ""
    directions: Paragraph = ""
    map_url: Web = ""
    time_zone: Zone = "Europe/Warsaw"
    external_id: Code = ""


class AddressChange(Given):
    name: Line | None = None
    street: Name | None = None
    postcode: str | None = Field(None, max_length=20)
    city: str | None = Field(None, min_length=1, max_length=100)
    phone: Phone | None = None
    directions: Paragraph | None = None
    map_url: Web | None = None
    time_zone: Zone | None = None
    external_id: Code | None = None


class AddressOut(Shown):
    name: str
    street: str
    postcode: str
    city: str
    phone: str
    directions: str
    map_url: str
    time_zone: str
    external_id: str


class SwitchesIn(Given):
    """The six switches of a calendar."""

    details: bool
    reminder: bool
    actions: bool
    review: bool
    offer: bool
    rebook: bool


class SwitchesOut(Shown):
    details: bool
    reminder: bool
    actions: bool
    review: bool
    offer: bool
    rebook: bool


class CalendarIn(Given):
    doctor_id: Id
    address_id: Id
    external_id: Code = ""
    online_booking: bool = False
    review_address: Web = ""
    change_cutoff_minutes: int = Field(0, ge=0, le=60 * 24 * 30, description="Minutes before the start.")


class CalendarChange(Given):
    external_id: Code | None = None
    online_booking: bool | None = None
    review_address: Web | None = None
    change_cutoff_minutes: int | None = Field(None, ge=0, le=60 * 24 * 30, description="Minutes before the start.")


class CalendarOut(SwitchesOut):
    doctor_id: int
    address_id: int
    external_id: str
    online_booking: bool
    review_address: str
    change_cutoff_minutes: int


class CopySwitches(Given):
    calendar_ids: list[Id] = Field(min_length=1, max_length=1000)


class EffectOut(Schema):
    """How many messages a change adds to those ahead and takes from them, by kind; of how many visits."""

    visits: int
    appear: dict[Kind, int]
    disappear: dict[Kind, int]


class ServiceIn(Given):
    name: Name
    minutes: int = Field(30, ge=1, le=24 * 60)
    preparation: Paragraph = ""
    external_id: Code = ""


class ServiceChange(Given):
    name: Name | None = None
    minutes: int | None = Field(None, ge=1, le=24 * 60)
    preparation: Paragraph | None = None
    active: bool | None = None
    external_id: Code | None = None


class ServiceOut(Shown):
    calendar_id: int
    name: str
    minutes: int
    preparation: str
    active: bool
    external_id: str


class HoursIn(Given):
    """One stretch of a weekday; 0 is Monday. Local to the address."""

    weekday: int = Field(ge=0, le=6)
    opens: WallTime
    closes: WallTime


class StretchIn(Given):
    opens: WallTime
    closes: WallTime


class ExceptionIn(Given):
    """How a day differs: other hours, or an empty list for closed."""

    hours: list[StretchIn] = Field(max_length=20)


class BlockIn(Given):
    start: Moment
    end: Moment


class BlockOut(Shown):
    calendar_id: int
    start: datetime
    end: datetime


class OpeningIn(Given):
    """All weekly opening hours of a calendar, in place of the present ones."""

    hours: list[HoursIn] = Field(max_length=100)
