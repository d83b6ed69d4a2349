"""Imports as pages show them: a file on its way, and what was taken in before."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.utils.functional import Promise

from myosotis.domain.words import Language
from myosotis.importing.pieces import problem_of
from myosotis.intake import Field, FileRefusedError, field_text, problem_text
from myosotis.store.models import ImportBatch, ImportFile, Practice
from myosotis.value_class import value_class
from myosotis.web.desk.imports.forms import SORTS

SHOWN: Final = 50
"""So many problems stand on the page; the file has them all."""
HISTORY: Final = 60
"""So many batches are looked back over."""


@value_class(kw_only=False)
class Problem:
    """One row that was refused, or taken and flagged."""

    row: int
    column: str
    refused: bool
    text: str


def problems(kept: Iterable[dict[str, Any]], language: Language) -> Iterator[Problem]:
    """Problems as they were kept with a file or a batch, in words."""
    for said in kept:
        one = problem_of(said)
        yield Problem(one.row, one.column or _field(one.field, language), one.is_error, problem_text(one, language))


def _field(field: str, language: Language) -> str:
    """Our word for a field in words; of an event it is the file's own property, which stays as it is."""
    return field_text(field, language) if field in set(Field) else field


def refusals(error: FileRefusedError, language: Language) -> list[str]:
    """Why nothing can be taken of a file."""
    return [problem_text(one, language) for one in error.problems]


def columns(file: ImportFile, language: Language) -> list[tuple[str, str]]:
    """Each heading that is understood, and what it was taken for."""
    return [(heading, field_text(field, language)) for heading, field in file.columns]


@value_class
class Taken:
    """One import: its batches together. `pk` is that of the last, which names it."""

    pk: int
    what: str
    sort: "str | Promise"
    announce: bool
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    people_added: int
    people_changed: int
    added: int
    changed: int
    unchanged: int
    blocked: int
    problems: list[dict[str, Any]]

    @classmethod
    def of(cls, batches: list[ImportBatch]) -> "Taken":
        """The batches of one file, in their order."""
        last, by_what = batches[-1], {batch.what: batch for batch in batches}
        main = by_what.get("visits", last)
        people = by_what.get("patients") if main.what == "visits" else None
        events = by_what.get("events")
        return cls(
            pk=last.pk,
            what=last.what,
            sort=SORTS.get(last.what, last.what),
            announce=main.announce,
            started_at=last.started_at,
            finished_at=last.finished_at,
            undone_at=last.undone_at,
            people_added=people.added if people else 0,
            people_changed=people.changed if people else 0,
            added=main.added,
            changed=main.changed,
            unchanged=main.unchanged,
            blocked=events.added + events.changed if events else 0,
            problems=[said for batch in batches for said in batch.problems],
        )


def _together(batch: ImportBatch) -> tuple[datetime, str]:
    return batch.started_at, batch.file_hash


def history(practice: Practice) -> list[Taken]:
    """The last imports, the newest first."""
    rows = list(practice.import_batches.order_by("-id")[:HISTORY])
    return [Taken.of(list(group)[::-1]) for _, group in groupby(rows, _together)]


def import_of(batch: ImportBatch) -> Taken:
    """The whole import that a batch belongs to."""
    same = batch.practice.import_batches.filter(started_at=batch.started_at, file_hash=batch.file_hash)
    return Taken.of(list(same.order_by("id")))
