"""Ending what could not go in time: never sent late (docs/rules.md 3, "Expiry")."""

from datetime import datetime
from typing import Final

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from myosotis.domain.lifecycle import Event, after
from myosotis.domain.words import MessageStatus, Reason
from myosotis.store import bulk
from myosotis.store.models import Message, MessageEvent, QueueEntry
from myosotis.store.question import Question
from myosotis.store.queue import claims, damaged, settle
from myosotis.store.queue.claim import UNCLAIMED

ANY: Final = Question(
    lambda now: (
        QueueEntry.objects.filter(expires_at__lte=now)
        .extra(where=[UNCLAIMED])  # noqa: S610 - a constant
        .order_by("expires_at")  # by the index, also where nobody knows how many have expired
        .values_list("message_id")[:1]
    ),
    lists=0,
    instants=1,
)
"""Whether anything has expired at an instant (UTC): nearly always nothing, and that is found out without a transaction."""
BATCH: Final = 500
_AHEAD: Final = (MessageStatus.WAITING, MessageStatus.PLANNED)
_CHANGE: Final = ("status", "reason", "detail", "finished_at")
_EVENT: Final = ("practice_id", "message_id", "at", "status", "reason", "detail")


def expire(now: datetime) -> int:
    """End messages whose expiry (UTC) has come before they went; how many. What may have left becomes unclear."""
    over = Message.objects.filter(
        status__in=_AHEAD, expires_at__lte=now, queue_entry__expires_at__lte=now, queue_entry__claimed_at=None
    ).order_by("id")
    count = 0
    while found := _some(over, now):
        count += found
    return count


def _some(over: QuerySet[Message], now: datetime) -> int:
    try:
        return _expire_some(over, now)
    except DatabaseError:
        raise
    except Exception:  # noqa: BLE001 - a row that nobody can make sense of must not keep the others
        return sum(_alone(over, key, now) for key in list(over.values_list("id", flat=True)[:BATCH]))


def _alone(over: QuerySet[Message], key: int, now: datetime) -> int:
    try:
        return _expire_some(over.filter(id=key), now)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the damage is
        damaged.end(key, type(error).__name__, now)
        return 1


def _expire_some(over: QuerySet[Message], now: datetime) -> int:
    with transaction.atomic():
        batch = list(over.values_list("id", "visit_id")[:BATCH])
        if not batch:
            return 0
        visits = settle.lock({visit for _, visit in batch} - {None})
        over = over.filter(id__in=[key for key, _ in batch])
        if connection.features.has_select_for_update:
            over = over.select_for_update(no_key=True, of=("self",))
        rows = claims.without_claimed(over.values_list("id", "practice_id", "status", "reason", "sent_at", "detail"))
        ends = [
            (key, practice, *_end(MessageStatus(status), reason, sent_at, detail))
            for key, practice, status, reason, sent_at, detail in rows
        ]
        bulk.update(Message, _CHANGE, [(status, reason, detail, now, key) for key, _, status, reason, detail in ends])
        bulk.insert(
            MessageEvent,
            _EVENT,
            [(practice, key, now, status, reason, detail) for key, practice, status, reason, detail in ends],
        )
        settle.settle(visits, now)
    return len(batch)


def _end(status: MessageStatus, reason: str, sent_at: datetime | None, detail: str) -> tuple[str, str, str]:
    """Status, reason and detail; what held it up before stays readable in the detail."""
    if sent_at is not None:
        return after(status, Event.UNANSWERED).value, Reason.NO_ANSWER.value, detail
    return after(status, Event.EXPIRED).value, Reason.EXPIRED.value, detail or reason
