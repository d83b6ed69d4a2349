"""A free time is held for a patient who is filling in the booking form, and given back (docs/rules.md 1).

A hold lasts ten minutes and is never renewed. What was typed into the form lies in it, sealed, and goes when it ends.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from myosotis.flows import found, slots
from myosotis.flows.errors import Conflict
from myosotis.store.models import Hold, Practice, Visit

LASTS: Final = timedelta(minutes=10)
MOST: Final = 3
"""Live holds of one place: nobody keeps a day's times from the others."""


@transaction.atomic
def hold(
    *,
    practice: Practice,
    calendar_id: int,
    service_id: int,
    start: datetime,
    place_hash: bytes,
    key_hash: bytes,
    now: datetime,
) -> Hold:
    """Hold the time of a service from `start` (UTC) for ten minutes; the same key again is the same hold.

    Raises NotFound, Conflict (`no_online_booking`, `slot_taken`, `slot_held`, `too_many_holds`; `key_used` where the
    key held something else) and Invalid (start).
    """
    calendar = slots.locked_calendar(practice, calendar_id)
    service = found.one(calendar.services.filter(id=service_id), "service")
    slots.require_online(calendar, service)
    again = Hold.objects.filter(key_hash=key_hash).first()
    if again is not None:
        if (again.calendar_id, again.service_id, again.start) != (calendar.pk, service.pk, start):
            raise Conflict("key_used")
        return again
    if practice.holds.filter(place_hash=place_hash, released_at=None, expires_at__gt=now).count() >= MOST:
        raise Conflict("too_many_holds")
    slots.require_free(calendar, start, minutes=service.minutes, break_minutes=service.break_minutes, now=now)
    return Hold.objects.create(
        practice=practice,
        calendar=calendar,
        service=service,
        key_hash=key_hash,
        start=start,
        end=start + timedelta(minutes=service.minutes + service.break_minutes),
        created_at=now,
        expires_at=now + LASTS,
        place_hash=place_hash,
    )


@transaction.atomic
def release(*, practice: Practice, hold_id: int, now: datetime) -> Hold:
    """Give a held time back and forget what was typed; one that has ended stays as it is. Raises NotFound."""
    held = found.one(practice.holds.filter(id=hold_id).order_by().select_for_update(no_key=True), "hold")
    if held.released_at is None:
        held.released_at, held.entered = now, b""
        held.save(update_fields=["released_at", "entered"])
    return held


def still_kept(held: Hold, calendar_id: int, start: datetime, now: datetime) -> Hold | None:
    """The hold if it still keeps just this time; to be asked under the calendar's lock.

    One that has expired keeps nothing, but the time may still be free. Raises Conflict (`hold_used`) where it has
    become a visit already.
    """
    held.refresh_from_db()
    if held.visit_id is not None:
        raise Conflict("hold_used")
    same = (held.calendar_id, held.start) == (calendar_id, start)
    return held if same and held.released_at is None and now < held.expires_at else None


def turn_into(held: Hold, visit: Visit, now: datetime) -> None:
    """The visit takes the place of the hold; what was typed is in the visit and on its card now."""
    held.visit, held.released_at, held.entered = visit, now, b""
    held.save(update_fields=["visit", "released_at", "entered"])
