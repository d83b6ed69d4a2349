"""Time of a calendar is taken under a lock: staff may overlap and are warned, a patient never can (docs/rules.md 1).

A doctor cannot be at two addresses, so the lock is on all calendars of the doctor, in the order of their ids; every flow
that takes time takes it before it locks anything else. On SQLite the immediate transaction is the lock.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from myosotis.domain.free_times import Span
from myosotis.flows import found
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.store import free_times, whole
from myosotis.store.inquiry import Inquiry, at_once, learn
from myosotis.store.models import Calendar, Hold, Practice, Service, Visit
from myosotis.store.question import Question

_LOCKED: Final = Question(
    lambda calendars: (
        Calendar.objects.filter(
            doctor_id__in=Calendar.objects.filter(id__in=[calendars]).order_by().values("doctor_id")
        )
        .order_by("id")
        .select_for_update(no_key=True)
        .values_list(*whole.columns(Calendar))
    )
)
"""By keys alone: see `found`."""


def lock_calendars(practice: Practice, calendar_ids: Collection[int]) -> None:
    """Lock these calendars and all others of their doctors until the transaction ends."""
    if connection.features.has_select_for_update:
        learn(_asking_locked(practice, calendar_ids))


def locked_calendar(practice: Practice, calendar_id: int) -> Calendar:
    """The calendar, with all of its doctor's locked. Raises NotFound."""
    return learn(asking_locked_calendar(practice, calendar_id))


def asking_locked_calendar(practice: Practice, calendar_id: int) -> Inquiry[Calendar]:
    """As `locked_calendar`. What is asked after it in the same trip is answered under the lock."""
    locked = yield from _asking_locked(practice, [calendar_id])
    return _among(locked, calendar_id)


def _asking_locked(practice: Practice, calendar_ids: Collection[int]) -> Inquiry[list[Calendar]]:
    """These calendars and all others of their doctors, locked. Raises NotFound where one is another practice's."""
    [rows] = yield [_LOCKED.of(calendar_ids)]
    calendars = [whole.made(Calendar, row) for row in rows]
    if any(calendar.practice_id != practice.pk for calendar in calendars):
        raise NotFound("calendar")
    return calendars


def _among(calendars: Iterable[Calendar], calendar_id: int) -> Calendar:
    """Raises NotFound if it is not there."""
    for calendar in calendars:
        if calendar.pk == calendar_id:
            return calendar
    raise NotFound("calendar")


def locked_visit(practice: Practice, visit_id: int, now: datetime, *, to: int | None = None) -> tuple[Visit, list[int]]:
    """As `found.locked_visit`, with the calendars locked before it: where the visit stands, and the one with the id `to`.

    Raises NotFound, and Conflict (`revision_changed`) where the visit went to another calendar while we waited.
    """
    seen = found.visit_of(practice, visit_id)
    wanted = {seen.calendar_id} if to is None else {seen.calendar_id, to}
    # Both in one trip: the visit is looked at under the lock.
    calendars, (before, others) = learn(
        at_once(_asking_locked(practice, wanted), found.asking_with_siblings(practice, seen, now))
    )
    doctors = [] if to is None else [_among(calendars, to).doctor_id]
    visit, affected = found.lock_among(practice, before, others, doctors)
    if visit.calendar_id != seen.calendar_id:
        raise Conflict("revision_changed")
    return visit, affected


def break_after(service: Service | None) -> int:
    """How long (minutes) after a visit of this service nobody else may have the time."""
    return 0 if service is None else service.break_minutes


def require_online(calendar: Calendar, service: Service | None) -> None:
    """Raise Conflict (`no_online_booking`) unless patients may book here themselves, this service if one is given."""
    if not calendar.online_booking or (service is not None and not (service.active and service.online)):
        raise Conflict("no_online_booking")


def require_free(
    calendar: Calendar,
    start: datetime,
    *,
    minutes: int,
    break_minutes: int,
    now: datetime,
    without_visit: int | None = None,
    hold: Hold | None = None,
) -> None:
    """Raise unless a patient may take the time from `start` (UTC) on; to be asked under `lock_calendars`.

    It must be one of the free times of the calendar, or still be kept by the patient's own live `hold`. Raises Invalid
    (start: `too_soon`, `too_far`) outside of lead and horizon, and Conflict: `slot_held` where only the hold of
    somebody else stands in the way, `slot_taken` where a visit, blocked time or closing does, or the grid has no start.
    """
    if hold is None:
        _require_in_reach(calendar, start, now)
    end = start + timedelta(minutes=minutes)
    end_with_break = end + timedelta(minutes=break_minutes)
    day = start.astimezone(free_times.zone_of(calendar)).date()
    times = free_times.load(
        calendar, day, day, now, without_visit=without_visit, without_hold=None if hold is None else hold.pk
    )
    if _any_meets((*times.visits, *times.blocked), start, end_with_break):
        raise Conflict("slot_taken")
    if _any_meets(times.held, start, end_with_break):
        raise Conflict("slot_held")
    if not any(span.start <= start and end <= span.end for span in times.open_time):
        raise Conflict("slot_taken")
    # What was on the grid when it was held stays so, also where the visit beside it has gone since.
    if hold is None and start not in free_times.starts_in(times, calendar, minutes, break_minutes, now):
        raise Conflict("slot_taken")


def is_free(
    calendar: Calendar,
    start: datetime,
    end: datetime,
    *,
    break_minutes: int,
    now: datetime,
    without_visit: int | None = None,
) -> bool:
    """Whether staff can put a visit there that nobody has to squeeze in: the doctor is free, and the calendar open.

    On the grid or off it. Where nobody has said when the calendar is open, it is enough that the doctor is free.
    """
    zone = free_times.zone_of(calendar)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    times = free_times.load(calendar, first, last, now, without_visit=without_visit)
    if _any_meets(times.busy, start, end + timedelta(minutes=break_minutes)):
        return False
    within = any(span.start <= start and end <= span.end for span in times.open_time)
    return within or not free_times.opens_at_all(calendar)


def _require_in_reach(calendar: Calendar, start: datetime, now: datetime) -> None:
    if start < free_times.earliest(calendar, now):
        raise Invalid("start", "too_soon")
    if start.astimezone(free_times.zone_of(calendar)).date() > free_times.horizon(calendar, now):
        raise Invalid("start", "too_far")


def _any_meets(spans: Collection[Span], start: datetime, end: datetime) -> bool:
    return any(span.start < end and span.end > start for span in spans)
