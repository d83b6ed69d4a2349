"""Reaching rows through their practice, and locking what a flow is about to change (docs/rules.md 7.7).

Locks are always taken in the same order, so that nobody waits in a circle: a calendar or the practice, visits, messages,
patient cards, each by id; dispatchers keep to it too. On SQLite the immediate transaction is the lock.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from myosotis.domain.words import MessageStatus, VisitStatus
from myosotis.flows.errors import NotFound
from myosotis.store import whole
from myosotis.store.inquiry import Inquiry, at_once, learn
from myosotis.store.models import Calendar, Message, Patient, Practice, Visit
from myosotis.store.question import Question, Row

M = TypeVar("M", bound=Model)

ECHO: Final = timedelta(days=4)
"""For so long after its end a visit can still have a message ahead: `review` is due 2 h later and lives 3 days."""


def _calendars(practice: int, ids: int) -> "QuerySet[Calendar, Row]":
    rows = Calendar.objects.filter(practice_id__in=[practice], id__in=[ids]).order_by()
    return rows.values_list(*whole.columns(Calendar))


def _patients(ids: int) -> "QuerySet[Patient, Row]":
    return Patient.objects.filter(id__in=[ids]).order_by().values_list(*whole.columns(Patient))


def _locked(rows: QuerySet[M]) -> "QuerySet[M, Row]":
    """In the order of their ids, as everybody locks them; whose they are."""
    return rows.order_by("id").select_for_update(no_key=True).values_list("practice_id")


_CALENDAR: Final = Question(_calendars, lists=2)
_CALENDAR_LOCKED: Final = Question(lambda *lists: _calendars(*lists).select_for_update(no_key=True), lists=2)
_PATIENT: Final = Question(_patients)
_PATIENT_LOCKED: Final = Question(lambda ids: _patients(ids).select_for_update(no_key=True))
_VISIT: Final = Question(
    lambda ids: Visit.objects.filter(id__in=[ids]).values_list(
        *whole.columns(Visit), *whole.columns(Calendar, "calendar__")
    )
)
_VISITS_LOCKED: Final = Question(lambda ids: _locked(Visit.objects.filter(id__in=[ids])))
_MESSAGES_LOCKED: Final = Question(lambda visits: _locked(Message.objects.filter(visit_id__in=[visits])))
"""By keys alone, and whose they are is looked at afterwards: asked for by practice too, a server that has not counted its rows
yet takes an index that begins with the practice for as good, and keeps to that until it has (docs/adr/0072)."""
_SIBLINGS: Final = Question(
    lambda patients, since: (
        Visit.objects.filter(patient_id__in=[patients], end__gt=since)
        .exclude(status=VisitStatus.CANCELLED)
        .values_list("id", "practice_id", "calendar__doctor_id")
    ),
    instants=1,
)
"""Asked by the practice too, SQLite would look at all visits of the practice; by the doctor too, PostgreSQL might look at all
of the doctor's while it has not counted its rows. Whose and with whom they are is looked at afterwards."""


def one(rows: QuerySet[M], what: str) -> M:
    """The only row, or NotFound."""
    found = rows.first()
    if found is None:
        raise NotFound(what)
    return found


def calendar_of(practice: Practice, calendar_id: int, *, lock: bool = False) -> Calendar:
    asked = _CALENDAR_LOCKED if lock else _CALENDAR
    return whole.made(Calendar, only(asked.ask([practice.pk], [calendar_id]), "calendar"))


def patient_of(practice: Practice, patient_id: int, *, lock: bool = False) -> Patient:
    return learn(asking_patient(practice, patient_id, lock=lock))


def asking_patient(practice: Practice, patient_id: int, *, lock: bool = False) -> Inquiry[Patient]:
    """As `patient_of`."""
    [rows] = yield [(_PATIENT_LOCKED if lock else _PATIENT).of([patient_id])]
    patient = whole.made(Patient, only(rows, "patient"))
    _require_own(practice, [patient.practice_id], "patient")
    return patient


def visit_of(practice: Practice, visit_id: int) -> Visit:
    """A visit to look at, with its calendar; to change one, lock it."""
    return learn(_asking_visit(practice, visit_id))


def _asking_visit(practice: Practice, visit_id: int) -> Inquiry[Visit]:
    """As `visit_of`."""
    [rows] = yield [_VISIT.of([visit_id])]
    cells = only(rows, "visit")
    its_own = len(whole.columns(Visit))
    visit = whole.made(Visit, cells[:its_own])
    _require_own(practice, [visit.practice_id], "visit")
    visit.calendar = whole.made(Calendar, cells[its_own:])
    return visit


def _require_own(practice: Practice, owners: Iterable[int], what: str) -> None:
    if any(owner != practice.pk for owner in owners):
        raise NotFound(what)


