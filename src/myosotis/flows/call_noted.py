"""One click records how a call to a patient went, and one takes it back (docs/rules.md 3, "The call list")."""

from datetime import datetime

from django.db import transaction

from myosotis.domain.words import CallResult, Party, Via, VisitStatus
from myosotis.flows import found, records, visit_cancelled, visit_confirmed, visit_moved
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.models import CallNote, Practice, Visit


@transaction.atomic
def note(
    *,
    practice: Practice,
    visit_id: int,
    result: CallResult,
    actor: Actor,
    now: datetime,
    text: str = "",
    start: datetime | None = None,
    expected_revision: int | None = None,
) -> CallNote:
    """Write down a call about a visit, and do what the patient asked for: confirm, cancel, or move to `start` (UTC).

    That is noted as asked by the patient, at the desk: it can be undone for 60 s. Raises NotFound, Invalid (start), and
    Conflict (`revision_changed`, `visit_cancelled`, `visit_over`).
    """
    if (result is CallResult.MOVED) != (start is not None):
        raise Invalid("start", "missing" if start is None else "not_for_this_result")
    visit = found.visit_of(practice, visit_id)
    if expected_revision is not None and visit.revision != expected_revision:
        raise Conflict("revision_changed")
    visit = _done(practice, visit, result, start, actor, now)
    made = CallNote.objects.create(
        practice=practice,
        visit=visit,
        revision=visit.revision,
        at=now,
        result=result,
        note=text,
        actor=actor.name,
        staff_user_id=actor.staff_user_id,
    )
    records.audit(practice, f"call.{result}", "visit", visit.pk, now=now, actor=actor)
    return made


def _done(
    practice: Practice, visit: Visit, result: CallResult, start: datetime | None, actor: Actor, now: datetime
) -> Visit:
    match result:
        case CallResult.CONFIRMED:
            if visit.status == VisitStatus.CONFIRMED:
                raise Conflict("confirmed_already")
            return visit_confirmed.confirm(
                practice=practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.DESK, actor=actor, now=now,
                expected_revision=visit.revision,
            )  # fmt: skip
        case CallResult.CANCELLED:
            done = visit_cancelled.cancel(
                practice=practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.DESK, actor=actor, now=now,
                expected_revision=visit.revision,
            )  # fmt: skip
            if not done.changed:
                raise Conflict("visit_cancelled")
            return done.visit
        case CallResult.MOVED:
            moved = visit_moved.move(
                practice=practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.DESK, actor=actor, now=now, start=start,
                expected_revision=visit.revision,
            )  # fmt: skip
            if not moved.changed:
                raise Invalid("start", "unchanged")
            return moved.visit
        case CallResult.REACHED | CallResult.LEFT_MESSAGE | CallResult.NOT_REACHED:
            found.lock(practice, {visit.pk})
            return found.visit_of(practice, visit.pk)


@transaction.atomic
def take_back(*, practice: Practice, note_id: int, actor: Actor, now: datetime) -> CallNote:
    """Take back the last call of a visit, with what it did. Once taken back nothing changes.

    Raises NotFound, and Conflict: `newer_call`, `revision_changed`; of a move or a cancellation also `undo_time_over`,
    `nothing_to_undo`, `not_cancelled`.
    """
    kept = found.one(practice.call_notes.filter(id=note_id).order_by().select_for_update(no_key=True), "call")
    if kept.taken_back_at is not None:
        return kept
    if practice.call_notes.filter(visit_id=kept.visit_id, id__gt=note_id, taken_back_at=None).exists():
        raise Conflict("newer_call")
    _undone(practice, kept, actor, now)
    kept.taken_back_at = now
    kept.save(update_fields=["taken_back_at"])
    records.audit(practice, f"call.{kept.result}.taken_back", "visit", kept.visit_id, now=now, actor=actor)
    return kept


def _undone(practice: Practice, kept: CallNote, actor: Actor, now: datetime) -> None:
    match CallResult(kept.result):
        case CallResult.CONFIRMED:
            visit_confirmed.unconfirm(
                practice=practice, visit_id=kept.visit_id, actor=actor, now=now, expected_revision=kept.revision
            )
        case CallResult.CANCELLED:
            visit_cancelled.restore(practice=practice, visit_id=kept.visit_id, actor=actor, now=now)
        case CallResult.MOVED:
            visit_moved.undo(practice=practice, visit_id=kept.visit_id, actor=actor, now=now)
        case CallResult.REACHED | CallResult.LEFT_MESSAGE | CallResult.NOT_REACHED:
            pass
