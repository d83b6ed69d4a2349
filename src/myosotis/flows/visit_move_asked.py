"""Staff note, while a move at the desk can still be undone, that the patient had asked for it (docs/rules.md 2)."""

from datetime import datetime, timedelta

from django.db import transaction

from myosotis.domain.words import Party, Via
from myosotis.flows import found, visit_moved
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.visit_moved import Moved
from myosotis.store.models import Practice


@transaction.atomic
def by_patient(*, practice: Practice, visit_id: int, actor: Actor, now: datetime) -> Moved:
    """Make the last move the patient's own: confirmed, acknowledged instead of announced, and what it left is offered.

    Nothing of the move has left within that time, so it is taken back and made again; the time to undo it begins anew.
    Raises NotFound, and Conflict (`nothing_to_undo`, also where the patient is noted already, `undo_time_over`,
    `revision_changed`).
    """
    visit = found.visit_of(practice, visit_id)
    last = visit_moved.last_entry(visit)
    if last is None or last.by != Party.PRACTICE:
        raise Conflict("nothing_to_undo")
    visit_moved.undo(practice=practice, visit_id=visit_id, actor=actor, now=now, expected_revision=visit.revision)
    return visit_moved.move(
        practice=practice,
        visit_id=visit_id,
        by=Party.PATIENT,
        via=Via.DESK,
        actor=actor,
        now=now,
        start=visit.start,
        calendar_id=visit.calendar_id,
        minutes=int((visit.end - visit.start) / timedelta(minutes=1)),
        service_id=visit.service_id,
    )
