"""Noting what is about to be handed over: what was claimed and not noted surely never left (docs/rules.md 7.3, 7.4)."""

import json
from collections.abc import Collection, Sequence
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from myosotis.store import bulk, prepared
from myosotis.store.models import HandOver, MessageLinks, QueueEntry
from myosotis.store.prepared import Place, Statement
from myosotis.store.queue import claims, links
from myosotis.store.queue.claim import Claimed
from myosotis.store.queue.claims import Held
from myosotis.store.queue.links import MakeHashes
from myosotis.value_class import value_class

_NOTE: Final = Statement(
    f"""
WITH hashed AS (
    INSERT INTO store_messagelinks ({", ".join(links.COLUMNS)})
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])
    ON CONFLICT DO NOTHING
)
INSERT INTO store_handover (worker, held) VALUES (%s, %s::jsonb) RETURNING id
""",  # noqa: S608 - constants
    tuple(map(Place, range(len(links.COLUMNS) + 2))),
)


@value_class(kw_only=False)
class Note:
    """That these may be handed over from now on."""

    id: int
    messages: frozenset[int]


def note(messages: Sequence[Claimed], *, worker: str, hashes: MakeHashes) -> Note | None:
    """Note these, in one row however many they are, and write the hashes of the links that they are about to carry.

    Committed when this returns, outside of a transaction.
    """
    if not messages:
        return None
    held = [message.held for message in messages]
    hashed = [(one.id, one.practice_id, *hashes(one.uuid, one.kind, one.channel)) for one in messages]
    return Note(_written(worker, held, hashed), frozenset(key for key, _ in held))


def _written(worker: str, held: Sequence[Held], hashed: Sequence[bulk.Row]) -> int:
    """The id of the note; on PostgreSQL in one trip."""
    if connection.vendor == "postgresql":
        columns = [bulk.array(column) for column in zip(*hashed, strict=True)]
        [[(key,)]] = prepared.run((_NOTE, [*columns, worker, json.dumps(held)]))
        return int(key)
    with transaction.atomic():
        bulk.insert(MessageLinks, links.COLUMNS, hashed, unless_there=True)
        return HandOver.objects.create(worker=worker, held=held).pk


def lost(noted: Sequence[Claimed]) -> frozenset[Held]:
    """Of what was noted, that of which the claim does not stand any more: a rescuer took it for left behind.

    Who has it next may be the same worker, by another claim. Asked once the note is committed: a rescuer either sees the
    note, or is through before it (`hold_still`), and then its change is seen here. So nothing goes both by us and by
    those who have it next.
    """
    return frozenset([message.held for message in noted]) - claims.standing([message.id for message in noted])


def hold_still() -> None:
    """Let nobody write a note until this transaction ends, and see all that were written."""
    if connection.vendor == "postgresql":  # SQLite has one writer at a time anyway
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {HandOver._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def forget(notes: Collection[Note]) -> None:
    """Remove notes of messages that all are recorded."""
    if notes:
        HandOver.objects.filter(id__in=[note.id for note in notes]).delete()


def noted(worker: str) -> frozenset[Held]:
    """What this worker may have handed over, and by which claim."""
    rows = HandOver.objects.filter(worker=worker).values_list("held", flat=True)
    return frozenset((key, name) for held in rows for key, name in held)


def sweep(me: str) -> None:
    """Remove notes of other workers that have nothing claimed any more."""
    claimed = QueueEntry.objects.filter(claimed_by=OuterRef("worker"), claim__isnull=False)
    HandOver.objects.exclude(worker=me).filter(~Exists(claimed)).delete()
