"""Taking back an import: a file of visits brought its patients too, and what one call took in goes together."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from myosotis.flows import import_undone
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.import_undone import Undone
from myosotis.store.models import ImportBatch


@transaction.atomic
def undo(batch: ImportBatch, actor: Actor, now: datetime) -> list[tuple[str, Undone]]:
    """Undo a batch and those of the same import; for each what it held and what became of it.

    Raises Conflict (`undone_already`).
    """
    done = list(_undone(batch, actor, now))
    if not done:
        raise Conflict("undone_already")
    return done


def _undone(batch: ImportBatch, actor: Actor, now: datetime) -> Iterator[tuple[str, Undone]]:
    together = batch.practice.import_batches.filter(
        file_hash=batch.file_hash, undone_at=None, started_at=batch.started_at
    )
    for one in together.order_by("-id"):
        yield one.what, import_undone.undo(practice=batch.practice, batch_id=one.pk, actor=actor, now=now)
