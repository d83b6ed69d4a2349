"""Doctors, addresses, calendars and services are added or changed; what depends on them is planned anew."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from itertools import pairwise
from typing import Final, TypedDict, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from myosotis.domain.words import OfferEnd
from myosotis.flows import doctor_slug, found, offer_closed, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Invalid
from myosotis.flows.laying import lay, require, save
from myosotis.flows.replanning import replan
from myosotis.store.models import (
    Address,
    BlockedTime,
    Calendar,
    Doctor,
    OpeningException,
    OpeningHours,
    Practice,
    Service,
)


class DoctorFields(TypedDict, total=False):
    external_id: str
    title: str
    name: str
    specialty: str
    sensitive: bool
    slug: str
    profile: str
    review_address: str


class AddressFields(TypedDict, total=False):
    external_id: str
    name: str
    street: str
    postcode: str
    city: str
    phone: str
    directions: str
    map_url: str
    time_zone: str


class CalendarFields(TypedDict, total=False):
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


class ServiceFields(TypedDict, total=False):
    external_id: str
    name: str
    minutes: int
    break_minutes: int
    online: bool
    preparation: str
    active: bool


Opening = tuple[int, time, time]
"""A weekday (0 is Monday), and from when to when, local to the address."""
BOUNDS: Final = {
    "change_cutoff_minutes": (0, 30 * 24 * 60),
    "slot_minutes": (5, 240),
    "booking_lead_minutes": (0, 30 * 24 * 60),
    "booking_horizon_days": (1, 366),
    "offer_round_size": (0, 10),
    "offer_round_minutes": (5, 24 * 60),
    "offer_chain": (1, 10),
    "minutes": (1, 24 * 60),
    "break_minutes": (0, 240),
}
"""The least and the most of every number of a calendar or a service."""
PLANNED_BY: Final = {"online_booking", "time_zone"}
"""Fields on which a plan depends."""


@transaction.atomic
def save_doctor(
    *, practice: Practice, values: DoctorFields, actor: Actor, now: datetime, doctor_id: int | None = None
) -> Doctor:
    """Add or change a doctor; a new one gets the address of a public profile made of the name, unless it is given.

    Raises NotFound, Invalid (name, slug) and Conflict (`external_id_taken`, `slug_taken`).
    """
    doctor = (
        Doctor(practice=practice) if doctor_id is None else found.one(practice.doctors.filter(id=doctor_id), "doctor")
    )
    changed = lay(doctor, cast("Mapping[str, object]", values), DoctorFields.__annotations__)
    require(doctor, "name")
    if "slug" in changed:
        doctor_slug.check(doctor.slug)
        doctor_slug.require_free(doctor)
    _keep(practice, doctor, changed, now, actor, new=doctor_id is None)
    doctor_slug.give(doctor)
    _replan_calendars(practice, changed, now, doctor_id=doctor.pk)
    return doctor


@transaction.atomic
def save_address(
    *, practice: Practice, values: AddressFields, actor: Actor, now: datetime, address_id: int | None = None
) -> Address:
    """Add or change an address. Another time zone plans its visits anew.

    Raises NotFound, Invalid (street, city, time_zone) and Conflict (`external_id_taken`).
    """
    address = (
        Address(practice=practice)
        if address_id is None
        else found.one(practice.addresses.filter(id=address_id), "address")
    )
    changed = lay(address, cast("Mapping[str, object]", values), AddressFields.__annotations__)
    require(address, "street", "city")
    _check_zone(address.time_zone)
    _keep(practice, address, changed, now, actor, new=address_id is None)
    _replan_calendars(practice, changed, now, address_id=address.pk)
    return address


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("time_zone", "unknown") from error


@transaction.atomic
def add_calendar(
    *,
    practice: Practice,
    doctor_id: int,
    address_id: int,
    values: CalendarFields,
    actor: Actor,
    now: datetime,
) -> Calendar:
    """A doctor's calendar at an address. Raises NotFound, Invalid (a number out of BOUNDS) and Conflict (`calendar_exists`)."""
    doctor = found.one(practice.doctors.filter(id=doctor_id), "doctor")
    address = found.one(practice.addresses.filter(id=address_id), "address")
    calendar = Calendar(practice=practice, doctor=doctor, address=address)
    lay(calendar, cast("Mapping[str, object]", values), CalendarFields.__annotations__)
    _check_bounds(calendar, CalendarFields.__annotations__)
    save(calendar, "calendar_exists")
    _show(calendar)
    records.audit(practice, "calendar.added", "calendar", calendar.pk, now=now, actor=actor)
    return calendar


@transaction.atomic
def update_calendar(
    *, practice: Practice, calendar_id: int, values: CalendarFields, actor: Actor, now: datetime
) -> Calendar:
    """Change a calendar, but its switches (`switches_changed`).

    Raises NotFound, Invalid (a number out of BOUNDS) and Conflict (`external_id_taken`).
    """
    calendar = found.calendar_of(practice, calendar_id, lock=True)
    changed = lay(calendar, cast("Mapping[str, object]", values), CalendarFields.__annotations__)
    _check_bounds(calendar, changed)
    _keep(practice, calendar, changed, now, actor)
    _show(calendar)
    _replan_calendars(practice, changed, now, id=calendar.pk)
    return calendar


def _show(calendar: Calendar) -> None:
    """Whose calendar takes bookings online has a public profile."""
    if calendar.online_booking:
        doctor_slug.give(calendar.doctor)


