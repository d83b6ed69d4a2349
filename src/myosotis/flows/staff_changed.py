"""An owner changes somebody's role or doctor, or takes them off the staff; a practice always keeps an owner."""

from datetime import datetime

from django.db import transaction

from myosotis.domain.words import Role
from myosotis.flows import found, records, sessions_ended
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.staff_invited import doctor_for
from myosotis.store.models import Membership, Practice


@transaction.atomic
def change(
    *, practice: Practice, membership_id: int, role: Role, doctor_id: int | None, actor: Actor, now: datetime
) -> Membership:
    """Change the role and the doctor. Raises NotFound, Invalid (doctor) and Conflict (`last_owner`)."""
    row = _locked(practice, membership_id)
    if role is not Role.OWNER:
        _keep_an_owner(practice, row)
    doctor = doctor_for(practice, role, doctor_id)
    if (row.role, row.doctor_id) != (role, doctor and doctor.pk):
        row.role, row.doctor = role, doctor
        row.save(update_fields=["role", "doctor"])
        records.audit(practice, f"staff.changed.{role}", "membership", row.pk, now=now, actor=actor)
    return row


@transaction.atomic
def remove(*, practice: Practice, membership_id: int, actor: Actor, now: datetime) -> None:
    """Take somebody off the staff; wherever they are signed in, that ends. Raises NotFound, Conflict (`last_owner`)."""
    row = _locked(practice, membership_id)
    _keep_an_owner(practice, row)
    records.audit(practice, "staff.removed", "membership", row.pk, now=now, actor=actor)
    user = row.user
    row.delete()
    sessions_ended.end(user=user)


def _locked(practice: Practice, membership_id: int) -> Membership:
    """The practice is locked with it: two owners must not remove each other at the same time."""
    Practice.objects.select_for_update(no_key=True).get(pk=practice.pk)
    return found.one(practice.memberships.filter(pk=membership_id).select_related("user").order_by(), "membership")


def _keep_an_owner(practice: Practice, leaving: Membership) -> None:
    if not practice.memberships.filter(role=Role.OWNER).exclude(pk=leaving.pk).exists():
        raise Conflict("last_owner")
