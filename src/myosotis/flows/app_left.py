"""Somebody leaves the app on a phone, or the phone forgets everybody; pushes for them end with it."""

from datetime import datetime

from django.db import transaction

from myosotis.flows import actor, found, records
from myosotis.flows.push_subscribed import by_practice, planned_anew
from myosotis.store.models import Installation, Member


@transaction.atomic
def leave(*, installation: Installation, member_id: int, now: datetime) -> None:
    """One person leaves; what is planned follows. Raises NotFound for nobody on this phone."""
    rows = installation.members.filter(id=member_id).select_related("practice")
    _remove([found.one(rows, "member")], now)


@transaction.atomic
def forget(*, installation: Installation, now: datetime) -> None:
    """Everybody leaves, and the phone's secret is worth nothing any more."""
    _remove(list(installation.members.select_related("practice")), now)
    installation.delete()


def _remove(members: list[Member], now: datetime) -> None:
    for practice, people in by_practice(members):
        with planned_anew(practice, people, now):
            for member in people:
                by = actor.patient(member.patient_id)
                records.audit(practice, "app.left", "patient", member.patient_id, now=now, actor=by)
                member.delete()
