"""What a dispatcher that died left claimed (docs/rules.md 7.3, 7.4)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from myosotis.domain.words import Channel
from myosotis.store.models import Message, QueueEntry
from myosotis.store.queue import claim, hand_over, record, settle
from myosotis.store.queue.claims import Held
from myosotis.value_class import value_class

BATCH: Final = 500


@value_class(kw_only=False)
class Standing:
    """A claim that somebody has."""

    worker: str
    name: int


@value_class(kw_only=False)
class Orphan:
    """A message whose dispatcher is gone and was about to hand it over: it may have left, or not."""

    id: int
    practice_id: int
    visit_id: int | None
    channel: Channel
    attempts: int
    claim: int
    claimed_at: datetime
    sent_at: datetime | None
    """Of an earlier try that had no answer."""

    @property
    def held(self) -> Held:
        return self.id, self.claim


Verdict = Callable[[Sequence[Orphan]], Sequence[record.Result]]


def standing() -> list[Standing]:
    """All claims of which something is not settled yet."""
    claimed = QueueEntry.objects.filter(claim__isnull=False).order_by("claimed_by", "claim")
    rows = claimed.values_list("claimed_by", "claim").distinct()
    return [Standing(worker, name) for worker, name in rows if name is not None]


def rescue(left: Standing, *, now: datetime, verdict: Verdict) -> int:
    """Settle a claim that its worker left behind; how many messages.

    What was never about to be handed over is planned as before; `verdict` speaks on the rest.
    """
    count = 0
    while found := _rescue_some(left, now, verdict):
        count += found
    return count


def _rescue_some(left: Standing, now: datetime, verdict: Verdict) -> int:
    with transaction.atomic():
        rows = QueueEntry.objects.filter(claim=left.name).order_by("message_id")
        batch = list(rows.values_list("message_id", "visit_id")[:BATCH])
        if not batch:
            return 0
        settle.lock({visit for _, visit in batch if visit is not None})
        messages = Message.objects.filter(id__in=[key for key, _ in batch]).order_by("id")
        if connection.features.has_select_for_update_skip_locked:
            messages = messages.select_for_update(skip_locked=True, no_key=True)
            rows = rows.select_for_update(skip_locked=True, no_key=True)
        free = list(messages.values_list("id", flat=True))
        columns = ("message_id", "practice_id", "visit_id", "channel", "attempts", "claim", "claimed_at", "sent_at")
        found = [
            Orphan(key, practice, visit, Channel(channel), *rest)
            for key, practice, visit, channel, *rest in rows.filter(message_id__in=free).values_list(*columns)
        ]
        hand_over.hold_still()  # a worker that lives after all may be noting: it sees our change, or we see its note
        noted = hand_over.noted(left.worker)
        claim.release([orphan.held for orphan in found if orphan.held not in noted])
        record.write(verdict([orphan for orphan in found if orphan.held in noted]), now=now)
    return len(found)
