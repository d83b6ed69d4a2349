"""Visits of a file are taken over, a batch of rows in one transaction, set-wise (docs/rules.md 2).

A row is the same visit by its external id, by UID and RECURRENCE-ID, else by calendar, patient and start. A visit
remembers what the last import said of it: saying the same again changes nothing, whatever happened here since.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from myosotis.domain.values import require_utc
from myosotis.domain.words import Party, Via, VisitEvent, VisitStatus
from myosotis.flows import found, import_batches, offer_closed, records, slot_freed, slots
from myosotis.flows.actor import Actor
from myosotis.flows.errors import NotFound
from myosotis.flows.imported_changes import change
from myosotis.flows.replanning import replan
from myosotis.flows.slot_freed import Slot
from myosotis.store import bulk
from myosotis.store.models import ImportBatch, Practice, Visit, VisitLog
from myosotis.store.question import Question
from myosotis.value_class import value_class

_INSERT: Final = (
    "practice_id", "calendar_id", "patient_id", "service_id", "uuid", "external_id", "source_uid", "source_recurrence",
    "source_state", "batch_id", "start", "end", "booked_at", "booked_by", "status", "cancelled_by", "cancel_reason",
    "revision", "event", "event_at", "event_by", "event_via", "first_start", "first_calendar_id", "silent",
)  # fmt: skip
_LOG: Final = (
    "practice_id", "visit_id", "at", "what", "by", "via", "staff_user_id", "revision", "new_start", "new_calendar_id",
    "before", "batch_id",
)  # fmt: skip


@value_class
class VisitInput:
    """One visit as a file has it, its calendar and patient already found in the practice by the caller."""

    row: int
    calendar_id: int
    patient_id: int
    start: datetime
    end: datetime
    external_id: str = ""
    source_uid: str = ""
    source_recurrence: str = ""
    service_id: int | None = None
    booked_at: datetime | None = None
    """None: the moment of the import."""
    booked_by: Party = Party.PRACTICE
    status: VisitStatus = VisitStatus.BOOKED
    cancelled_by: Party = Party.PRACTICE
    """Of a cancelled one."""

    def __post_init__(self) -> None:
        for name in ("start", "end", "booked_at"):
            require_utc(name, getattr(self, name))
        if not self.start < self.end:
            raise ValueError("a visit ends after it starts")

    @property
    def state(self) -> str:
        """Fingerprint of everything that the file says of the visit; `booked_at` is no news."""
        said = (
            self.calendar_id, self.patient_id, self.start.isoformat(), self.end.isoformat(), self.service_id,
            self.status.value, self.external_id, self.source_uid, self.source_recurrence,
        )  # fmt: skip
        return blake2b(repr(said).encode(), digest_size=16).hexdigest()


@value_class
class Taken:
    """What became of the rows of one call."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@value_class(kw_only=False)
class _KnownVisit:
    """As much of a visit as it takes to recognise it."""

    id: int
    calendar_id: int
    patient_id: int
    start: datetime
    external_id: str
    source_uid: str
    source_recurrence: str
    state: str
    status: str


_KNOWN: Final = (
    "id", "calendar_id", "patient_id", "start", "external_id", "source_uid", "source_recurrence", "source_state",
    "status",
)  # fmt: skip
_BY_EXTERNAL: Final = Question(
    lambda practice, ids: Visit.objects.filter(practice_id__in=[practice], external_id__in=[ids]).values_list(*_KNOWN),
    lists=2,
)
_BY_SOURCE: Final = Question(
    lambda practice, ids: Visit.objects.filter(practice_id__in=[practice], source_uid__in=[ids]).values_list(*_KNOWN),
    lists=2,
)
_BY_PATIENT: Final = Question(
    lambda practice, ids: Visit.objects.filter(practice_id__in=[practice], patient_id__in=[ids]).values_list(*_KNOWN),
    lists=2,
)


_STANDING: Final = Question(
    lambda practice, ids: (
        Visit.objects.filter(practice_id__in=[practice], patient_id__in=[ids])
        .exclude(status=VisitStatus.CANCELLED)
        .values_list("id", "patient_id", "calendar__doctor_id", "start", "end")
    ),
    lists=2,
)
A_DAY: Final = timedelta(days=1)


