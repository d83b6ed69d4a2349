"""Messages of visits with their reasons; whom to call; what patients wrote."""

from datetime import datetime
from typing import Self

from django.http import HttpRequest
from ninja import Query, Router, Schema

from myosotis import clock
from myosotis.api.access import Needs, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.messages import MessageOut
from myosotis.api.schemas.values import Id, utc
from myosotis.api.schemas.visits import VisitOut
from myosotis.domain.words import Language
from myosotis.flows import found
from myosotis.flows.api_access import Scope
from myosotis.store import calls, timeline
from myosotis.store.models import IncomingMessage

router = Router(auth=Needs(Scope.VISITS_READ), tags=["messages"])


class IncomingOut(Schema):
    """What a patient wrote."""

    id: int
    channel: str
    sender: str
    text: str
    patient_id: Id | None
    received_at: datetime
    understood_as: str

    @classmethod
    def of(cls, incoming: IncomingMessage) -> Self:
        names = ("channel", "sender", "text", "patient_id", "understood_as")
        plain = {name: getattr(incoming, name) for name in names}
        return cls.model_validate({"id": incoming.pk, "received_at": utc(incoming.received_at), **plain})


@router.get("/visits/{visit_id}/messages", response=list[MessageOut])
def visit_messages(request: HttpRequest, visit_id: Id, language: Language | None = None) -> list[MessageOut]:
    """The timeline of a visit: each planned, sent, skipped and expired message with the reason."""
    practice = practice_of(request)
    visits = practice.visits.select_related("calendar__address").filter(id=visit_id)
    visit = found.one(visits, "visit")
    spoken = language or practice.language
    return [MessageOut.of(message, visit, spoken) for message in timeline.of_visit(visit)]


@router.get("/call-list", response=Page[VisitOut])
def call_list(request: HttpRequest, query: Query[PageQuery]) -> Page[VisitOut]:
    """ "Do obdzwonienia": future visits of whose booking, change or reminder the patient was told on no channel."""
    visits = calls.to_call(practice_of(request), clock.now()).select_related("calendar")
    return page(visits, query, VisitOut.of)


@router.get("/unconfirmed", response=Page[VisitOut])
def unconfirmed(request: HttpRequest, query: Query[PageQuery]) -> Page[VisitOut]:
    """ "Niepotwierdzone": visits of the next working day that are still only booked."""
    visits = calls.unconfirmed(practice_of(request), clock.now()).select_related("calendar")
    return page(visits, query, VisitOut.of)


@router.get("/incoming-messages", response=Page[IncomingOut], auth=Needs(Scope.PATIENTS_READ))
def incoming_messages(request: HttpRequest, query: Query[PageQuery]) -> Page[IncomingOut]:
    """What patients wrote to the practice."""
    return page(practice_of(request).incoming_messages.all(), query, IncomingOut.of)
