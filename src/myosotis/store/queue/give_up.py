"""Ending first-wave messages that wait for an account in trouble, so that the SMS behind them can go (docs/rules.md 7.3).

While an account rests nothing of it is claimed, so no try of theirs is counted: without this they would wait until the
visit, and the SMS with them.
"""

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from myosotis.domain.lifecycle import Event, after
from myosotis.domain.retry import BEFORE_FALLBACK
from myosotis.domain.words import Channel, FallbackRule, MessageStatus, Reason, Wave
from myosotis.store import bulk
from myosotis.store.models import Message, MessageEvent
from myosotis.store.queue import claims, settle
from myosotis.store.queue.claim import Account, carried_by

BATCH: Final = 500
_CHANGE: Final = ("status", "reason", "finished_at")
_EVENT: Final = ("practice_id", "message_id", "at", "status", "reason", "detail")


def give_up(account: Account, now: datetime) -> int:
    """End what this account has kept waiting for an hour (`domain.retry`) while an SMS waits for it; how many messages.

    What may have left before becomes unclear instead: its SMS follows unless it was read.
    """
    count = 0
    while found := _give_up_some(account, now):
        count += found
    return count


def _give_up_some(account: Account, now: datetime) -> int:
    with transaction.atomic():
        late = _late(account, now)
        batch = list(late.values_list("id", "visit_id")[:BATCH])
        if not batch:
            return 0
        visits = settle.lock({visit for _, visit in batch})
        late = late.filter(id__in=[key for key, _ in batch])
        if connection.features.has_select_for_update:
            late = late.select_for_update(no_key=True, of=("self",))
        rows = claims.without_claimed(late.values_list("id", "practice_id", "sent_at", "detail"))
        ends = [(key, practice, *_end(sent_at), detail) for key, practice, sent_at, detail in rows]
        bulk.update(Message, _CHANGE, [(status, reason, now, key) for key, _, status, reason, _ in ends])
        bulk.insert(
            MessageEvent,
            _EVENT,
            [(practice, key, now, status, reason, detail) for key, practice, status, reason, detail in ends],
        )
        settle.settle(visits, now)
    return len(rows)


def _late(account: Account, now: datetime) -> QuerySet[Message]:
    before = now - BEFORE_FALLBACK
    behind = Message.objects.filter(
        visit_id=OuterRef("visit_id"),
        patient_id=OuterRef("patient_id"),
        revision=OuterRef("revision"),
        kind=OuterRef("kind"),
        copy=OuterRef("copy"),
        status=MessageStatus.WAITING,
    )
    if account.channel is not Channel.PUSH:
        behind = behind.exclude(fallback=FallbackRule.NO_PUSH)  # that one does not wait for an e-mail
    return Message.objects.filter(
        Q(first_tried_at__lte=before) | Q(first_tried_at=None, due_at__lte=before),
        carried_by(account),
        Exists(behind),
        status=MessageStatus.PLANNED,
        queue_entry__status=MessageStatus.PLANNED,
        queue_entry__claimed_at=None,
        wave=Wave.FIRST,
        expires_at__gt=now,
    ).order_by("id")


def _end(sent_at: datetime | None) -> tuple[str, str]:
    if sent_at is not None:
        return after(MessageStatus.PLANNED, Event.UNANSWERED).value, Reason.NO_ANSWER.value
    return after(MessageStatus.PLANNED, Event.FAILED).value, Reason.PROVIDER_UNAVAILABLE.value