class _Known:
    """The visits of the practice that rows may mean, by each of their identities."""

    def __init__(self, practice: Practice, rows: Sequence[VisitInput]) -> None:
        self.by_external: dict[str, _KnownVisit] = {}
        self.by_source: dict[tuple[int, str, str], _KnownVisit] = {}
        self.by_place: dict[tuple[int, int, datetime], _KnownVisit] = {}
        self.by_state: dict[str, _KnownVisit] = {}
        for question, values in (
            (_BY_EXTERNAL, {row.external_id for row in rows} - {""}),
            (_BY_SOURCE, {row.source_uid for row in rows} - {""}),
            (_BY_PATIENT, {row.patient_id for row in rows}),
        ):
            if values:
                for cells in question.ask([practice.pk], values):
                    self._file(_KnownVisit(*cells))

    def _file(self, visit: _KnownVisit) -> None:
        if visit.external_id:
            self.by_external[visit.external_id] = visit
        if visit.source_uid:
            self.by_source[visit.calendar_id, visit.source_uid, visit.source_recurrence] = visit
        if visit.state:
            self.by_state[visit.state] = visit
        place = (visit.calendar_id, visit.patient_id, visit.start)
        if visit.status != VisitStatus.CANCELLED or place not in self.by_place:
            self.by_place[place] = visit

    def find(self, row: VisitInput) -> _KnownVisit | None:
        """The visit that a row means; one of the same place and time counts unless it has another identity."""
        if row.external_id and row.external_id in self.by_external:
            return self.by_external[row.external_id]
        source = (row.calendar_id, row.source_uid, row.source_recurrence)
        if row.source_uid and source in self.by_source:
            return self.by_source[source]
        visit = self.by_state.get(row.state) or self.by_place.get((row.calendar_id, row.patient_id, row.start))
        if visit is None or (row.external_id and visit.external_id) or (row.source_uid and visit.source_uid):
            return None
        return visit


@transaction.atomic
def take(
    *,
    practice: Practice,
    batch_id: int,
    rows: Sequence[VisitInput],
    rows_done: int,
    actor: Actor,
    now: datetime,
    problems: Sequence[import_batches.Problem] = (),
) -> Taken:
    """Take some rows of a file: new visits are added, changed ones moved, cancelled or changed, and all planned anew.

    `rows_done` is how many rows of the file are done with this call, refused ones (`problems`) included. Imported
    visits get no `details` unless the batch announces them; a move or cancellation that a file tells of is told on.
    Raises NotFound, and Conflict (`batch_closed`, `rows_done_already`).
    """
    batch = import_batches.locked(practice, batch_id, rows_done)
    _require_ours(practice, rows)
    known = _Known(practice, rows)
    new: dict[tuple[object, ...], VisitInput] = {}
    known_otherwise: list[tuple[_KnownVisit, VisitInput]] = []
    for row in rows:
        visit = known.find(row)
        if visit is None:
            new[_identity(row)] = row
        elif visit.state != row.state:
            known_otherwise.append((visit, row))
    _lock_calendars(practice, new.values(), known_otherwise)
    changed = _change(practice, known_otherwise, batch, actor, now)
    added = _add(list(new.values()), batch, actor, now)
    neighbours = _neighbours_of_new(practice, new.values(), now)
    found.lock(practice, neighbours)
    replan(practice, {*added, *neighbours}, now)
    _close_and_offer(practice, new.values(), changed, actor, now)
    result = Taken(added=len(new), changed=len(changed), unchanged=len(rows) - len(new) - len(changed))
    import_batches.note(
        batch,
        added=result.added,
        changed=result.changed,
        unchanged=result.unchanged,
        rows_done=rows_done,
        problems=problems,
    )
    return result


def _lock_calendars(
    practice: Practice, new: Iterable[VisitInput], known: Iterable[tuple[_KnownVisit, VisitInput]]
) -> None:
    """Lock every calendar of which these rows take or leave time."""
    concerned = {row.calendar_id for row in new}
    for visit, row in known:
        concerned |= {visit.calendar_id, row.calendar_id}
    slots.lock_calendars(practice, concerned)


def _identity(row: VisitInput) -> tuple[object, ...]:
    """By which a row that stands twice in a file is one visit."""
    if row.external_id:
        return ("external", row.external_id)
    if row.source_uid:
        return ("source", row.calendar_id, row.source_uid, row.source_recurrence)
    return ("place", row.calendar_id, row.patient_id, row.start)


def _require_ours(practice: Practice, rows: Sequence[VisitInput]) -> None:
    """Whatever a file led to belongs to this practice, or NotFound (docs/rules.md 7.7)."""
    wanted: tuple[tuple[str, set[int | None]], ...] = (
        ("calendars", {row.calendar_id for row in rows}),
        ("patients", {row.patient_id for row in rows}),
        ("services", {row.service_id for row in rows} - {None}),
    )
    for name, ids in wanted:
        if getattr(practice, name).filter(id__in=ids).count() != len(ids):
            raise NotFound(name.removesuffix("s"))


def _change(
    practice: Practice,
    rows: Sequence[tuple[_KnownVisit, VisitInput]],
    batch: ImportBatch,
    actor: Actor,
    now: datetime,
) -> list[Visit]:
    """Lay rows over the visits that they mean, and plan these and their neighbours; those that really changed."""
    if not rows:
        return []
    said = {visit.id: row for visit, row in rows}
    ids = set(said)
    patients = set(practice.visits.filter(id__in=ids).values_list("patient_id", flat=True))
    patients |= {row.patient_id for _, row in rows}
    affected = ids | _neighbours(practice, patients, now)
    found.lock(practice, affected)
    visits = practice.visits.select_related("calendar").in_bulk(ids)
    real = [
        visits[visit_id]
        for visit_id, row in said.items()
        if change(visits[visit_id], row.state, row, batch=batch, actor=actor, now=now)
    ]
    if real:
        replan(practice, affected, now)
    return real


