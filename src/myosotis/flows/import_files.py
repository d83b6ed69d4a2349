"""A file that staff uploaded: tried in pieces, taken in in pieces, removed when it is done (docs/rules.md 2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.import_batches import MOST_PROBLEMS, Problem
from myosotis.store.models import ImportFile, Practice

PATIENCE: Final = timedelta(seconds=60)
"""Longer no request works on one piece: what is still taken then was left by a process that died."""


@transaction.atomic
def keep(
    *,
    practice: Practice,
    what: str,
    calendar_id: int | None,
    name: str,
    sealed: bytes,
    file_hash: str,
    total: int,
    columns: Sequence[tuple[str, str]],
    problems: Sequence[Problem],
    actor: Actor,
    now: datetime,
) -> ImportFile:
    """Keep an uploaded file, sealed by the caller, until it is done; a day at most. Raises NotFound (calendar)."""
    if calendar_id is not None:
        found.one(practice.calendars.filter(id=calendar_id), "calendar")
    file = ImportFile.objects.create(
        practice=practice,
        what=what,
        calendar_id=calendar_id,
        name=name,
        sealed=sealed,
        file_hash=file_hash,
        by_id=actor.staff_user_id,
        uploaded_at=now,
        total=total,
        columns=list(columns),
        problems=list(map(dict, problems)),
    )
    records.audit(practice, "import.uploaded", "import_file", file.pk, now=now, actor=actor)
    return file


@transaction.atomic
def occupy(*, practice: Practice, file_id: int, wall: datetime) -> ImportFile:
    """Take a file to work on its next piece; `wall` is the real instant. Raises NotFound, and Conflict (`busy`)."""
    file = _locked(practice, file_id)
    if file.busy_until is not None and file.busy_until > wall:
        raise Conflict("busy")
    file.busy_until = wall + PATIENCE
    file.save(update_fields=["busy_until"])
    return file


@transaction.atomic
def note_tried(
    *, file: ImportFile, done: int, counts: Mapping[str, int], problems: Sequence[Problem], ended: bool, now: datetime
) -> None:
    """Add what the dry run found in one more piece, and let go of the file."""
    file.done = done
    file.counts = {name: file.counts.get(name, 0) + count for name, count in counts.items()}
    file.problems = [*file.problems, *map(dict, problems)][:MOST_PROBLEMS]
    file.tried_at = now if ended else None
    file.busy_until = None
    file.save(update_fields=["done", "counts", "problems", "tried_at", "busy_until"])


@transaction.atomic
def begin(*, practice: Practice, file_id: int, announce: bool, now: datetime) -> ImportFile:
    """Say that the file is to be taken in; said again, nothing changes. Raises NotFound, and Conflict (`not_tried`)."""
    file = _locked(practice, file_id)
    if file.tried_at is None:
        raise Conflict("not_tried")
    if file.begun_at is None:
        file.begun_at, file.announce, file.done = now, announce and file.what == "visits", 0
        file.save(update_fields=["begun_at", "announce", "done"])
    return file


def let_go(*, file: ImportFile, done: int) -> None:
    """A piece is taken in; the next may begin."""
    file.done, file.busy_until = done, None
    file.save(update_fields=["done", "busy_until"])


@transaction.atomic
def remove(*, practice: Practice, file_id: int, actor: Actor, now: datetime) -> None:
    """Remove a file that is not wanted, or done; what was taken of it stays. Raises NotFound."""
    file = _locked(practice, file_id)
    records.audit(practice, "import.file_removed", "import_file", file.pk, now=now, actor=actor)
    file.delete()


def forget(*, practice: Practice, file_hash: str) -> None:
    """Remove what waits to be taken in of a file whose import was undone: else a page left open would go on with it."""
    practice.import_files.filter(file_hash=file_hash, begun_at__isnull=False).delete()


def _locked(practice: Practice, file_id: int) -> ImportFile:
    return found.one(practice.import_files.filter(id=file_id).select_for_update(of=("self",)), "import file")
