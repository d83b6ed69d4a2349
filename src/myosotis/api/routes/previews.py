"""Previews: what patients of a calendar would read."""

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from myosotis import clock
from myosotis.api.access import Needs, practice_of
from myosotis.api.schemas.previews import PreviewOut
from myosotis.api.schemas.values import Id
from myosotis.content.context import AddressText, DoctorText, PracticeText, ServiceText
from myosotis.content.render import render
from myosotis.content.samples import LONGEST_PATIENT, PATIENT, sample
from myosotis.content.texts import CHANNELS
from myosotis.domain.words import Channel, Kind, Language, SmsLetters
from myosotis.flows import found
from myosotis.flows.api_access import Scope
from myosotis.flows.errors import Invalid
from myosotis.store.models import Calendar, Practice, Service

router = Router(auth=Needs(Scope.SETTINGS_READ), tags=["calendars"])


class PreviewQuery(Schema):
    kind: Kind
    channel: Channel
    language: Language | None = Field(None, description="null: the practice's.")
    service_id: Id | None = None
    longest: bool = Field(False, description="With the longest patient's name that is met: parts and price at worst.")


@router.get("/calendars/{calendar_id}/preview", response=PreviewOut)
def preview(request: HttpRequest, calendar_id: Id, query: Query[PreviewQuery]) -> PreviewOut:
    """A message of a sample visit in this calendar, as it would go out now."""
    practice = practice_of(request)
    if query.channel not in CHANNELS.get(query.kind, ()):
        raise Invalid("channel", "not_a_channel_of_this_kind")
    calendar = found.one(practice.calendars.select_related("doctor", "address").filter(id=calendar_id), "calendar")
    context = sample(
        query.kind,
        query.language or practice.language,
        practice=_practice(practice),
        doctor=_doctor(calendar),
        address=_address(calendar),
        service=_service(calendar, query.service_id),
        patient=LONGEST_PATIENT if query.longest else PATIENT,
        actions=calendar.actions,
    )
    rendered = render(context, query.channel, now=clock.now(), letters=SmsLetters(practice.sms_letters))
    return PreviewOut.of(rendered, practice.sms_price)


def _practice(practice: Practice) -> PracticeText:
    return PracticeText(
        name=practice.name,
        language=practice.language,
        email=practice.email_sender,
        phone=practice.phone,
        can_receive_sms=practice.sms_can_receive,
        privacy_text=practice.privacy_notice,
        privacy_url=practice.privacy_notice_url,
    )


def _doctor(calendar: Calendar) -> DoctorText:
    doctor = calendar.doctor
    return DoctorText(title=doctor.title, name=doctor.name, specialty=doctor.specialty, sensitive=doctor.sensitive)


def _address(calendar: Calendar) -> AddressText:
    address = calendar.address
    return AddressText(
        name=address.name,
        street=address.street,
        city=address.city,
        phone=address.phone,
        directions=address.directions,
        map_url=address.map_url,
        zone=address.zone,
    )


def _service(calendar: Calendar, service_id: int | None) -> ServiceText:
    if service_id is None:
        return ServiceText()
    service: Service = found.one(calendar.services.filter(id=service_id), "service")
    return ServiceText(name=service.name, preparation=service.preparation)
