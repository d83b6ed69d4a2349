"""What a dispatcher that died left claimed (docs/rules.md 7.3, 7.4)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from myosotis.domain.words import Channel, MessageStatus
from myosotis.store.models import Message
from myosotis.store.queue import record, settle

BATCH: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Orphan:
    """A claimed message whose dispatcher is gone: it may have been handed over, or not."""

    id: int
    practice_id: int
    visit_id: int | None
    channel: Channel
    attempts: int
    claimed_at: datetime
    sent_at: datetime | None
    """Of an earlier try that had no answer."""


def workers() -> list[str]:
    """All who have something claimed."""
    claimed = Message.objects.filter(status=MessageStatus.CLAIMED).extra(where=["store_message.status = 'claimed'"])
    return sorted(claimed.order_by().values_list("claimed_by", flat=True).distinct())


def rescue(
    *,
    me: str,
    dead: Collection[str],
    lease: timedelta,
    now: datetime,
    verdict: Callable[[Sequence[Orphan]], Sequence[record.Result]],
) -> int:
    """Settle what others left: those known to be dead at once, all others when their lease is over; how many messages."""
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
        left = (
            Message.objects.filter(Q(claimed_at__lte=before) | Q(claimed_by__in=dead), status=MessageStatus.CLAIMED)
            .extra(where=["store_message.status = 'claimed'"])
            .exclude(claimed_by=me)
            .order_by("claimed_by", "id")
        )
        worker = left.values_list("claimed_by", flat=True).first()
        if worker is None:
            return 0
        rows = left.filter(claimed_by=worker)
        settle.lock(set(rows.exclude(visit=None).values_list("visit_id", flat=True)[:BATCH]))
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, no_key=True)
        columns = ("id", "practice_id", "visit_id", "channel", "attempts", "claimed_at", "sent_at")
        orphans = [
            Orphan(
                id=key,
                practice_id=practice,
                visit_id=visit,
                channel=Channel(channel),
                attempts=attempts,
                claimed_at=at,
                sent_at=sent_at,
            )
            for key, practice, visit, channel, attempts, at, sent_at in rows.values_list(*columns)[:BATCH]
        ]
        record.write(verdict(orphans), worker=worker, now=now)
    return len(orphans)
