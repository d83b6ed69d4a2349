"""An uploaded file, tried and then taken in a piece at a time: no request works for long, and a closed page goes on later."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from myosotis import clock
from myosotis.domain.words import Language
from myosotis.flows import found, import_batches, import_files
from myosotis.flows.actor import Actor
from myosotis.importing.places import Places
from myosotis.importing.report import Report
from myosotis.importing.run import AHEAD, BATCHES, Import, hash_of
from myosotis.intake import RowProblem, RowResult, open_calendar, open_patients, open_visits, recognise
from myosotis.intake.problems import Code
from myosotis.intake.rows import TableFile
from myosotis.store.models import Calendar, ImportBatch, ImportFile, Practice
from myosotis.store.sealing import seal_file, unseal_file
from myosotis.value_class import value_class

PIECE_SECONDS: Final = 2.0
"""After so long, opening the file not counted, a piece ends with its lot of rows, which itself takes about a second."""


@value_class
class Opened:
    """A file that can be taken in."""

    total: int
    columns: tuple[tuple[str, str], ...]
    problems: tuple[RowProblem, ...]
    run: Callable[[Import, int], str]
    """Takes its rows by an import, but for the first so many; as `Import` does."""


class CalendarMissingError(Exception):
    """Events can be taken in only for one calendar."""


def upload(
    *, practice: Practice, data: bytes, name: str, what: str, calendar_id: int | None, actor: Actor, now: datetime
) -> ImportFile:
    """Keep an uploaded file; `what` is told from the file where it is empty.

    Raises FileRefusedError where nothing can be taken of it, CalendarMissingError, and NotFound (calendar).
    """
    what = what or recognise(BytesIO(data))
    calendar = None
    if calendar_id is not None:
        calendar = found.one(practice.calendars.select_related("doctor", "address").filter(id=calendar_id), "calendar")
    opened = _open(practice, BytesIO(data), what, calendar, now)
    return import_files.keep(
        practice=practice,
        what=what,
        calendar_id=calendar_id,
        name=name,
        sealed=seal_file(data),
        file_hash=hash_of(BytesIO(data)),
        total=opened.total,
        columns=opened.columns,
        problems=[kept(one) for one in opened.problems],
        actor=actor,
        now=now,
    )


def _open(practice: Practice, source: BytesIO, what: str, calendar: Calendar | None, now: datetime) -> Opened:
    places = Places.of(practice, calendar)
    if what == "patients":
        patients = open_patients(source)
        return _table(patients, lambda job, after: job.patients(patients.rows(after)))
    if what == "visits":
        visits = open_visits(source, zone_of=places.zone, calendars=places.names)
        return _table(visits, lambda job, after: job.visits(visits.rows(after), places))
    if calendar is None:
        raise CalendarMissingError
    events = open_calendar(source, zone=calendar.address.zone, since=now, until=now + AHEAD)
    rest = lambda job, after: job.events(_after(events.rows(), after), calendar)  # noqa: E731 - as the two above
    return Opened(total=events.total, columns=(), problems=(), run=rest)


def _table(file: TableFile, run: Callable[[Import, int], str]) -> Opened:
    taken = sorted((column for columns in file.columns.taken.values() for column in columns), key=lambda one: one.index)
    columns = tuple((column.heading, column.field.value) for column in taken)
    return Opened(total=file.total, columns=columns, problems=file.problems, run=run)


def _after(results: Iterator[RowResult[Any]], after: int) -> Iterator[RowResult[Any]]:
    """The occurrences of a calendar file are many for one event, so they are read again and passed over."""
    return (result for place, result in enumerate(results) if place >= after)


def kept(problem: RowProblem) -> dict[str, Any]:
    """A problem as it is kept; no patient data is in it."""
    said = {name: value for name, value in asdict(problem).items() if value}
    return {**said, "row": problem.row, "code": problem.code.value, "allowed": list(problem.allowed)}


def problem_of(said: dict[str, Any]) -> RowProblem:
    """A problem as it was kept with a file or a batch."""
    known = {name: said[name] for name in ("row", "field", "column", "last_row", "uid") if name in said}
    return RowProblem(**{"field": "", **known}, code=Code(said["code"]), allowed=tuple(said.get("allowed", ())))


@dataclass(slots=True)
class _Piece(Report):
    """The report of one piece; it knows how far the piece came."""

    done: int = 0

    def progress(self, done: int) -> None:
        self.done = done


def work(*, practice: Practice, file_id: int, actor: Actor) -> ImportBatch | None:
    """Try, or take in, the next piece of a file; the import once all is taken, when the file is gone.

    Raises NotFound, and Conflict (`busy` while another request works on it).
    """
    file = import_files.occupy(practice=practice, file_id=file_id, wall=clock.wall())
    if file.begun_at is not None:
        return _take(practice, file, actor)
    if file.tried_at is None:
        _try(practice, file, actor)
    else:
        import_files.let_go(file=file, done=file.done)
    return None


def _try(practice: Practice, file: ImportFile, actor: Actor) -> None:
    piece = _Piece(file.total, Language(practice.language), done=file.done)
    ended = bool(_run(practice, file, actor, piece, after=file.done, dry=True))
    counts = {name: getattr(piece, name) for name in ("added", "changed", "unchanged", "blocked", "refused")}
    problems = [kept(one) for one in piece.problems]
    import_files.note_tried(
        file=file, done=piece.done, counts=counts, problems=problems, ended=ended, now=clock.now()
    )  # fmt: skip


def _take(practice: Practice, file: ImportFile, actor: Actor) -> ImportBatch | None:
    last = BATCHES[file.what][-1]
    finished = practice.import_batches.filter(
        what=last, file_hash=file.file_hash, started_at__gte=file.begun_at, finished_at__isnull=False
    ).last()
    if finished is None:
        begun = import_batches.broken_off(practice, last, file.file_hash, announce=file.announce)
        after = begun.rows_done if begun is not None else 0
        piece = _Piece(file.total, Language(practice.language), done=after)
        batch = _run(practice, file, actor, piece, after=after, dry=False)
        if not batch:
            import_files.let_go(file=file, done=piece.done)
            return None
        finished = practice.import_batches.get(uuid=batch)
    import_files.remove(practice=practice, file_id=file.pk, actor=actor, now=clock.now())
    return finished


def _run(practice: Practice, file: ImportFile, actor: Actor, report: Report, *, after: int, dry: bool) -> str:
    source = BytesIO(unseal_file(bytes(file.sealed)))
    opened = _open(practice, source, file.what, file.calendar, file.uploaded_at)
    until = time.monotonic() + PIECE_SECONDS
    job = Import(
        practice,
        source,
        report,
        actor=actor,
        announce=file.announce,
        dry=dry,
        after=after,
        enough=lambda: time.monotonic() > until,
    )
    return opened.run(job, after)
