"""Somebody of the staff looked at a card or a visit: the audit log says so (docs/rules.md 6)."""

from datetime import datetime, timedelta
from typing import Final

from myosotis.flows import records
from myosotis.flows.actor import Actor
from myosotis.store.models import Practice

SAME_LOOK: Final = timedelta(minutes=15)
"""A page that loads itself anew, or is returned to, is one look."""


def note(*, practice: Practice, object_type: str, object_id: int, actor: Actor, now: datetime) -> None:
    """Note that `actor` read a thing of the practice at `now` (UTC); the caller reached it through the practice."""
    action = f"{object_type}.read"
    lately = practice.audit_entries.filter(
        at__gt=now - SAME_LOOK, actor=actor.name, action=action, object_type=object_type, object_id=object_id
    )
    if not lately.exists():
        records.audit(practice, action, object_type, object_id, now=now, actor=actor)


def exported(
    *, practice: Practice, object_type: str, actor: Actor, now: datetime, object_id: int | None = None
) -> None:
    """Note that `actor` took a list or a thing away as a file at `now` (UTC)."""
    records.audit(practice, f"{object_type}.exported", object_type, object_id, now=now, actor=actor)