def only(rows: Sequence[Row], what: str) -> Row:
    """The only row of an answer, or NotFound."""
    if not rows:
        raise NotFound(what)
    return rows[0]


def locked_visit(
    practice: Practice,
    visit_id: int,
    now: datetime,
    *,
    patients: Collection[int] = (),
    doctors: Collection[int] = (),
) -> tuple[Visit, list[int]]:
    """A visit locked for changing, and the ids of all visits to plan anew with it, locked too: its siblings.

    `patients` and `doctors` are those whom the visit is about to come to; they get and lose siblings as well.
    """
    before = visit_of(practice, visit_id)
    others = learn(asking_siblings(practice, {before.patient_id, *patients}, now))
    return lock_among(practice, before, others, doctors)


def lock_among(
    practice: Practice, visit: Visit, others: Mapping[int, int], doctors: Collection[int]
) -> tuple[Visit, list[int]]:
    """As `locked_visit`, of a visit that has been looked at: `others` are all of its patients', to each its doctor."""
    theirs = {visit.calendar.doctor_id, *doctors}
    ids = {visit.pk, *(key for key, doctor_id in others.items() if doctor_id in theirs)}
    # In one trip: every statement has its own view of the data, so that the visit is read under the lock.
    _, locked = learn(at_once(_asking_lock(practice, ids), _asking_visit(practice, visit.pk)))
    return locked, sorted(ids)


def lock(practice: Practice, visit_ids: Collection[int]) -> None:
    """Lock visits of a practice in the order of their ids. Raises NotFound where one is another practice's."""
    if visit_ids:
        learn(_asking_lock(practice, visit_ids))


def _asking_lock(practice: Practice, visit_ids: Collection[int]) -> Inquiry[None]:
    """As `lock`."""
    [rows] = yield [_VISITS_LOCKED.of(visit_ids)]
    _require_own(practice, [owner for (owner,) in rows], "visit")


def sibling_ids(practice: Practice, patient_id: int, doctor_ids: Collection[int], now: datetime) -> set[int]:
    """Visits of a patient with these doctors whose `review` or `rebook` may still depend on each other."""
    found = learn(asking_siblings(practice, [patient_id], now))
    return {key for key, doctor_id in found.items() if doctor_id in doctor_ids}


def asking_with_siblings(practice: Practice, seen: Visit, now: datetime) -> Inquiry[tuple[Visit, dict[int, int]]]:
    """A visit as it is now and, as `asking_siblings`, its patient's, in the trip in which somebody waits for a lock.

    It may have been given to another patient since it was `seen`: then theirs are asked for.
    """
    visit, others = yield from at_once(
        _asking_visit(practice, seen.pk), asking_siblings(practice, [seen.patient_id], now)
    )
    if visit.patient_id != seen.patient_id:
        others = yield from asking_siblings(practice, [visit.patient_id], now)
    return visit, others


def asking_siblings(practice: Practice, patients: Collection[int], now: datetime) -> Inquiry[dict[int, int]]:
    """As `sibling_ids`, of several patients and with all doctors: to each visit its doctor."""
    [rows] = yield [_SIBLINGS.of(patients, at=[now - ECHO])]
    return {key: doctor_id for key, practice_id, doctor_id in rows if practice_id == practice.pk}


def with_something_ahead(practice: Practice, now: datetime) -> "QuerySet[Visit]":
    """Every visit that is not over or still has a message ahead: what a changed setting plans anew (docs/rules.md 2)."""
    return _ahead(practice.visits.all(), now)


def _ahead(visits: "QuerySet[Visit]", now: datetime) -> "QuerySet[Visit]":
    pending = Message.objects.filter(visit_id=OuterRef("id"), status__in=(MessageStatus.PLANNED, MessageStatus.WAITING))
    return visits.filter(end__gt=now - ECHO).filter(Q(end__gt=now) | Exists(pending))


def ids_ahead_of(practice: Practice, patient_ids: Collection[int], now: datetime) -> set[int]:
    """The visits to plan anew when something about these patients changes, also those just given away."""
    theirs = Q(patient_id__in=patient_ids) | Q(former_patient_id__in=patient_ids)
    rows = _ahead(Visit.objects.filter(theirs), now).values_list("id", "practice_id")
    return {key for key, practice_id in rows if practice_id == practice.pk}  # see `_SIBLINGS`


def visits_ahead_of(practice: Practice, patient_ids: Collection[int], now: datetime) -> list[int]:
    """As `ids_ahead_of`; the visits and their messages are locked, so that the cards may be locked next."""
    ids = sorted(ids_ahead_of(practice, patient_ids, now))
    lock_with_messages(practice, ids)
    return ids


def lock_with_messages(practice: Practice, visit_ids: Collection[int]) -> None:
    """Lock visits, then all of their messages."""
    lock(practice, visit_ids)
    if visit_ids:
        _MESSAGES_LOCKED.ask(visit_ids)
