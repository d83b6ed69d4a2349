"""A practice is set up step by step: its first calendar, and that the set-up is over or put aside."""

from datetime import datetime

from django.db import transaction

from myosotis.flows import calendar_changed, found, records
from myosotis.flows.actor import Actor
from myosotis.flows.calendar_changed import AddressFields
from myosotis.store.models import Calendar, Practice


@transaction.atomic
def place(
    *,
    practice: Practice,
    doctor_id: int,
    values: AddressFields,
    actor: Actor,
    now: datetime,
    address_id: int | None = None,
) -> Calendar:
    """Say at which address a doctor sees patients: the address, new or changed, and the doctor's calendar there.

    Raises NotFound, and Invalid (street, city, time_zone).
    """
    address = calendar_changed.save_address(
        practice=practice, values=values, actor=actor, now=now, address_id=address_id
    )
    known = practice.calendars.filter(doctor_id=doctor_id, address=address).first()
    return known or calendar_changed.add_calendar(
        practice=practice, doctor_id=doctor_id, address_id=address.pk, values={}, actor=actor, now=now
    )


@transaction.atomic
def end(*, practice: Practice, actor: Actor, now: datetime) -> Practice:
    """Note that the set-up is finished, or put aside; ended again nothing changes."""
    row = found.one(Practice.objects.select_for_update(no_key=True).filter(pk=practice.pk), "practice")
    if row.set_up_at is None:
        row.set_up_at = now
        row.save(update_fields=["set_up_at"])
        records.audit(row, "practice.set_up", "practice", row.pk, now=now, actor=actor)
    return row
