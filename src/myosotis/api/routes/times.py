"""When a calendar is open and what is free of it: opening hours, exceptions, holidays, blocked time, free times."""

from datetime import date, timedelta
from typing import Final

from django.http import HttpRequest
from ninja import Query, Router, Status

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.times import (
    BlockIn,
    BlockOut,
    ExceptionIn,
    ExceptionOut,
    FreeDayOut,
    FreeTimesOut,
    FreeTimesQuery,
    HolidayOut,
    HolidaysIn,
    OpeningIn,
    OpeningOut,
)
from myosotis.api.schemas.values import Id
from myosotis.content import holidays
from myosotis.domain.words import Language
from myosotis.flows import calendar_changed, found, holidays_proposed
from myosotis.flows.api_access import Scope
from myosotis.flows.errors import Invalid
from myosotis.store import free_times
from myosotis.store.models import BlockedTime

router = Router(auth=Needs(Scope.SETTINGS_READ), tags=["times"])
MAY_WRITE = Needs(Scope.SETTINGS_WRITE)
LONGEST: Final = timedelta(days=62)
"""Free times are answered for so many days at once."""


@router.get("/calendars/{calendar_id}/free-times", response=FreeTimesOut, auth=Needs(Scope.VISITS_READ))
def list_free_times(request: HttpRequest, calendar_id: Id, query: Query[FreeTimesQuery]) -> FreeTimesOut:
    """The times at which a patient could start a visit now, by local days, for at most 62 days.

    They leave out what is booked, blocked or held in any calendar of the doctor, and keep to the lead and the horizon
    of this one. A time is taken by `POST /visits` with `via: portal`, which refuses it (409) if somebody was faster.
    """
    if query.last < query.first:
        raise Invalid("to", "before_from")
    if query.last - query.first >= LONGEST:
        raise Invalid("to", "too_far")
    calendar = found.calendar_of(practice_of(request), calendar_id)
    service = found.one(calendar.services.filter(id=query.service_id, active=True), "service")
    days = free_times.days(
        calendar,
        minutes=service.minutes,
        break_minutes=service.break_minutes,
        first_day=query.first,
        last_day=query.last,
        now=clock.now(),
    )
    return FreeTimesOut(
        service_id=service.pk,
        minutes=service.minutes,
        time_zone=calendar.address.time_zone,
        days=[FreeDayOut(day=free.day, starts=list(free.starts)) for free in days],
    )


@router.get("/calendars/{calendar_id}/opening-hours", response=OpeningOut)
def get_opening_hours(request: HttpRequest, calendar_id: Id) -> dict[str, object]:
    """The weekly opening hours."""
    calendar = found.calendar_of(practice_of(request), calendar_id)
    return {"hours": list(calendar.opening_hours.order_by("weekday", "opens"))}


@router.put("/calendars/{calendar_id}/opening-hours", response={204: None}, auth=MAY_WRITE)
def set_opening_hours(request: HttpRequest, calendar_id: Id, payload: OpeningIn) -> Status[None]:
    """Replace the weekly opening hours."""
    calendar_changed.set_opening_hours(
        practice=practice_of(request),
        calendar_id=calendar_id,
        hours=[(stretch.weekday, stretch.opens, stretch.closes) for stretch in payload.hours],
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(204, None)


@router.get("/calendars/{calendar_id}/opening-exceptions", response=Page[ExceptionOut])
def list_opening_exceptions(request: HttpRequest, calendar_id: Id, query: Query[PageQuery]) -> Page[ExceptionOut]:
    """The stretches of days that differ from the week, a row for each; without times the day is closed."""
    calendar = found.calendar_of(practice_of(request), calendar_id)
    return page(calendar.opening_exceptions.all(), query, ExceptionOut.model_validate)


@router.put("/calendars/{calendar_id}/opening-exceptions/{day}", response={204: None}, auth=MAY_WRITE)
def set_opening_exception(request: HttpRequest, calendar_id: Id, day: date, payload: ExceptionIn) -> Status[None]:
    """Say how a local day differs; without hours the calendar is closed on it."""
    calendar_changed.set_opening_exception(
        practice=practice_of(request),
        calendar_id=calendar_id,
        day=day,
        hours=[(stretch.opens, stretch.closes) for stretch in payload.hours],
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(204, None)


@router.delete("/calendars/{calendar_id}/opening-exceptions/{day}", response={204: None}, auth=MAY_WRITE)
def remove_opening_exception(request: HttpRequest, calendar_id: Id, day: date) -> Status[None]:
    """The usual hours hold on this day again."""
    calendar_changed.set_opening_exception(
        practice=practice_of(request),
        calendar_id=calendar_id,
        day=day,
        hours=None,
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(204, None)


@router.get("/calendars/{calendar_id}/blocked-times", response=Page[BlockOut])
def list_blocked_times(request: HttpRequest, calendar_id: Id, query: Query[PageQuery]) -> Page[BlockOut]:
    calendar = found.calendar_of(practice_of(request), calendar_id)
    return page(calendar.blocked_times.all(), query, BlockOut.model_validate)


@router.post("/calendars/{calendar_id}/blocked-times", response={201: BlockOut}, auth=MAY_WRITE)
def block_time(request: HttpRequest, calendar_id: Id, payload: BlockIn) -> Status[BlockedTime]:
    """Block time of a calendar; what is booked in it stays."""
    return Status(
        201,
        calendar_changed.block(
            practice=practice_of(request),
            calendar_id=calendar_id,
            start=payload.start,
            end=payload.end,
            actor=actor_of(request),
            now=clock.now(),
        ),
    )


@router.delete("/blocked-times/{blocked_id}", response={204: None}, auth=MAY_WRITE)
def unblock_time(request: HttpRequest, blocked_id: Id) -> Status[None]:
    calendar_changed.unblock(
        practice=practice_of(request), blocked_id=blocked_id, actor=actor_of(request), now=clock.now()
    )
    return Status(204, None)


@router.get("/calendars/{calendar_id}/holidays", response=list[HolidayOut])
def list_proposed_holidays(request: HttpRequest, calendar_id: Id) -> list[HolidayOut]:
    """Public holidays of the coming year on which the calendar would be open, with what is booked on them.

    To close on them, put their days; to be open nothing need be done. Known are those of Poland.
    """
    practice = practice_of(request)
    coming = holidays_proposed.proposed(practice=practice, calendar_id=calendar_id, now=clock.now())
    language = Language(practice.language)
    return [
        HolidayOut(day=one.day, holiday=one.holiday, name=holidays.name(one.holiday, language), visits=one.visits)
        for one in coming
    ]


@router.put("/calendars/{calendar_id}/holidays", response={204: None}, auth=MAY_WRITE)
def close_on_holidays(request: HttpRequest, calendar_id: Id, payload: HolidaysIn) -> Status[None]:
    """Close the calendar on these coming holidays; what is booked on them stays."""
    holidays_proposed.accept(
        practice=practice_of(request),
        calendar_id=calendar_id,
        days=payload.days,
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(204, None)
