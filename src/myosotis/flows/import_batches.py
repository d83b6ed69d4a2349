"""A file is taken in as a batch: begun, resumed where it broke off, finished (docs/rules.md 2, "Imported visits")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.store.models import ImportBatch, Practice

Problem = Mapping[str, str | int | Sequence[str]]
"""Row number, field, code and what is allowed; never patient data."""
MOST_PROBLEMS: Final = 10_000
"""Kept with a batch; a file with more is the wrong file."""


@transaction.atomic
def begin(
    *, practice: Practice, what: str, file_hash: str, actor: Actor, now: datetime, announce: bool = False
) -> ImportBatch:
    """A new batch for a file (`file_hash`: SHA-256, hexadecimal), or the one that broke off over the same file.

    `rows_done` of the batch says how many rows to leave out. With `announce` imported visits get `details`.
    """
    begun = broken_off(practice, what, file_hash, announce=announce)
    if begun is not None:
        return begun
    batch = ImportBatch.objects.create(
        practice=practice, what=what, file_hash=file_hash, announce=announce, started_at=now
    )
    records.audit(practice, "import.begun", "import", batch.pk, now=now, actor=actor)
    return batch


def broken_off(practice: Practice, what: str, file_hash: str, *, announce: bool) -> ImportBatch | None:
    """The batch that was begun over a file, and not finished."""
    same = practice.import_batches.filter(what=what, file_hash=file_hash, finished_at=None, undone_at=None)
    return same.filter(announce=announce).order_by("-id").first()


def locked(practice: Practice, batch_id: int, rows_done: int) -> ImportBatch:
    """The batch, locked; raises NotFound, and Conflict (`batch_closed`, `rows_done_already`)."""
    batch = found.one(practice.import_batches.filter(id=batch_id).order_by().select_for_update(no_key=True), "import")
    if batch.finished_at is not None or batch.undone_at is not None:
        raise Conflict("batch_closed")
    if rows_done <= batch.rows_done:
        raise Conflict("rows_done_already")
    return batch


def note(
    batch: ImportBatch, *, added: int, changed: int, unchanged: int, rows_done: int, problems: Sequence[Problem]
) -> None:
    """Count what became of some rows, in the transaction that wrote them."""
    batch.added += added
    batch.changed += changed
    batch.unchanged += unchanged
    batch.rows_done = rows_done
    batch.problems = [*batch.problems, *map(dict, problems)][:MOST_PROBLEMS]
    batch.save()


@transaction.atomic
def finish(*, practice: Practice, batch_id: int, actor: Actor, now: datetime) -> ImportBatch:
    """All rows are done. Raises NotFound."""
    batch = found.one(practice.import_batches.filter(id=batch_id), "import")
    if batch.finished_at is None:
        batch.finished_at = now
        batch.save(update_fields=["finished_at"])
        records.audit(practice, "import.finished", "import", batch.pk, now=now, actor=actor)
    return batch
