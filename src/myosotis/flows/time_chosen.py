"""A patient chooses a time on the public pages: it is held, and the one held before is given back in the same moment."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from myosotis.flows import slots, time_held
from myosotis.flows.errors import NotFound
from myosotis.store.models import Hold, PhoneVerification, Practice
from myosotis.store.sealing import CannotUnseal, seal, unseal


@transaction.atomic
def choose(
    *,
    practice: Practice,
    calendar_id: int,
    service_id: int,
    start: datetime,
    place_hash: bytes,
    key_hash: bytes,
    now: datetime,
    instead_of: Hold | None = None,
) -> Hold:
    """Hold a time as `time_held.hold` does, which says what is raised.

    `instead_of` is what the same person held before: it is given back, and what they typed and the phone that they proved
    go with them. Where the new time cannot be had, everything stays as it was.
    """
    follows = instead_of is not None and instead_of.practice_id == practice.pk and instead_of.key_hash != key_hash
    before: dict[str, str] = {}
    if instead_of is not None and follows:
        slots.lock_calendars(practice, [calendar_id, instead_of.calendar_id])
        before = typed(instead_of)
        time_held.release(practice=practice, hold_id=instead_of.pk, now=now)
    held = time_held.hold(
        practice=practice,
        calendar_id=calendar_id,
        service_id=service_id,
        start=start,
        place_hash=place_hash,
        key_hash=key_hash,
        now=now,
    )
    if instead_of is not None and follows:
        PhoneVerification.objects.filter(practice=practice, hold=instead_of).update(hold=held)
        _write(held, before)
    return held


@transaction.atomic
def keep_typed(held: Hold, values: Mapping[str, str]) -> None:
    """Keep what was typed into the form beside the held time, sealed. Raises NotFound once it has ended."""
    row = Hold.objects.select_for_update(no_key=True).filter(pk=held.pk, released_at=None).order_by().first()
    if row is None:
        raise NotFound("hold")
    _write(row, values)
    held.entered = row.entered


def _write(held: Hold, values: Mapping[str, str]) -> None:
    held.entered = seal(values)
    held.save(update_fields=["entered"])


def typed(held: Hold) -> dict[str, str]:
    """What was typed so far; nothing where the server's key has changed meanwhile."""
    try:
        return unseal(bytes(held.entered))
    except CannotUnseal:
        return {}
