"""Noting what is about to be handed over: what was claimed and not noted surely never left (docs/rules.md 7.3, 7.4)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from myosotis.domain.words import MessageStatus
from myosotis.store.models import HandOver, Message
from myosotis.store.queue.claim import Claimed

Try = tuple[int, int]
"""A message's id, and the number of its try."""


@dataclass(frozen=True, slots=True)
class Note:
    """That these may be handed over from now on."""

    id: int
    messages: frozenset[int]


def note(messages: Iterable[Claimed], *, worker: str) -> Note | None:
    """Note these, in one row however many they are; committed when this returns, outside of a transaction."""
    tries = [(message.id, message.attempts) for message in messages]
    if not tries:
        return None
    row = HandOver.objects.create(worker=worker, tries=tries)
    return Note(row.pk, frozenset(key for key, _ in tries))


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
    claimed = Message.objects.filter(claimed_by=OuterRef("worker"), status=MessageStatus.CLAIMED)
    claimed = claimed.extra(where=["status = 'claimed'"])
    HandOver.objects.exclude(worker=me).filter(~Exists(claimed)).delete()
