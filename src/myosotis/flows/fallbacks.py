"""Asking the one domain function what becomes of the SMS that wait behind a first wave (docs/rules.md 3)."""

from collections.abc import Iterable
from datetime import datetime

from myosotis.domain import fallback
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import MessageStatus
from myosotis.store import facts as visit_facts
from myosotis.store.models import Message, MessageEvent


def ask(visit_ids: Iterable[int], now: datetime) -> None:
    """Release or drop the waiting and planned fallbacks of visits that the caller has locked."""
    for facts in visit_facts.load(visit_ids, now, lock=True):
        for message in facts.messages:
            if message.fallback is not None:
                _settle(facts, message, now)


def _settle(facts: VisitFacts, message: ExistingMessage, now: datetime) -> None:
    decision = fallback.decide(facts, message, now)
    rows = Message.objects.filter(id=message.id)
    match decision:
        case fallback.Keep():
            return
        case fallback.Release(due_at=due_at, reason=reason):
            rows.update(status=MessageStatus.PLANNED, due_at=due_at, reason=reason)
            status = MessageStatus.PLANNED
        case fallback.Drop(status=status, reason=reason):
            rows.update(status=status, reason=reason, finished_at=now)
    practice_id = rows.values_list("practice_id", flat=True).get()
    MessageEvent.objects.create(
        practice_id=practice_id, message_id=message.id, at=now, status=status, reason=decision.reason
    )