def _check_bounds(row: Calendar | Service, names: Collection[str]) -> None:
    for name in sorted(BOUNDS.keys() & set(names)):
        least, most = BOUNDS[name]
        if not least <= getattr(row, name) <= most:
            raise Invalid(name, "out_of_range")


@transaction.atomic
def set_opening_hours(
    *, practice: Practice, calendar_id: int, hours: Sequence[Opening], actor: Actor, now: datetime
) -> None:
    """Replace the weekly opening hours of a calendar; what is offered of time in which it opens no more ends.

    Raises NotFound, and Invalid (`hours`) for a stretch that ends before it begins or overlaps another.
    """
    calendar = found.calendar_of(practice, calendar_id, lock=True)
    ordered = sorted(hours)
    for weekday, opens, closes in ordered:
        if not 0 <= weekday <= 6 or not opens < closes:  # noqa: PLR2004 - the days of a week
            raise Invalid("hours", "out_of_range")
    for (day, _, closes), (next_day, opens, _) in pairwise(ordered):
        if day == next_day and opens < closes:
            raise Invalid("hours", "overlap")
    was_open = offer_closed.that_are_open(calendar)
    calendar.opening_hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(practice=practice, calendar=calendar, weekday=weekday, opens=opens, closes=closes)
        for weekday, opens, closes in ordered
    )
    offer_closed.close_where_shut(calendar, was_open, now=now, actor=actor)
    records.audit(practice, "calendar.opening_hours", "calendar", calendar.pk, now=now, actor=actor)


@transaction.atomic
def set_opening_exception(
    *,
    practice: Practice,
    calendar_id: int,
    day: date,
    hours: Sequence[tuple[time, time]] | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Say how a local day differs: other hours, none at all (an empty list), or no exception any more (None).

    What is offered of the time in which it is not open any more is offered no more. Raises NotFound, and Invalid
    (`hours`) as `set_opening_hours` does.
    """
    calendar = found.calendar_of(practice, calendar_id, lock=True)
    calendar.opening_exceptions.filter(day=day).delete()
    if hours is not None:
        for opens, closes in hours:
            if not opens < closes:
                raise Invalid("hours", "out_of_range")
        if any(opens < closes for (_, closes), (opens, _) in pairwise(sorted(hours))):
            raise Invalid("hours", "overlap")
        stretches: Sequence[tuple[time | None, time | None]] = hours or [(None, None)]
        OpeningException.objects.bulk_create(
            OpeningException(practice=practice, calendar=calendar, day=day, opens=opens, closes=closes)
            for opens, closes in stretches
        )
        offer_closed.close_where_not_open(calendar, day, hours, now=now, actor=actor)
    records.audit(practice, "calendar.opening_exception", "calendar", calendar.pk, now=now, actor=actor)


@transaction.atomic
def block(
    *, practice: Practice, calendar_id: int, start: datetime, end: datetime, actor: Actor, now: datetime
) -> BlockedTime:
    """Block time (UTC) of a calendar; what is booked in it stays, what is offered of it is offered no more.

    Raises NotFound and Invalid (end).
    """
    calendar = found.calendar_of(practice, calendar_id, lock=True)
    if not start < end:
        raise Invalid("end", "before_start")
    blocked = BlockedTime.objects.create(practice=practice, calendar=calendar, start=start, end=end)
    offer_closed.close_where_taken(practice, calendar.pk, start, end, now=now, actor=actor, because=OfferEnd.BLOCKED)
    records.audit(practice, "calendar.blocked", "calendar", calendar.pk, now=now, actor=actor)
    return blocked


@transaction.atomic
def unblock(*, practice: Practice, blocked_id: int, actor: Actor, now: datetime) -> None:
    """Free blocked time again. Raises NotFound."""
    blocked = found.one(practice.blocked_times.filter(id=blocked_id), "blocked time")
    records.audit(practice, "calendar.unblocked", "calendar", blocked.calendar_id, now=now, actor=actor)
    blocked.delete()


@transaction.atomic
def save_service(
    *,
    practice: Practice,
    calendar_id: int,
    values: ServiceFields,
    actor: Actor,
    now: datetime,
    service_id: int | None = None,
) -> Service:
    """Add or change a service of a calendar.

    Raises NotFound, Invalid (name, minutes, break_minutes) and Conflict (`service_exists`).
    """
    calendar = found.calendar_of(practice, calendar_id, lock=True)
    if service_id is None:
        service = Service(practice=practice, calendar=calendar)
    else:
        service = found.one(calendar.services.filter(id=service_id), "service")
    lay(service, cast("Mapping[str, object]", values), ServiceFields.__annotations__)
    require(service, "name")
    _check_bounds(service, ServiceFields.__annotations__)
    save(service, "service_exists")
    records.audit(practice, "service.saved", "service", service.pk, now=now, actor=actor)
    return service


def _keep(
    practice: Practice,
    row: Doctor | Address | Calendar,
    changed: Collection[str],
    now: datetime,
    actor: Actor,
    *,
    new: bool = False,
) -> None:
    if not new and not changed:
        return
    save(row, "external_id_taken")
    word = row._meta.model_name or ""
    records.audit(practice, f"{word}.saved", word, row.pk, now=now, actor=actor)


def _replan_calendars(practice: Practice, changed: Collection[str], now: datetime, **which: int) -> None:
    if not PLANNED_BY & set(changed):
        return
    calendars = list(practice.calendars.filter(**which).values_list("id", flat=True))
    visits = sorted(
        found.with_something_ahead(practice, now).filter(calendar_id__in=calendars).values_list("id", flat=True)
    )
    found.lock(practice, visits)
    replan(practice, visits, now)
