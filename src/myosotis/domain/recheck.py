"""The last look before a message is handed over: the same questions as the plan's, on fresh facts (docs/rules.md 3).

Asked at most one second before; what was committed before the facts were read stops the message.
"""

from datetime import datetime, timedelta
from typing import Final

from myosotis.domain import addresses, due, eligibility, fallback, window
from myosotis.domain.course import HELD
from myosotis.domain.difference import reason_of_change
from myosotis.domain.lifecycle import ACCEPTED
from myosotis.domain.values import Card, ExistingMessage, VisitFacts
from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus, Reason, Wave
from myosotis.value_class import value_class

GRACE: Final = timedelta(minutes=10)
"""What was due inside the window may still leave this much later, or a message due at its end would always slip."""

JUDGED_ALONE: Final = frozenset({Kind.REMINDER, Kind.REVIEW, Kind.REBOOK})
"""Kinds of which a message is judged by the visit's messages of its own kind alone; of the others it is asked, too, what the
patient was told before."""


@value_class(kw_only=False)
class Send:
    """It may go now."""


@value_class
class Stop:
    """It must not go, and ends with this status and reason."""

    status: MessageStatus
    reason: Reason


@value_class
class Hold:
    """It may go later: put it back, due at this moment (UTC)."""

    due_at: datetime
    reason: Reason


Verdict = Send | Stop | Hold


def recheck(facts: VisitFacts, message: ExistingMessage, now: datetime) -> Verdict:
    """Whether a claimed message of a visit may be handed over at `now` (UTC).

    If the message is for somebody else than the visit's patient, `facts.former_card` must be that patient's card.
    """
    if message.expires_at is not None and now >= message.expires_at:
        return Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    card = _recipient(facts, message)
    if card is None:
        return _stopped(Reason.FORMER_PATIENT)
    reason = _against(facts, message, card, now)
    if reason is not None:
        return _stopped(reason)
    if message.key.kind is Kind.REBOOK:
        return _by_day(facts, message, now)
    return in_window(facts, message, now) if message.key.channel in HELD else Send()


def _stopped(reason: Reason) -> Stop:
    return Stop(status=MessageStatus.CANCELLED, reason=reason)


def _recipient(facts: VisitFacts, message: ExistingMessage) -> Card | None:
    """The card of the message's patient; None if it must not go to them: a former patient gets `cancelled` alone."""
    if message.patient_id == facts.card.patient_id:
        return facts.card
    former = facts.former_card
    if former is None or former.patient_id != message.patient_id or message.key.kind is not Kind.CANCELLED:
        return None
    return former


def _against(facts: VisitFacts, message: ExistingMessage, card: Card, now: datetime) -> Reason | None:
    """The first reason against it: of the patient, the visit, what is known, the channel, the first wave."""
    return (
        eligibility.against_patient(message.key.kind, facts, card)
        or _of_visit(facts, message, card)
        or _of_knowledge(facts, message)
        or addresses.reason_against(card, message.key.channel, facts.local_day(now), facts.providers)
        or _of_first_wave(facts, message)
    )


def _of_visit(facts: VisitFacts, message: ExistingMessage, card: Card) -> Reason | None:
    kind = message.key.kind
    if card is not facts.card:
        return None  # the visit was theirs: that holds whatever became of it since
    if message.key.revision != facts.revision:
        return reason_of_change(facts)
    settings = eligibility.against_settings(kind, facts) if message.key.copy == 0 else None
    return settings or eligibility.against_visit(kind, facts)


def _of_knowledge(facts: VisitFacts, message: ExistingMessage) -> Reason | None:
    """Compared again with what earlier revisions told; not once a part of the same news left, and not for a resend."""
    if message.key.copy > 0 or any(_is_same_news(other, message) for other in facts.messages):
        return None
    return eligibility.against_knowledge(message.key.kind, facts, message.patient_id, message.key.revision)


def _is_same_news(other: ExistingMessage, message: ExistingMessage) -> bool:
    return (
        other.id != message.id
        and other.sent_at is not None
        and other.key.revision == message.key.revision
        and other.key.kind is message.key.kind
        and other.patient_id == message.patient_id
    )


def _of_first_wave(facts: VisitFacts, message: ExistingMessage) -> Reason | None:
    """A fallback is needless once the first wave was read, or its push accepted."""
    if message.key.wave is not Wave.FALLBACK:
        return None
    wave = fallback.first_wave_of(message, facts.messages)
    if any(first.read_at is not None for first in wave):
        return Reason.READ
    accepted = any(first.key.channel is Channel.PUSH and first.status in ACCEPTED for first in wave)
    return Reason.PUSH_ACCEPTED if accepted and message.fallback is FallbackRule.NO_PUSH else None


def in_window(facts: VisitFacts, message: ExistingMessage, now: datetime) -> Send | Stop | Hold:
    """Whether the send window lets a message leave at `now` (UTC), and else when."""
    if _is_in_time(facts, message, now):
        return Send()
    limit = due.limit_of(message.key.kind, facts, message.expires_at, message.key.revision)
    placed = window.place(now, now, facts.window, facts.zone, limit=limit, expires=message.expires_at)
    if placed.due_at is None:
        return Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    if placed.due_at <= now:
        return Send()
    return Hold(due_at=placed.due_at, reason=placed.reason or Reason.HELD_FOR_WINDOW)


def _by_day(facts: VisitFacts, message: ExistingMessage, now: datetime) -> Send | Stop | Hold:
    """`rebook` keeps to its hours on every channel, also where a retry or a release made it late (docs/rules.md 2)."""
    planned = message.due_at
    if planned is not None and planned <= now <= planned + GRACE and _by_day_at(planned, facts) == planned:
        return Send()
    allowed = _by_day_at(now, facts)
    if allowed is None or (message.expires_at is not None and allowed >= message.expires_at):
        return Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    return Send() if allowed <= now else Hold(due_at=allowed, reason=Reason.HELD_FOR_WINDOW)


def _by_day_at(moment: datetime, facts: VisitFacts) -> datetime | None:
    return window.next_by_day(moment, facts.window, facts.zone)


def _is_in_time(facts: VisitFacts, message: ExistingMessage, now: datetime) -> bool:
    """Whether the message leaves hardly later than a moment inside the window for which it was planned."""
    if message.due_at is None or now - message.due_at > GRACE:
        return False
    return window.is_open(message.due_at, facts.window, facts.zone)
