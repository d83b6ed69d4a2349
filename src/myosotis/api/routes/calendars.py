"""Calendars: their settings, the six switches, services."""

from dataclasses import asdict
from typing import cast

from django.http import HttpRequest
from ninja import Query, Router, Status

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.settings import (
    CalendarChange,
    CalendarIn,
    CalendarOut,
    CopySwitches,
    EffectOut,
    ServiceChange,
    ServiceIn,
    ServiceOut,
    SwitchesIn,
    SwitchesOut,
)
from myosotis.api.schemas.values import Id, sent
from myosotis.domain.values import Switches
from myosotis.flows import calendar_changed, found, switches_changed
from myosotis.flows.api_access import Scope
from myosotis.flows.calendar_changed import CalendarFields, ServiceFields
from myosotis.store.models import Calendar, Service

router = Router(auth=Needs(Scope.SETTINGS_READ), tags=["calendars"])
MAY_WRITE = Needs(Scope.SETTINGS_WRITE)


@router.get("/calendars", response=Page[CalendarOut])
def list_calendars(request: HttpRequest, query: Query[PageQuery]) -> Page[CalendarOut]:
    return page(practice_of(request).calendars.all(), query, CalendarOut.model_validate)


@router.post("/calendars", response={201: CalendarOut}, auth=MAY_WRITE)
def add_calendar(request: HttpRequest, payload: CalendarIn) -> Status[Calendar]:
    """Open a calendar of a doctor at an address, with all six switches on."""
    return Status(
        201,
        calendar_changed.add_calendar(
            practice=practice_of(request),
            doctor_id=payload.doctor_id,
            address_id=payload.address_id,
            values=cast("CalendarFields", payload.model_dump(exclude={"doctor_id", "address_id"})),
            actor=actor_of(request),
            now=clock.now(),
        ),
    )


@router.get("/calendars/{calendar_id}", response=CalendarOut)
def get_calendar(request: HttpRequest, calendar_id: Id) -> Calendar:
    return found.calendar_of(practice_of(request), calendar_id)


@router.patch("/calendars/{calendar_id}", response=CalendarOut, auth=MAY_WRITE)
def change_calendar(request: HttpRequest, calendar_id: Id, payload: CalendarChange) -> Calendar:
    """Change a calendar, but its switches."""
    return calendar_changed.update_calendar(
        practice=practice_of(request),
        calendar_id=calendar_id,
        values=cast("CalendarFields", sent(payload)),
        actor=actor_of(request),
        now=clock.now(),
    )


@router.get("/calendars/{calendar_id}/switches", response=SwitchesOut)
def get_switches(request: HttpRequest, calendar_id: Id) -> Calendar:
    return found.calendar_of(practice_of(request), calendar_id)


@router.put("/calendars/{calendar_id}/switches", response=EffectOut, auth=MAY_WRITE)
def set_switches(request: HttpRequest, calendar_id: Id, payload: SwitchesIn) -> EffectOut:
    """Set the six switches; every visit that is not over is planned anew. Answers with what that changed."""
    effect = switches_changed.apply(
        practice=practice_of(request),
        calendar_id=calendar_id,
        switches=Switches(**payload.model_dump()),
        actor=actor_of(request),
        now=clock.now(),
    )
    return EffectOut.model_validate(asdict(effect))


@router.post("/calendars/{calendar_id}/switches/preview", response=EffectOut)
def preview_switches(request: HttpRequest, calendar_id: Id, payload: SwitchesIn) -> EffectOut:
    """What setting these switches would change now; changes nothing."""
    effect = switches_changed.preview(
        practice=practice_of(request),
        calendar_id=calendar_id,
        switches=Switches(**payload.model_dump()),
        now=clock.now(),
    )
    return EffectOut.model_validate(asdict(effect))


@router.post("/calendars/{calendar_id}/switches/copy", response=EffectOut, auth=MAY_WRITE)
def copy_switches(request: HttpRequest, calendar_id: Id, payload: CopySwitches) -> EffectOut:
    """Give other calendars the switches of this one."""
    effect = switches_changed.copy_to(
        practice=practice_of(request),
        calendar_id=calendar_id,
        target_ids=payload.calendar_ids,
        actor=actor_of(request),
        now=clock.now(),
    )
    return EffectOut.model_validate(asdict(effect))


@router.get("/calendars/{calendar_id}/services", response=Page[ServiceOut])
def list_services(request: HttpRequest, calendar_id: Id, query: Query[PageQuery]) -> Page[ServiceOut]:
    calendar = found.calendar_of(practice_of(request), calendar_id)
    return page(calendar.services.all(), query, ServiceOut.model_validate)


@router.post("/calendars/{calendar_id}/services", response={201: ServiceOut}, auth=MAY_WRITE)
def add_service(request: HttpRequest, calendar_id: Id, payload: ServiceIn) -> Status[Service]:
    return Status(201, _saved_service(request, calendar_id, cast("ServiceFields", payload.model_dump()), None))


@router.patch("/calendars/{calendar_id}/services/{service_id}", response=ServiceOut, auth=MAY_WRITE)
def change_service(request: HttpRequest, calendar_id: Id, service_id: Id, payload: ServiceChange) -> Service:
    return _saved_service(request, calendar_id, cast("ServiceFields", sent(payload)), service_id)


def _saved_service(request: HttpRequest, calendar_id: Id, values: ServiceFields, service_id: int | None) -> Service:
    return calendar_changed.save_service(
        practice=practice_of(request),
        calendar_id=calendar_id,
        values=values,
        actor=actor_of(request),
        now=clock.now(),
        service_id=service_id,
    )