def _close_and_offer(
    practice: Practice, new: Iterable[VisitInput], changed: Sequence[Visit], actor: Actor, now: datetime
) -> None:
    """What a file takes is offered no more; what patients left, as the file says, is (docs/rules.md 4)."""
    taken: list[VisitInput | Visit] = [row for row in new if row.status is not VisitStatus.CANCELLED]
    taken += [visit for visit in changed if visit.status != VisitStatus.CANCELLED]
    offer_closed.close_where_any_taken(
        practice, ((one.calendar_id, one.start, one.end) for one in taken), now=now, actor=actor
    )
    for visit in changed:
        if visit.status == VisitStatus.CANCELLED and visit.event_at == now:
            left = Slot(calendar=visit.calendar, start=visit.start, end=visit.end)
            slot_freed.offer(left, visit, by=Party(visit.event_by), via=Via.IMPORT, now=now, actor=actor)


def _neighbours(practice: Practice, patients: Iterable[int], now: datetime) -> set[int]:
    """Visits of these patients whose `review` or `rebook` may depend on what is taken in."""
    visits = practice.visits.filter(patient_id__in=set(patients), end__gt=now - found.ECHO)
    return set(visits.exclude(status=VisitStatus.CANCELLED).values_list("id", flat=True))


def _neighbours_of_new(practice: Practice, rows: Iterable[VisitInput], now: datetime) -> set[int]:
    """Known visits for which a new one of the same patient and doctor is the next, or stands on the same day.

    What already has a next one is not concerned: in a big file that is nearly everything.
    """
    new: dict[tuple[int, int], list[datetime]] = {}
    doctors = dict(practice.calendars.values_list("id", "doctor_id"))
    for row in rows:
        if row.status is not VisitStatus.CANCELLED:
            new.setdefault((row.patient_id, doctors[row.calendar_id]), []).append(row.start)
    latest: dict[tuple[int, int], tuple[datetime, int]] = {}
    concerned: set[int] = set()
    known = _STANDING.ask([practice.pk], {patient_id for patient_id, _ in new}) if new else ()
    for visit_id, patient_id, doctor_id, start, end in known:
        starts = new.get((patient_id, doctor_id))
        if starts is None or end <= now - found.ECHO or start in starts:
            continue
        if any(start <= other <= start + A_DAY for other in starts):
            concerned.add(visit_id)
        if start < max(starts):
            latest[patient_id, doctor_id] = max((start, visit_id), latest.get((patient_id, doctor_id), (start, 0)))
    return concerned | {visit_id for _, visit_id in latest.values()}


def _add(rows: Sequence[VisitInput], batch: ImportBatch, actor: Actor, now: datetime) -> list[int]:
    """Write new visits and their first log entries; the ids of those that want a plan.

    What a file says was cancelled before we knew of it is kept, and nobody is told.
    """
    uuids = [uuid4() for _ in rows]
    bulk.insert(Visit, _INSERT, [_row(row, uuid, batch, now) for row, uuid in zip(rows, uuids, strict=True)])
    ids = _ids(batch, uuids)
    bulk.insert(
        VisitLog,
        _LOG,
        [_logged(ids[uuid], row, batch, actor, now) for row, uuid in zip(rows, uuids, strict=True)],
    )
    return [ids[uuid] for row, uuid in zip(rows, uuids, strict=True) if row.status is not VisitStatus.CANCELLED]


def _ids(batch: ImportBatch, uuids: Sequence[UUID]) -> Mapping[UUID, int]:
    visits = Visit.objects.filter(practice_id=batch.practice_id, uuid__in=uuids)
    return dict(visits.values_list("uuid", "id"))


def _row(row: VisitInput, uuid: UUID, batch: ImportBatch, now: datetime) -> bulk.Row:
    event = VisitEvent.BOOKED if batch.announce else VisitEvent.IMPORTED
    cancelled_by = row.cancelled_by.value if row.status is VisitStatus.CANCELLED else ""
    return (
        batch.practice_id, row.calendar_id, row.patient_id, row.service_id, uuid, row.external_id, row.source_uid,
        row.source_recurrence, row.state, batch.pk, row.start, row.end, min(row.booked_at or now, now),
        row.booked_by.value, row.status.value, cancelled_by, "", 1, event.value, now, row.booked_by.value,
        Via.IMPORT.value, row.start, row.calendar_id, False,
    )  # fmt: skip


def _logged(visit_id: int, row: VisitInput, batch: ImportBatch, actor: Actor, now: datetime) -> bulk.Row:
    return (
        batch.practice_id, visit_id, now, records.Happened.IMPORTED.value, row.booked_by.value, Via.IMPORT.value,
        actor.staff_user_id, 1, row.start, row.calendar_id, "{}", batch.pk,
    )  # fmt: skip
