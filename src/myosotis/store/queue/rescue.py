"""What a dispatcher that died left claimed (docs/rules.md 7.3, 7.4)."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from myosotis.domain.words import Channel
from myosotis.store.models import Message, QueueEntry
from myosotis.store.queue import claim, hand_over, record, settle
from myosotis.store.queue.claims import Held
from myosotis.value_class import value_class

BATCH: Final = 500


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


def workers() -> list[str]:
    """All who have something claimed."""
    claimed = QueueEntry.objects.filter(claimed_at__isnull=False)
    return sorted(claimed.order_by().values_list("claimed_by", flat=True).distinct())


def rescue(
    *,
    me: str,
    dead: Collection[str],
    lease: timedelta,
    now: datetime,
    verdict: Callable[[Sequence[Orphan]], Sequence[record.Result]],
) -> int:
    """Settle what others left: those known to be dead at once, all others when their lease is over; how many messages.

    What was never about to be handed over is planned as before; `verdict` speaks on the rest. `me` is among `dead` if what
    we have claimed is known to be lost.
    """
    count = 0
    while found := _rescue_some(me, dead, now - lease, now, verdict):
        count += found
    return count


def _rescue_some(
    me: str,
    dead: Collection[str],
    before: datetime,
    now: datetime,
    verdict: Callable[[Sequence[Orphan]], Sequence[record.Result]],
) -> int:
    with transaction.atomic():
        left = QueueEntry.objects.filter(
            Q(claimed_at__lte=before) | Q(claimed_by__in=dead), claimed_at__isnull=False
        ).order_by("claimed_by", "message_id")
        if me not in dead:
            left = left.exclude(claimed_by=me)
        worker = left.values_list("claimed_by", flat=True).first()
        if worker is None:
            return 0
        rows = left.filter(claimed_by=worker)
        batch = list(rows.values_list("message_id", "visit_id")[:BATCH])
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
        noted = hand_over.noted(worker)
        claim.release([orphan.held for orphan in found if orphan.held not in noted])
        record.write(verdict([orphan for orphan in found if orphan.held in noted]), now=now)
    return len(found)
