"""Noting what is about to be handed over: what was claimed and not noted surely never left (docs/rules.md 7.3, 7.4)."""

from collections.abc import Collection, Iterable, Sequence

from django.db import connection
from django.db.models import Exists, OuterRef

from myosotis.store import single
from myosotis.store.models import HandOver, QueueEntry
from myosotis.store.queue import claims
from myosotis.store.queue.claim import Claimed
from myosotis.value_class import value_class

Try = tuple[int, int]
"""A message's id, and the number of its try."""


@value_class(kw_only=False)
class Note:
    """That these may be handed over from now on."""

    id: int
    messages: frozenset[int]


def note(messages: Iterable[Claimed], *, worker: str) -> Note | None:
    """Note these, in one row however many they are; committed when this returns, outside of a transaction."""
    tries = [(message.id, message.attempts) for message in messages]
    if not tries:
        return None
    row = HandOver(worker=worker, tries=tries)
    single.add(row)
    return Note(row.pk, frozenset(key for key, _ in tries))


def lost(noted: Sequence[Claimed], *, worker: str) -> frozenset[int]:
    """Of what was noted, the ids of which the claim does not stand any more: a rescuer took it for left behind.

    Who has them next may be this worker itself, by another claim. Asked once the note is committed: a rescuer either sees
    the note, or is through before it (`hold_still`), and then its change is seen here. So nothing goes both by us and by
    those who have it next.
    """
    standing = {key: (claim.by, claim.at) for key, claim in claims.of([message.id for message in noted]).items()}
    return frozenset(message.id for message in noted if standing.get(message.id) != (worker, message.claimed_at))


def hold_still() -> None:
    """Let nobody write a note until this transaction ends, and see all that were written."""
    if connection.vendor == "postgresql":  # SQLite has one writer at a time anyway
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {HandOver._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def forget(notes: Collection[Note]) -> None:
    """Remove notes of messages that all are recorded."""
    if notes:
        HandOver.objects.filter(id__in=[note.id for note in notes]).delete()


def noted(worker: str) -> frozenset[Try]:
    """What this worker may have handed over."""
    rows = HandOver.objects.filter(worker=worker).values_list("tries", flat=True)
    return frozenset((key, attempt) for tries in rows for key, attempt in tries)


def sweep(me: str) -> None:
    """Remove notes of other workers that have nothing claimed any more."""
    claimed = QueueEntry.objects.filter(claimed_by=OuterRef("worker"), claimed_at__isnull=False)
    HandOver.objects.exclude(worker=me).filter(~Exists(claimed)).delete()
