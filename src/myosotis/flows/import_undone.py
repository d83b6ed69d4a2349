"""An import is undone: what it added goes, what it changed comes back, and nobody is left expecting a visit.

Who was told of a visit that the import added gets `cancelled`; what staff or patients changed since is left alone.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from django.db import transaction

from myosotis.domain.words import OfferEnd, Party, Via, VisitEvent, VisitStatus
from myosotis.flows import found, offer_closed, records, slots
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.replanning import replan
from myosotis.flows.visit_moved import put_back
from myosotis.store.bulk import chunks
from myosotis.store.models import (
    BlockedTime,
    ImportBatch,
    Message,
    MessageEvent,
    MessageText,
    Patient,
    Practice,
    ReadingReport,
    Visit,
    VisitLog,
)
from myosotis.store.outbox import MAY_HAVE_LEFT
from myosotis.value_class import value_class

CHUNK = 500


@value_class
class Undone:
    """How many visits and cards were removed, cancelled because their patients knew, brought back, or left as they are."""

    removed: int = 0
    cancelled: int = 0
    brought_back: int = 0
    left: int = 0


@transaction.atomic
def undo(*, practice: Practice, batch_id: int, actor: Actor, now: datetime) -> Undone:
    """Undo a batch, finished or not; it cannot be resumed afterwards. Raises NotFound and Conflict (`undone_already`)."""
    batches = practice.import_batches.filter(id=batch_id).order_by()
    batch = found.one(batches.select_for_update(no_key=True), "import")
    if batch.undone_at is not None:
        raise Conflict("undone_already")
    slots.lock_calendars(practice, _calendars(batch))
    brought_back, left = _bring_back(practice, batch, actor, now)
    removed = cancelled = 0
    for ids in chunks(_untouched(batch), CHUNK):
        gone, told = _remove_visits(practice, ids, actor, now)
        removed, cancelled = removed + gone, cancelled + told
    left += practice.visits.filter(batch=batch).exclude(status=VisitStatus.CANCELLED).count()
    BlockedTime.objects.filter(batch=batch).delete()
    removed += _remove_patients(batch)
    batch.undone_at = now
    batch.save(update_fields=["undone_at"])
    records.audit(practice, "import.undone", "import", batch.pk, now=now, actor=actor)
    return Undone(removed=removed, cancelled=cancelled, brought_back=brought_back, left=left)


def _calendars(batch: ImportBatch) -> set[int]:
    """Those in which visits stand that the batch added or moved, or from which it moved them."""
    logged = VisitLog.objects.filter(batch=batch).values_list(
        "old_calendar_id", "new_calendar_id", "visit__calendar_id"
    )
    return set(chain.from_iterable(logged.distinct())) - {None}


def _bring_back(practice: Practice, batch: ImportBatch, actor: Actor, now: datetime) -> tuple[int, int]:
    """Visits that were known before: as they were before the batch, unless something happened to them since."""
    entries = VisitLog.objects.filter(practice=practice, batch=batch).exclude(what=records.Happened.IMPORTED)
    brought_back = left = 0
    for visit_id, entry_id in dict(entries.order_by("-id").values_list("visit_id", "id")).items():
        visit, affected = found.locked_visit(practice, visit_id, now)
        entry = VisitLog.objects.get(id=entry_id)
        if _touched(visit, batch):
            left += 1
            continue
        was = records.before(visit)
        moved = (visit.start, visit.calendar_id, visit.status) != (
            datetime.fromisoformat(entry.before["start"]), entry.before["calendar_id"], entry.before["status"],
        )  # fmt: skip
        revision = visit.revision
        put_back(visit, entry.before, now)
        if not moved:
            visit.revision = revision
        elif was["event"] == VisitEvent.MOVED:
            visit.event, visit.event_via = VisitEvent.MOVED, Via.IMPORT
        visit.source_state = ""
        visit.save()
        records.log_visit(
            visit, records.Happened.RESTORED, now=now, by=Party.PRACTICE, via=Via.IMPORT, actor=actor, was=was
        )
        if visit.status != VisitStatus.CANCELLED:
            offer_closed.close_where_taken(
                practice, visit.calendar_id, visit.start, visit.end, now=now, actor=actor, because=OfferEnd.UNDONE
            )
        replan(practice, affected, now)
        brought_back += 1
    return brought_back, left


def _touched(visit: Visit, batch: ImportBatch) -> bool:
    """Whether anything happened to a visit after the batch."""
    last = VisitLog.objects.filter(visit=visit).order_by("-id").first()
    return last is not None and last.batch_id != batch.pk


def _untouched(batch: ImportBatch) -> list[int]:
    """The visits that the batch added and nobody changed since."""
    since = VisitLog.objects.filter(visit__batch=batch).exclude(batch=batch).values_list("visit_id", flat=True)
    added = Visit.objects.filter(batch=batch).exclude(id__in=since)
    return sorted(added.values_list("id", flat=True))


def _remove_visits(practice: Practice, ids: list[int], actor: Actor, now: datetime) -> tuple[int, int]:
    """Remove visits of which nobody was told, cancel the others; how many of each."""
    found.lock_with_messages(practice, ids)
    rows = practice.visits.filter(id__in=ids)
    told = set(Message.objects.filter(MAY_HAVE_LEFT, visit_id__in=ids).values_list("visit_id", flat=True))
    pairs = set(rows.values_list("patient_id", flat=True))
    for visit in rows.filter(id__in=told, end__gt=now).exclude(status=VisitStatus.CANCELLED):
        was = records.before(visit)
        visit.status, visit.cancelled_by = VisitStatus.CANCELLED, Party.PRACTICE
        visit.revision, visit.event = visit.revision + 1, VisitEvent.CANCELLED
        visit.event_at, visit.event_by, visit.event_via = now, Party.PRACTICE, Via.IMPORT
        visit.source_state = ""
        visit.save()
        records.log_visit(
            visit, records.Happened.CANCELLED, now=now, by=Party.PRACTICE, via=Via.IMPORT, actor=actor, was=was
        )
    gone = [visit_id for visit_id in ids if visit_id not in told]
    _delete(gone)
    others = practice.visits.filter(patient_id__in=pairs, end__gt=now - found.ECHO)
    replan(practice, set(others.values_list("id", flat=True)), now)
    return len(gone), len(told)


def _delete(visit_ids: Iterable[int]) -> None:
    """Remove visits with all that hangs on them."""
    ids = list(visit_ids)
    for hanging in (MessageEvent, MessageText, ReadingReport):
        hanging.objects.filter(message__visit_id__in=ids).delete()
    Message.objects.filter(visit_id__in=ids).delete()
    VisitLog.objects.filter(visit_id__in=ids).delete()
    Visit.objects.filter(id__in=ids).delete()


def _remove_patients(batch: ImportBatch) -> int:
    """Cards that the batch added and that nothing stands on."""
    unused = Patient.objects.filter(batch=batch, visits=None, messages=None, incoming_messages=None)
    ids = list(unused.values_list("id", flat=True))
    for chunk in chunks(ids, CHUNK):
        Patient.objects.filter(id__in=chunk).delete()
    return len(ids)
