"""What an outcome means for its message: the result that is recorded (docs/rules.md 7.3, 7.4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol, assert_never

from myosotis.channels.base import Ability
from myosotis.dispatch.renderer import Letter
from myosotis.domain import retry
from myosotis.domain.lifecycle import Event
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble, Unclear
from myosotis.domain.recheck import Hold, Stop
from myosotis.domain.words import MessageStatus, Reason
from myosotis.store.queue.claim import Claimed
from myosotis.store.queue.record import DeadAddress, Result
from myosotis.value_class import value_class

REPEATS: Final = 5
"""So many tries without an answer, where the provider refuses repeats; then it stays unclear."""
_ENDED: Final = {
    MessageStatus.CANCELLED: Event.CANCELLED,
    MessageStatus.SKIPPED: Event.SKIPPED,
    MessageStatus.EXPIRED: Event.EXPIRED,
    MessageStatus.FAILED: Event.FAILED,
}


def merged(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome for a push that went to several installations: the best of them."""
    for kind in (Accepted, Unclear, Deferred, Refused):
        for outcome in outcomes:
            if isinstance(outcome, kind):
                return outcome
    return Refused(reason=Reason.NO_APP)


def is_trouble(outcome: Outcome) -> bool:
    """Whether it speaks of a provider in trouble, or of ours with it, and not of the one message."""
    match outcome:
        case Accepted() | Refused():
            return False
        case Deferred(trouble=trouble):
            return trouble is not Trouble.MESSAGE
        case Unclear():
            return True
        case never:
            assert_never(never)


def dead_subscriptions(letter: Letter, outcomes: Sequence[Outcome]) -> tuple[int, ...]:
    """The installations whose push service says that they are gone."""
    return tuple(
        outgoing.subscription.id
        for outgoing, outcome in zip(letter.outgoing, outcomes, strict=True)
        if outgoing.subscription is not None and isinstance(outcome, Refused) and outcome.address_dead
    )


class Tried(Protocol):
    """A message that may have been handed over."""

    @property
    def attempts(self) -> int: ...
    @property
    def sent_at(self) -> datetime | None: ...


def may_repeat(message: Tried, abilities: frozenset[Ability]) -> bool:
    """Whether a message that had no answer may go once more: the provider refuses repeats, or it is the one repeat."""
    if Ability.REFUSES_REPEATS in abilities:
        return message.attempts < REPEATS
    return Ability.REPEAT_ONCE in abilities and message.sent_at is None


def of_verdict(message: Claimed, verdict: Stop | Hold, now: datetime) -> Result:
    """What the last look decided. What may have left before ends as unclear, not as cancelled."""
    if isinstance(verdict, Hold):
        return _result(message, Event.PUT_BACK, now, reason=verdict.reason, due_at=verdict.due_at, tried=False)
    if message.sent_at is not None:
        return _result(message, Event.UNANSWERED, message.sent_at, reason=verdict.reason)
    return _result(message, _ENDED[verdict.status], now, reason=verdict.reason)


def of_broken(message: Claimed, error: str, now: datetime) -> Result:
    return _result(message, Event.FAILED, now, reason=Reason.CANNOT_RENDER, detail=error)


def without_account(message: Claimed, now: datetime) -> Result:
    """There is nobody to send with on this channel (any more)."""
    return _result(message, Event.FAILED, now, reason=Reason.NO_PROVIDER, tried=False)


@value_class
class HandedOver:
    """A message that a provider was asked to take, and what it needs to be judged."""

    message: Claimed
    letter: Letter
    provider: str
    abilities: frozenset[Ability]
    dead_subscriptions: tuple[int, ...] = ()


def of_outcome(sent: HandedOver, outcome: Outcome, now: datetime) -> Result:
    """What the provider's answer means."""
    match outcome:
        case Accepted(provider_id=provider_id, parts=parts):
            return _said(sent, Event.ACCEPTED, now, provider_id=provider_id[:128], provider_parts=parts)
        case Deferred():
            return _later(sent, outcome, now)
        case Refused(reason=reason, detail=detail):
            return _said(sent, Event.FAILED, now, reason=reason, detail=detail, dead_address=_dead(sent, outcome))
        case Unclear(detail=detail):
            return _unanswered(sent, detail, now)
        case never:
            assert_never(never)


def _dead(sent: HandedOver, refused: Refused) -> DeadAddress | None:
    message, address = sent.message, sent.letter.text.address
    stopped = refused.reason is Reason.SMS_STOPPED
    if message.patient_id is None or not address or not (refused.address_dead or stopped):
        return None
    return DeadAddress(patient_id=message.patient_id, channel=message.channel, address=address, stopped=stopped)


def _later(sent: HandedOver, outcome: Deferred, now: datetime) -> Result:
    message = sent.message
    more: dict[str, Any] = {
        "detail": outcome.detail, "provider": sent.provider, "dead_subscriptions": sent.dead_subscriptions,
    }  # fmt: skip
    again = _next_try(sent, now, retry_after=outcome.retry_after)
    if isinstance(again, retry.Again):
        reason = Reason.PROVIDER_UNAVAILABLE
        return _result(message, Event.PUT_BACK, now, reason=reason, due_at=again.due_at, **more)
    if message.sent_at is not None:  # an earlier try had no answer: it may have been taken after all
        return _result(message, Event.UNANSWERED, message.sent_at, reason=Reason.NO_ANSWER, **more)
    return _result(message, _ENDED[again.status], now, reason=again.reason, **more)


def _unanswered(sent: HandedOver, detail: str, now: datetime) -> Result:
    if may_repeat(sent.message, sent.abilities):
        again = _next_try(sent, now)
        if isinstance(again, retry.Again):
            return _said(
                sent,
                Event.PUT_BACK,
                now,
                reason=Reason.NO_ANSWER,
                detail=detail,
                due_at=again.due_at,
                may_have_left=True,
            )
    return _said(sent, Event.UNANSWERED, now, reason=Reason.NO_ANSWER, detail=detail)


def _next_try(sent: HandedOver, now: datetime, retry_after: float | None = None) -> retry.Again | retry.GiveUp:
    return retry.next_try(
        sent.message.attempts,
        now,
        sent.message.uuid,
        first_tried_at=sent.message.first_tried_at,
        expires_at=sent.message.expires_at,
        has_fallback=sent.letter.has_fallback,
        retry_after=retry_after,
    )


def _said(sent: HandedOver, event: Event, now: datetime, **more: Any) -> Result:
    """A result of what was put into words and left, or may have: of nearly every message, so it is made in one step."""
    message, letter = sent.message, sent.letter
    return Result(
        message_id=message.id,
        claim=message.claim,
        practice_id=message.practice_id,
        visit_id=message.visit_id,
        channel=message.channel,
        event=event,
        at=now,
        told=letter.told,
        text=letter.text,
        parts=letter.parts,
        price=letter.price,
        provider=sent.provider,
        dead_subscriptions=sent.dead_subscriptions,
        **more,
    )


def _result(message: Claimed, event: Event, at: datetime, **more: Any) -> Result:
    return Result(
        message_id=message.id, claim=message.claim, practice_id=message.practice_id, visit_id=message.visit_id,
        channel=message.channel, event=event, at=at, **more,
    )  # fmt: skip
