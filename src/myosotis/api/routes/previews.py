"""Previews: what patients of a calendar would read."""

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from myosotis import clock, naming
from myosotis.api.access import Needs, practice_of
from myosotis.api.schemas.previews import PreviewOut
from myosotis.api.schemas.values import Id
from myosotis.content.context import ServiceText
from myosotis.content.render import render
from myosotis.content.samples import LONGEST_PATIENT, PATIENT, sample
from myosotis.content.texts import CHANNELS
from myosotis.domain.words import Channel, Kind, Language
from myosotis.flows import found
from myosotis.flows.api_access import Scope
from myosotis.flows.errors import Invalid
from myosotis.store.models import Calendar, Service

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
    calendar = found.calendar_of(practice, calendar_id)
    sender, place = naming.load_practices([practice.pk])[practice.pk], naming.load_places([calendar.pk])[calendar.pk]
    context = sample(
        query.kind,
        query.language or practice.language,
        practice=sender.text,
        doctor=place.doctor,
        address=place.address,
        service=_service(calendar, query.service_id),
        patient=LONGEST_PATIENT if query.longest else PATIENT,
        actions=calendar.actions,
    )
    rendered = render(context, query.channel, now=clock.now(), letters=sender.letters)
    return PreviewOut.of(rendered, sender.sms_price)


def _service(calendar: Calendar, service_id: int | None) -> ServiceText:
    if service_id is None:
        return ServiceText()
    service: Service = found.one(calendar.services.filter(id=service_id), "service")
    return naming.service(service.name, service.preparation)
