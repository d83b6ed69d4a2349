"""The practice, its doctors, addresses, calendars and services. In a change, what is not sent stays as it is."""

from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, cast

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints
from pydantic.fields import FieldInfo

from myosotis.api.schemas.values import (
    Code,
    Email,
    Given,
    Id,
    Line,
    Name,
    Paragraph,
    Phone,
    WallTime,
    Web,
    Zone,
)
from myosotis.domain.words import ConsentBasis, Kind, Language, SmsLetters
from myosotis.flows.calendar_changed import BOUNDS


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


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
"""The last part of the address of a public profile."""


class DoctorIn(Given):
    name: Name
    title: str = Field("", max_length=50)
    specialty: Line = ""
    sensitive: bool = Field(
        False, description="The specialty betrays a condition: it is named nowhere outside the page."
    )
    slug: Slug | None = Field(None, description="The last part of the profile's address; null: made of the name.")
    profile: Paragraph = ""
    review_address: Web = ""
    external_id: Code = ""


class DoctorChange(Given):
    name: Name | None = None
    title: str | None = Field(None, max_length=50)
    specialty: Line | None = None
    sensitive: bool | None = None
    slug: Slug | None = None
    profile: Paragraph | None = None
    review_address: Web | None = None
    external_id: Code | None = None


class DoctorOut(Shown):
    name: str
    title: str
    specialty: str
    sensitive: bool
    slug: str
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


def _bounded(name: str, description: str) -> FieldInfo:
    least, most = BOUNDS[name]
    return cast("FieldInfo", Field(ge=least, le=most, description=description))


Cutoff = Annotated[int, _bounded("change_cutoff_minutes", "How long before the start patients may move or cancel.")]
SlotMinutes = Annotated[int, _bounded("slot_minutes", "Free times start at the opening and every so many minutes.")]
LeadMinutes = Annotated[int, _bounded("booking_lead_minutes", "Patients take no time that starts sooner.")]
HorizonDays = Annotated[int, _bounded("booking_horizon_days", "Patients take no time on a local day further ahead.")]
RoundSize = Annotated[int, _bounded("offer_round_size", "How many are asked at a time about a freed slot; 0: all.")]
RoundMinutes = Annotated[int, _bounded("offer_round_minutes", "How long after one round the next is asked.")]
Chain = Annotated[int, _bounded("offer_chain", "How many offers may follow from each other, the first included.")]
ServiceMinutes = Annotated[int, _bounded("minutes", "How long a visit takes.")]
BreakMinutes = Annotated[int, _bounded("break_minutes", "Kept free after each visit.")]


class CalendarIn(Given):
    doctor_id: Id
    address_id: Id
    external_id: Code = ""
    online_booking: bool = False
    review_address: Web = ""
    change_cutoff_minutes: Cutoff = 0
    slot_minutes: SlotMinutes = 15
    booking_lead_minutes: LeadMinutes = 60
    booking_horizon_days: HorizonDays = 90
    offer_round_size: RoundSize = 0
    offer_round_minutes: RoundMinutes = 30
    offer_chain: Chain = 3


class CalendarChange(Given):
    external_id: Code | None = None
    online_booking: bool | None = None
    review_address: Web | None = None
    change_cutoff_minutes: Cutoff | None = None
    slot_minutes: SlotMinutes | None = None
    booking_lead_minutes: LeadMinutes | None = None
    booking_horizon_days: HorizonDays | None = None
    offer_round_size: RoundSize | None = None
    offer_round_minutes: RoundMinutes | None = None
    offer_chain: Chain | None = None


class CalendarOut(SwitchesOut):
    doctor_id: int
    address_id: int
    external_id: str
    online_booking: bool
    review_address: str
    change_cutoff_minutes: int
    slot_minutes: int
    booking_lead_minutes: int
    booking_horizon_days: int
    offer_round_size: int
    offer_round_minutes: int
    offer_chain: int


class CopySwitches(Given):
    calendar_ids: list[Id] = Field(min_length=1, max_length=1000)


class EffectOut(Schema):
    """How many messages a change adds to those ahead and takes from them, by kind; of how many visits."""

    visits: int
    appear: dict[Kind, int]
    disappear: dict[Kind, int]


class ServiceIn(Given):
    name: Name
    minutes: ServiceMinutes = 30
    break_minutes: BreakMinutes = 0
    online: bool = Field(True, description="Patients may book it, where the calendar's online booking is on.")
    preparation: Paragraph = ""
    external_id: Code = ""


class ServiceChange(Given):
    name: Name | None = None
    minutes: ServiceMinutes | None = None
    break_minutes: BreakMinutes | None = None
    online: bool | None = None
    preparation: Paragraph | None = None
    active: bool | None = None
    external_id: Code | None = None


class ServiceOut(Shown):
    calendar_id: int
    name: str
    minutes: int
    break_minutes: int
    online: bool
    preparation: str
    active: bool
    external_id: str
