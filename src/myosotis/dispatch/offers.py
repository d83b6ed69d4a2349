"""Messages about a freed slot: whether they may still go, and what their texts need (docs/rules.md 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from myosotis.dispatch import surroundings, visit_texts
from myosotis.dispatch.job import Checked
from myosotis.dispatch.surroundings import Surroundings
from myosotis.domain.asked import Asked, recheck
from myosotis.domain.recheck import Send, Stop
from myosotis.domain.values import ExistingMessage, MessageKey, VisitFacts
from myosotis.domain.words import Channel, MessageStatus, Reason
from myosotis.store import facts
from myosotis.store.offers import reading
from myosotis.store.queue.claim import Claimed


def check(messages: Sequence[Claimed], now: datetime) -> dict[int, Checked]:
    """What may become of each message at `now` (UTC), by its id; read for all of them at once."""
    if not messages:
        return {}
    with transaction.atomic():
        asked = reading.asked({message.subject_id for message in messages})
        seen = facts.look({one.visit_id for one in asked.values()}, now, mine={}, later_for=())
        around = surroundings.load(
            seen,
            {},
            {message.practice_id for message in messages},
            {m.patient_id for m in messages if m.channel is Channel.PUSH and m.patient_id is not None},
            now,
        )
    return {message.id: _check(message, asked, seen.visits, around, now) for message in messages}


def _check(
    message: Claimed, asked: dict[int, Asked], visits: Mapping[int, VisitFacts], around: Surroundings, now: datetime
) -> Checked:
    one = asked.get(message.subject_id)
    if one is None:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.ERASED)
    visit, kept = visits[one.visit_id], _kept(message, one)
    verdict = recheck(one, visit, kept, now)
    if not isinstance(verdict, Send):
        return verdict
    ready = visit_texts.ready(message, kept, visit, around, now)
    # It tells of the present time only by the way: whether the patient knows it is not judged by that.
    return replace(ready, context=replace(ready.context, offer_start=one.offer_start), told=None)


def _kept(message: Claimed, one: Asked) -> ExistingMessage:
    return ExistingMessage(
        id=message.id,
        key=MessageKey(revision=message.revision, kind=message.kind, channel=message.channel),
        patient_id=one.patient_id,
        status=MessageStatus.CLAIMED,
        due_at=message.due_at,
        expires_at=message.expires_at,
        attempts=message.attempts,
        sent_at=message.sent_at,
    )
