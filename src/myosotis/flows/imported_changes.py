"""What a file says anew about a visit that is known: moved, cancelled, given to another patient, or marked."""

from datetime import datetime
from typing import Protocol

from myosotis.domain.words import Party, Via, VisitEvent, VisitStatus
from myosotis.flows import records
from myosotis.flows.actor import Actor
from myosotis.store.models import ImportBatch, Visit


class Said(Protocol):
    """What a row of a file says of a visit."""

    @property
    def calendar_id(self) -> int: ...
    @property
    def patient_id(self) -> int: ...
    @property
    def service_id(self) -> int | None: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def external_id(self) -> str: ...
    @property
    def source_uid(self) -> str: ...
    @property
    def source_recurrence(self) -> str: ...
    @property
    def status(self) -> VisitStatus: ...
    @property
    def cancelled_by(self) -> Party: ...


def change(visit: Visit, state: str, row: Said, *, batch: ImportBatch, actor: Actor, now: datetime) -> bool:
    """Lay a row over a known visit that said something else at the last import, and log it; whether anything changed.

    Nothing has changed where the visit had come there by itself: only what the file said is remembered.
    """
    was = records.before(visit)
    visit.source_state = state
    visit.external_id = visit.external_id or row.external_id
    if row.source_uid and not visit.source_uid:
        visit.source_uid, visit.source_recurrence = row.source_uid, row.source_recurrence
    what = _lay(visit, row, now)
    visit.save()
    if what is None:
        return False
    by = Party(visit.event_by) if what is records.Happened.CANCELLED else Party.PRACTICE
    records.log_visit(visit, what, now=now, by=by, via=Via.IMPORT, actor=actor, was=was, batch_id=batch.pk)
    return True


def _lay(visit: Visit, row: Said, now: datetime) -> records.Happened | None:
    """Change the visit's fields; what happened, or None."""
    if row.status is VisitStatus.CANCELLED:
        return None if visit.status == VisitStatus.CANCELLED else _cancel(visit, row, now)
    if visit.status == VisitStatus.CANCELLED:
        if visit.event_via != Via.IMPORT:
            return None  # cancelled here since: the file does not know of it yet
        return _reinstate(visit, row, now)
    happened = _give(visit, row, now) or _move(visit, row, now)
    quiet = (visit.end, visit.service_id) != (row.end, row.service_id or visit.service_id)
    visit.end, visit.service_id = row.end, row.service_id or visit.service_id
    return happened or _mark(visit, row) or (records.Happened.CHANGED if quiet else None)


def _event(visit: Visit, event: VisitEvent, by: Party, now: datetime) -> None:
    visit.revision += 1
    visit.event, visit.event_at, visit.event_by, visit.event_via = event, now, by, Via.IMPORT


def _cancel(visit: Visit, row: Said, now: datetime) -> records.Happened:
    visit.status, visit.cancelled_by = VisitStatus.CANCELLED, row.cancelled_by
    _event(visit, VisitEvent.CANCELLED, row.cancelled_by, now)
    return records.Happened.CANCELLED


def _reinstate(visit: Visit, row: Said, now: datetime) -> records.Happened:
    visit.status, visit.cancelled_by, visit.cancel_reason = row.status, "", ""
    visit.patient_id, visit.calendar_id, visit.booked_at = row.patient_id, row.calendar_id, now
    visit.start, visit.end, visit.previous_start = row.start, row.end, None
    visit.first_start, visit.first_calendar_id = row.start, row.calendar_id
    _event(visit, VisitEvent.BOOKED, Party.PRACTICE, now)
    return records.Happened.RESTORED


def _give(visit: Visit, row: Said, now: datetime) -> records.Happened | None:
    if visit.patient_id == row.patient_id:
        return None
    visit.former_patient_id, visit.patient_id = visit.patient_id, row.patient_id
    visit.previous_start = None if visit.start == row.start else visit.start
    visit.start, visit.end, visit.calendar_id = row.start, row.end, row.calendar_id
    visit.first_start, visit.first_calendar_id = row.start, row.calendar_id
    visit.booked_at, visit.booked_by, visit.status = now, Party.PRACTICE, row.status
    _event(visit, VisitEvent.BOOKED, Party.PRACTICE, now)
    return records.Happened.GIVEN_TO_OTHER


def _move(visit: Visit, row: Said, now: datetime) -> records.Happened | None:
    if (visit.start, visit.calendar_id) == (row.start, row.calendar_id):
        return None
    visit.previous_start, visit.booked_at = visit.start, now
    visit.start, visit.end, visit.calendar_id = row.start, row.end, row.calendar_id
    visit.status = row.status
    _event(visit, VisitEvent.MOVED, Party.PRACTICE, now)
    return records.Happened.MOVED


def _mark(visit: Visit, row: Said) -> records.Happened | None:
    """A confirmation made here is not taken back by a file that has not heard of it."""
    if visit.status == row.status or row.status is VisitStatus.BOOKED:
        return None
    visit.status = row.status
    return records.Happened(row.status.value)
