"""Taking a file in, some rows at a time: each lot is one transaction, and a broken import goes on where it stopped."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import transaction

from myosotis import clock
from myosotis.domain.words import Party, VisitStatus
from myosotis.flows import blocked_time_imported, import_batches, patients_imported, visits_imported
from myosotis.flows.actor import SYSTEM, Actor
from myosotis.flows.blocked_time_imported import BlockedInput
from myosotis.flows.visits_imported import VisitInput
from myosotis.importing.people import Faces, card_of_reference, card_of_row
from myosotis.importing.places import Places
from myosotis.importing.report import Report
from myosotis.intake import EventRow, EventStatus, PatientRow, RowProblem, RowResult, VisitRow
from myosotis.intake.table import Source, binary
from myosotis.store.models import Calendar, ImportBatch, Practice
from myosotis.value_class import value_class

AHEAD = timedelta(days=366)
"""So far ahead events of a calendar file are taken."""
LOT = 1000
DEFAULT_MINUTES = 30
BATCHES = {"patients": ("patients",), "visits": ("patients", "visits"), "events": ("visits", "events")}
"""What one file of each sort is taken in as; the last names the import."""
Value = TypeVar("Value")


@value_class(kw_only=False)
class Lot(Generic[Value]):
    """Some rows that are taken together; `done` counts the rows of the file up to its last."""

    rows: tuple[RowResult[Value], ...]
    done: int

    @property
    def values(self) -> list[Value]:
        return [row.value for row in self.rows if row.value is not None]

    @property
    def problems(self) -> list[RowProblem]:
        return [problem for row in self.rows for problem in row.problems]


Take = Callable[[Sequence[int], Lot[Value], datetime], None]
"""Takes a lot into batches (their ids), at an instant."""


def hash_of(source: Source) -> str:
    """SHA-256 of a file, hexadecimal."""
    with binary(source) as file:
        return hashlib.sha256(file.read()).hexdigest()


def lots(results: Iterable[RowResult[Value]], done: int = 0) -> Iterator[Lot[Value]]:
    """Rows in lots; they are counted as they come, from `done` on."""
    waiting: list[RowResult[Value]] = []
    for result in results:
        waiting.append(result)
        done += 1
        if len(waiting) == LOT:
            yield Lot(tuple(waiting), done)
            waiting = []
    if waiting:
        yield Lot(tuple(waiting), done)


def _refusals(problems: Sequence[RowProblem]) -> list[import_batches.Problem]:
    return [
        {"row": one.row, "field": one.field, "code": one.code.value, "allowed": list(one.allowed)}
        for one in problems
        if one.is_error
    ]


def _note(lot: Lot[Value], report: Report) -> None:
    for row in lot.rows:
        report.take(row.problems, refused=row.value is None)
    report.progress(lot.done)


class Import:
    """One file on its way into a practice. A file of visits has a batch for its patients beside its own.

    `dry` takes each lot in the same way and gives it back at once, so that it says what the import itself would say
    and holds the database no longer than that. Only what rows of different lots have in common counts as new in each.

    Where each request may take a short while only, the rows given begin after the first `after` ones, and `enough`,
    asked after each lot, says that the rest is for another time.
    """

    def __init__(
        self,
        practice: Practice,
        source: Source,
        report: Report,
        *,
        actor: Actor = SYSTEM,
        announce: bool = False,
        dry: bool = False,
        after: int = 0,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        self._practice = practice
        self._hash = hash_of(source)
        self._actor = actor
        self._report = report
        self._announce = announce
        self._dry = dry
        self._after = after
        self._enough = enough
        self._started = clock.now()
        """The same for every batch of this import: by it an undo finds them all."""

    def _begin(self, whats: Sequence[str]) -> list[ImportBatch]:
        """The batches of this file: new, or those that it has already (a dry run gives new ones back)."""
        return [
            import_batches.begin(
                practice=self._practice,
                what=what,
                file_hash=self._hash,
                actor=self._actor,
                now=self._started,
                announce=self._announce and what == "visits",
            )
            for what in whats
        ]

    def _run(self, whats: Sequence[str], results: Iterable[RowResult[Value]], take: Take[Value]) -> str:
        """Take every lot that is not done yet; the id of the import: of the last of its batches, "" where more is left."""
        with self._kept():
            done = max(batch.rows_done for batch in self._begin(whats))
        for lot in lots(results, self._after):
            _note(lot, self._report)
            if lot.done > done:
                with self._kept():
                    take([batch.pk for batch in self._begin(whats)], lot, clock.now())
            if self._enough():
                return ""
        with self._kept():
            batches = self._begin(whats)
            for batch in batches:
                import_batches.finish(practice=self._practice, batch_id=batch.pk, actor=self._actor, now=clock.now())
        return str(batches[-1].uuid)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """A transaction; of a dry run, one that comes to nothing."""
        with transaction.atomic():
            yield
            if self._dry:
                transaction.set_rollback(True)

    def patients(self, results: Iterable[RowResult[PatientRow]]) -> str:
        def take(batches: Sequence[int], lot: Lot[PatientRow], now: datetime) -> None:
            taken = patients_imported.take(
                practice=self._practice,
                batch_id=batches[0],
                rows=[card_of_row(row) for row in lot.values],
                rows_done=lot.done,
                actor=self._actor,
                now=now,
                problems=_refusals(lot.problems),
            )
            self._count(taken.added, taken.changed, taken.unchanged)

        return self._run(BATCHES["patients"], results, take)

    def visits(self, results: Iterable[RowResult[VisitRow]], places: Places) -> str:
        def take(batches: Sequence[int], lot: Lot[VisitRow], now: datetime) -> None:
            people, visits = batches
            known = patients_imported.take(
                practice=self._practice,
                batch_id=people,
                rows=[card_of_reference(row.row, row.patient) for row in lot.values],
                rows_done=lot.done,
                actor=self._actor,
                now=now,
            )
            taken = visits_imported.take(
                practice=self._practice,
                batch_id=visits,
                rows=[_visit(row, known.patients[row.row], places) for row in lot.values],
                rows_done=lot.done,
                actor=self._actor,
                now=now,
                problems=_refusals(lot.problems),
            )
            self._count(taken.added, taken.changed, taken.unchanged)

        return self._run(BATCHES["visits"], results, take)

    def events(self, results: Iterable[RowResult[EventRow]], calendar: Calendar) -> str:
        """Events of one calendar: visits of single patients whom they name, else blocked time."""
        faces = Faces(self._practice)

        def take(batches: Sequence[int], lot: Lot[EventRow], now: datetime) -> None:
            visits, blocked = batches
            whom = [(row, faces.of(row)) for row in lot.values if not row.all_day or row.busy]
            taken = visits_imported.take(
                practice=self._practice,
                batch_id=visits,
                rows=[
                    _event_visit(row, patient, calendar)
                    for row, patient in whom
                    if patient is not None and not row.all_day
                ],
                rows_done=lot.done,
                actor=self._actor,
                now=now,
                problems=_refusals(lot.problems),
            )
            self._count(taken.added, taken.changed, taken.unchanged)
            rest = [row for row, patient in whom if (patient is None or row.all_day)]
            blocked_time_imported.take(
                practice=self._practice,
                batch_id=blocked,
                rows=[_blocked(row, calendar) for row in rest],
                rows_done=lot.done,
                actor=self._actor,
                now=now,
            )
            self._report.blocked += sum(row.busy and row.status is not EventStatus.CANCELLED for row in rest)

        return self._run(BATCHES["events"], results, take)

    def _count(self, added: int, changed: int, unchanged: int) -> None:
        self._report.added += added
        self._report.changed += changed
        self._report.unchanged += unchanged


def _visit(row: VisitRow, patient_id: int, places: Places) -> VisitInput:
    calendar = places.find(row.calendar)
    assert isinstance(calendar, Calendar), "the reader refused rows without a calendar"  # noqa: S101 - its own contract
    service = places.service(calendar, row.service)
    minutes = row.duration_minutes or (service.minutes if service is not None else DEFAULT_MINUTES)
    return VisitInput(
        row=row.row,
        calendar_id=calendar.pk,
        patient_id=patient_id,
        start=row.start,
        end=row.start + timedelta(minutes=minutes),
        external_id=row.external_id,
        service_id=service.pk if service is not None else None,
        booked_at=row.booked_at,
        booked_by=row.booked_by or Party.PRACTICE,
        status=row.status or VisitStatus.BOOKED,
        cancelled_by=row.cancelled_by or Party.PRACTICE,
    )


def _event_visit(row: EventRow, patient_id: int, calendar: Calendar) -> VisitInput:
    cancelled = row.status is EventStatus.CANCELLED
    return VisitInput(
        row=row.row,
        calendar_id=calendar.pk,
        patient_id=patient_id,
        start=row.start,
        end=row.end,
        source_uid=row.uid,
        source_recurrence=row.recurrence_id,
        status=VisitStatus.CANCELLED if cancelled else VisitStatus.BOOKED,
    )


def _blocked(row: EventRow, calendar: Calendar) -> BlockedInput:
    return BlockedInput(
        calendar_id=calendar.pk,
        start=row.start,
        end=row.end,
        source_uid=row.uid,
        source_recurrence=row.recurrence_id,
        gone=row.status is EventStatus.CANCELLED or not row.busy,
    )
