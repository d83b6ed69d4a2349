"""Whom to call, and one click for how a call went (docs/rules.md 3)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Status

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.calls import CallIn, CallNoteOut, ToCallOut
from myosotis.api.schemas.values import Id
from myosotis.flows import call_noted, found
from myosotis.flows.api_access import Scope
from myosotis.store import calls
from myosotis.store.models import Visit

router = Router(auth=Needs(Scope.VISITS_READ), tags=["calls"])
MAY_WRITE = Needs(Scope.VISITS_WRITE)


@router.get("/call-list", response=Page[ToCallOut])
def call_list(request: HttpRequest, query: Query[PageQuery]) -> Page[ToCallOut]:
    """ "Do obdzwonienia": future visits of whose booking, change or reminder the patient was told on no channel."""
    return _listed(calls.to_call(practice_of(request), clock.now()), query)


@router.get("/unconfirmed", response=Page[ToCallOut])
def unconfirmed(request: HttpRequest, query: Query[PageQuery]) -> Page[ToCallOut]:
    """ "Niepotwierdzone": visits of the next working day that are still only booked."""
    return _listed(calls.unconfirmed(practice_of(request), clock.now()), query)


@router.get("/visits/{visit_id}/calls", response=Page[CallNoteOut])
def visit_calls(request: HttpRequest, visit_id: Id, query: Query[PageQuery]) -> Page[CallNoteOut]:
    """All calls about a visit, those taken back too."""
    return page(found.visit_of(practice_of(request), visit_id).call_notes.all(), query, CallNoteOut.of)


@router.post("/visits/{visit_id}/calls", response={201: CallNoteOut}, auth=MAY_WRITE)
def note_call(request: HttpRequest, visit_id: Id, payload: CallIn) -> Status[CallNoteOut]:
    """Write down how a call went, and do what the patient asked for."""
    note = call_noted.note(
        practice=practice_of(request),
        visit_id=visit_id,
        result=payload.result,
        text=payload.note,
        start=payload.start,
        expected_revision=payload.expected_revision,
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(201, CallNoteOut.of(note))


@router.post("/calls/{call_id}/undo", response=CallNoteOut, auth=MAY_WRITE)
def undo_call(request: HttpRequest, call_id: Id) -> CallNoteOut:
    """Take back the last call of a visit with what it did; a move or a cancellation within its 60 s."""
    note = call_noted.take_back(
        practice=practice_of(request), note_id=call_id, actor=actor_of(request), now=clock.now()
    )
    return CallNoteOut.of(note)


def _listed(visits: "QuerySet[Visit]", query: PageQuery) -> Page[ToCallOut]:
    return page(visits.select_related("calendar").prefetch_related("call_notes"), query, ToCallOut.of)
