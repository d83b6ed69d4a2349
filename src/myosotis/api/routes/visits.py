"""Visits: book, move, cancel, confirm, mark, change; what happened to them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.values import Id, Moment
from myosotis.api.schemas.visits import (
    BookedOut,
    CancelIn,
    ChangeIn,
    ConfirmIn,
    ExchangeIn,
    MarkIn,
    MoveIn,
    VisitChangeOut,
    VisitIn,
    VisitOut,
)
from myosotis.domain.words import Via, VisitStatus
from myosotis.flows import (
    found,
    visit_booked,
    visit_cancelled,
    visit_changed,
    visit_confirmed,
    visit_marked,
    visit_moved,
)
from myosotis.flows.api_access import Scope

router = Router(auth=Needs(Scope.VISITS_READ), tags=["visits"])
MAY_WRITE = Needs(Scope.VISITS_WRITE)


class VisitFilter(Schema):
    """Which visits are asked for; all of them if nothing is given."""

    calendar_id: Id | None = None
    patient_id: Id | None = None
    external_id: str | None = None
    status: VisitStatus | None = None
    start_from: Moment | None = Field(None, description="Starting at this moment or later.")
    start_before: Moment | None = Field(None, description="Starting before this moment.")

    def conditions(self) -> dict[str, Any]:
        lookups = {"start_from": "start__gte", "start_before": "start__lt"}
        given = self.model_dump(exclude_none=True)
        return {lookups.get(name, name): value for name, value in given.items()}


@router.get("/visits", response=Page[VisitOut])
def list_visits(request: HttpRequest, where: Query[VisitFilter], query: Query[PageQuery]) -> Page[VisitOut]:
    """Visits of the practice, in the order of their ids."""
    visits = practice_of(request).visits.select_related("calendar").filter(**where.conditions())
    return page(visits, query, VisitOut.of)


@router.post("/visits", response={201: BookedOut}, auth=MAY_WRITE)
def book_visit(request: HttpRequest, payload: VisitIn) -> Status[BookedOut]:
    """Book a visit; its messages are planned at once."""
    booked = visit_booked.book(
        practice=practice_of(request),
        calendar_id=payload.calendar_id,
        patient_id=payload.patient_id,
        service_id=payload.service_id,
        start=payload.start,
        minutes=payload.minutes,
        by=payload.booked_by,
        booked_at=payload.booked_at,
        via=payload.via,
        external_id=payload.external_id,
        switches=payload.switches.value(),
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(201, BookedOut.of(booked.visit, overlaps=list(booked.overlaps)))


@router.get("/visits/{visit_id}", response=VisitOut)
def get_visit(request: HttpRequest, visit_id: Id) -> VisitOut:
    """One visit."""
    return _shown(request, visit_id)


@router.patch("/visits/{visit_id}", response=VisitOut, auth=MAY_WRITE)
def change_visit(request: HttpRequest, visit_id: Id, payload: ChangeIn) -> VisitOut:
    """Change a visit's own switches or its service; its messages are planned anew. The calendar stays as it is."""
    practice, who, now = practice_of(request), actor_of(request), clock.now()
    if payload.switches is not None:
        visit_changed.set_own_switches(
            practice=practice,
            visit_id=visit_id,
            switches=payload.switches.value(),
            via=Via.API,
            actor=who,
            now=now,
        )
    if "service_id" in payload.model_fields_set:
        visit_changed.set_service(
            practice=practice,
            visit_id=visit_id,
            service_id=payload.service_id,
            via=Via.API,
            actor=who,
            now=now,
        )
    return _shown(request, visit_id)


@router.post("/visits/{visit_id}/move", response=BookedOut, auth=MAY_WRITE)
def move_visit(request: HttpRequest, visit_id: Id, payload: MoveIn) -> BookedOut:
    """Move a visit to another start, calendar, or both."""
    moved = visit_moved.move(
        practice=practice_of(request),
        visit_id=visit_id,
        actor=actor_of(request),
        now=clock.now(),
        **payload.model_dump(),
    )
    return BookedOut.of(moved.visit, overlaps=list(moved.overlaps))


