"""A visit is cancelled, or its cancellation is undone (docs/rules.md 2)."""

from datetime import datetime
from typing import Final

from django.db import transaction

from myosotis.domain.told import UNDO
from myosotis.domain.words import Kind, OfferEnd, Party, Via, VisitEvent, VisitStatus
from myosotis.flows import found, offer_closed, patient_acts, records, slot_freed, slots
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.replanning import replan
from myosotis.flows.slot_freed import Slot
from myosotis.flows.visit_moved import last_entry, put_back
from myosotis.store.models import Practice, Visit
from myosotis.store.outbox import MAY_HAVE_LEFT
from myosotis.value_class import value_class

WRITTEN: Final = (
    "status", "cancelled_by", "cancel_reason", "revision", "event", "event_at", "event_by", "event_via",
)  # fmt: skip
"""Of a visit, all that a cancellation changes."""


@value_class
class Cancelled:
    """The visit; `changed` is false where it was cancelled already."""

    visit: Visit
    changed: bool


@transaction.atomic
def cancel(
    *,
    practice: Practice,
    visit_id: int,
    by: Party,
    via: Via,
    actor: Actor,
    now: datetime,
    reason: str = "",
    expected_revision: int | None = None,
    what: records.Happened = records.Happened.CANCELLED,
) -> Cancelled:
    """Cancel a visit; `by` is who asked for it, which staff note. `reason` is read by the patient; `what` names it in the log.

    Raises NotFound and Conflict (`revision_changed`, `visit_over`; for the patient's own doors also `actions_off`,
    `after_cutoff`).
    """
    locked = slots.locked_visit if by is Party.PATIENT else found.locked_visit  # the slot is offered under that lock
    visit, affected = locked(practice, visit_id, now)
    if visit.status == VisitStatus.CANCELLED:
        return Cancelled(visit=visit, changed=False)
    if expected_revision is not None and visit.revision != expected_revision:
        raise Conflict("revision_changed")
    patient_acts.require_open(visit)
    patient_acts.require_allowed(visit, via, now)
    was = records.before(visit)
    visit.status, visit.cancelled_by, visit.cancel_reason = VisitStatus.CANCELLED, by, reason
    visit.revision += 1
    visit.event, visit.event_at, visit.event_by, visit.event_via = VisitEvent.CANCELLED, now, by, via
    records.log_visit(visit, what, now=now, by=by, via=via, actor=actor, was=was, changed=WRITTEN)
    replan(practice, affected, now)
    left = Slot(calendar=visit.calendar, start=visit.start, end=visit.end)
    slot_freed.offer(left, visit, by=by, via=via, now=now, actor=actor)
    return Cancelled(visit=visit, changed=True)


@transaction.atomic
def restore(*, practice: Practice, visit_id: int, actor: Actor, now: datetime) -> Visit:
    """Undo a cancellation made at the desk, within the undo time and while nothing of it left.

    Raises NotFound and Conflict (`not_cancelled`, `undo_time_over`, `revision_changed`).
    """
    visit, affected = slots.locked_visit(practice, visit_id, now)
    last = last_entry(visit)
    if visit.status != VisitStatus.CANCELLED or last is None or last.what != records.Happened.CANCELLED:
        raise Conflict("not_cancelled")
    told = visit.messages.filter(MAY_HAVE_LEFT, kind=Kind.CANCELLED, revision=visit.revision)
    if last.via != Via.DESK or now >= last.at + UNDO or told.exists():
        raise Conflict("undo_time_over")
    was = records.before(visit)
    put_back(visit, last.before, now)
    visit.cancelled_by = visit.cancel_reason = ""
    visit.save()
    records.log_visit(visit, records.Happened.RESTORED, now=now, by=Party.PRACTICE, via=Via.DESK, actor=actor, was=was)
    offer_closed.close_where_taken(
        practice, visit.calendar_id, visit.start, visit.end, now=now, actor=actor, because=OfferEnd.UNDONE
    )
    replan(practice, sorted({*affected, visit.pk}), now)
    return visit
