"""What patients wrote to the practice."""

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.messages import IncomingOut
from myosotis.api.schemas.values import Given, Id
from myosotis.flows import inbox
from myosotis.flows.api_access import Scope

router = Router(auth=Needs(Scope.PATIENTS_READ), tags=["inbox"])


class HandledIn(Given):
    handled: bool = Field(True, description="false: it waits for somebody after all.")


@router.get("/incoming-messages", response=Page[IncomingOut])
def incoming_messages(
    request: HttpRequest, query: Query[PageQuery], *, handled: bool | None = None
) -> Page[IncomingOut]:
    """What patients wrote to the practice; `handled=false` leaves out what was dealt with."""
    incoming = practice_of(request).incoming_messages.select_related("about")
    if handled is not None:
        incoming = incoming.filter(handled_at__isnull=not handled)
    return page(incoming, query, IncomingOut.of)


@router.put("/incoming-messages/{incoming_id}/handled", response=IncomingOut, auth=Needs(Scope.PATIENTS_WRITE))
def mark_handled(request: HttpRequest, incoming_id: Id, payload: HandledIn) -> IncomingOut:
    """Say whether somebody dealt with it. What acted by itself (TAK, NIE, STOP) is marked from the start."""
    incoming = inbox.mark(
        practice=practice_of(request),
        incoming_id=incoming_id,
        handled=payload.handled,
        actor=actor_of(request),
        now=clock.now(),
    )
    return IncomingOut.of(incoming)