@router.post("/visits/{visit_id}/cancel", response=VisitOut, auth=MAY_WRITE)
def cancel_visit(request: HttpRequest, visit_id: Id, payload: CancelIn) -> VisitOut:
    """Cancel a visit. Cancelling it again changes nothing."""
    visit_cancelled.cancel(
        practice=practice_of(request),
        visit_id=visit_id,
        actor=actor_of(request),
        now=clock.now(),
        **payload.model_dump(),
    )
    return _shown(request, visit_id)


@router.post("/visits/{visit_id}/undo", response=BookedOut, auth=MAY_WRITE)
def undo_change(request: HttpRequest, visit_id: Id) -> BookedOut:
    """Undo the last move or cancellation at the desk (`via: desk`) within its 60 s; nothing is sent of it.

    Somebody may have taken the time meanwhile: see `overlaps`.
    """
    practice, who, now = practice_of(request), actor_of(request), clock.now()
    if found.visit_of(practice, visit_id).status == VisitStatus.CANCELLED:
        visit_cancelled.restore(practice=practice, visit_id=visit_id, actor=who, now=now)
    else:
        visit_moved.undo(practice=practice, visit_id=visit_id, actor=who, now=now)
    visit = found.visit_of(practice, visit_id)
    return BookedOut.of(visit, overlaps=list(visit_booked.overlaps(visit)))


@router.post("/visits/{visit_id}/confirm", response=VisitOut, auth=MAY_WRITE)
def confirm_visit(request: HttpRequest, visit_id: Id, payload: ConfirmIn) -> VisitOut:
    """Confirm a visit. A confirmed visit still gets its reminder."""
    visit_confirmed.confirm(
        practice=practice_of(request),
        visit_id=visit_id,
        actor=actor_of(request),
        now=clock.now(),
        **payload.model_dump(),
    )
    return _shown(request, visit_id)


@router.post("/visits/{visit_id}/mark", response=VisitOut, auth=MAY_WRITE)
def mark_visit(request: HttpRequest, visit_id: Id, payload: MarkIn) -> VisitOut:
    """Note that a visit took place, that the patient did not come, or take such a note back."""
    visit_marked.mark(
        practice=practice_of(request),
        visit_id=visit_id,
        mark=payload.mark,
        via=Via.API,
        actor=actor_of(request),
        now=clock.now(),
    )
    return _shown(request, visit_id)


@router.post("/visits/{visit_id}/exchange", response=VisitOut, auth=MAY_WRITE)
def exchange_patient(request: HttpRequest, visit_id: Id, payload: ExchangeIn) -> VisitOut:
    """Give a visit to another patient: `cancelled` to the former one, a booking for the new one."""
    visit_changed.give_to(
        practice=practice_of(request),
        visit_id=visit_id,
        actor=actor_of(request),
        now=clock.now(),
        **payload.model_dump(),
    )
    return _shown(request, visit_id)


@router.get("/visits/{visit_id}/log", response=Page[VisitChangeOut])
def visit_log(request: HttpRequest, visit_id: Id, query: Query[PageQuery]) -> Page[VisitChangeOut]:
    """What happened to a visit."""
    return page(found.visit_of(practice_of(request), visit_id).log.all(), query, VisitChangeOut.of)


class FeedQuery(PageQuery):
    """Where to go on, and since when."""

    since: Moment | None = Field(None, description="Only what happened at this moment or later.")


@router.get("/visit-events", response=Page[VisitChangeOut])
def visit_events(request: HttpRequest, query: Query[FeedQuery]) -> Page[VisitChangeOut]:
    """The feed of all that happens to visits, oldest first: a move is its own event, with old and new time."""
    entries = practice_of(request).visit_logs.all()
    since: datetime | None = query.since
    return page(entries if since is None else entries.filter(at__gte=since), query, VisitChangeOut.of)


def _shown(request: HttpRequest, visit_id: Id) -> VisitOut:
    return VisitOut.of(found.visit_of(practice_of(request), visit_id))
