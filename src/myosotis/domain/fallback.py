"""The SMS that follows when the first wave did not get through or was not read (docs/rules.md 3).

Asked when an outcome is recorded, a receipt comes in, something is read, and by every new plan: always the same answer
for the same rows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from myosotis.domain import due, window
from myosotis.domain.lifecycle import ACCEPTED, PENDING
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import Channel, FallbackRule, MessageStatus, Reason, Wave
from myosotis.value_class import value_class

UNREAD_AFTER: Final = timedelta(hours=4)
FIRST_WAVE: Final = frozenset({Channel.EMAIL, Channel.PUSH})
"""What a fallback waits for."""
SETTLED: Final = ACCEPTED | {MessageStatus.UNCLEAR}
"""It left and may have arrived: the time to read it runs from then."""
AHEAD: Final = PENDING | {MessageStatus.CLAIMED}


@value_class(kw_only=False)
class Keep:
    """Nothing changes: it goes on waiting, or keeps its due time."""


@value_class
class Release:
    """It is due at this moment (UTC), for this reason (the window's, if the window moved it)."""

    due_at: datetime
    reason: Reason


@value_class
class Drop:
    """It is not needed, or comes too late."""

    status: MessageStatus
    reason: Reason


Decision = Keep | Release | Drop


def decide(facts: VisitFacts, message: ExistingMessage, now: datetime) -> Decision:
    """What becomes of a fallback that waits or is planned, judged by the first wave in `facts.messages`.

    A due time once given is only ever brought forward: by the news that all of the first wave failed after all.
    """
    if message.status not in PENDING or message.fallback is None:
        return Keep()
    decision = judge(message.fallback, message, facts, now)
    if isinstance(decision, Release) and message.status is MessageStatus.PLANNED:
        return decision if _is_brought_forward(message, decision, facts, now) else Keep()
    return decision


def _is_brought_forward(message: ExistingMessage, decision: Release, facts: VisitFacts, now: datetime) -> bool:
    """Whether a fallback that has a due time would really leave earlier by the decision.

    A time that has passed means now, and now may lie outside of the send window: then it waits for the window already.
    """
    if message.due_at is None:
        return True
    if message.attempts > 0:
        return False
    earliest = decision.due_at
    if earliest < now:
        placed = window.place(
            now, now, facts.window, facts.zone, limit=_limit(message, facts), expires=message.expires_at
        )
        earliest = placed.due_at or message.due_at
    return earliest < message.due_at


def judge(rule: FallbackRule, message: ExistingMessage, facts: VisitFacts, now: datetime) -> Decision:
    """The answer for a fallback as if it were still waiting."""
    wave = first_wave_of(message, facts.messages)
    if any(first.read_at is not None for first in wave):
        return Drop(status=MessageStatus.CANCELLED, reason=Reason.READ)
    if rule is FallbackRule.NO_PUSH:
        wave = [first for first in wave if first.key.channel is Channel.PUSH]
        if any(first.status in ACCEPTED for first in wave):
            return Drop(status=MessageStatus.CANCELLED, reason=Reason.PUSH_ACCEPTED)
    if any(first.status in AHEAD for first in wave):
        return Keep()
    left = [first for first in wave if first.status in SETTLED]
    if rule is FallbackRule.UNREAD and left:
        return _after_unread(message, facts, now, max(first.sent_at or now for first in left))
    return _placed(message, facts, now, due_at=now, reason=Reason.FIRST_WAVE_FAILED, first_wave=None)


def first_wave_of(message: ExistingMessage, messages: Sequence[ExistingMessage]) -> list[ExistingMessage]:
    """The e-mail and push of the same news to the same patient."""
    key = message.key
    return [
        other
        for other in messages
        if other.key.revision == key.revision
        and other.key.kind is key.kind
        and other.key.copy == key.copy
        and other.key.wave is Wave.FIRST
        and other.key.channel in FIRST_WAVE
        and other.patient_id == message.patient_id
    ]


def _after_unread(message: ExistingMessage, facts: VisitFacts, now: datetime, last: datetime) -> Decision:
    """Four hours after the last of the first wave; if that left late, still two hours before the limit, if it can be."""
    due_at = last + UNREAD_AFTER
    limit = _limit(message, facts)
    if limit is not None and due_at > limit - window.SCARCE:
        due_at = max(last, limit - window.COMFORTABLE)
    return _placed(message, facts, now, due_at=due_at, reason=Reason.FIRST_WAVE_UNREAD, first_wave=last)


def _placed(
    message: ExistingMessage,
    facts: VisitFacts,
    now: datetime,
    *,
    due_at: datetime,
    reason: Reason,
    first_wave: datetime | None,
) -> Decision:
    placed = window.place(
        due_at,
        now,
        facts.window,
        facts.zone,
        limit=_limit(message, facts),
        first_wave=first_wave,
        expires=message.expires_at,
    )
    if placed.due_at is None:
        return Drop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    return Release(due_at=placed.due_at, reason=placed.reason or reason)


def _limit(message: ExistingMessage, facts: VisitFacts) -> datetime | None:
    return due.limit_of(message.key.kind, facts, message.expires_at, message.key.revision)
