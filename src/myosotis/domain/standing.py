"""A kind of message that has begun: some of it left, is being handed over, or is overdue (docs/rules.md 2 and 7).

From then on a new plan adds nothing to it and never deals it out anew; it only withdraws what may no longer go, takes
back what it withdrew while its time is still ahead, and keeps the fallback up to date.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from myosotis.domain import fallback
from myosotis.domain.addresses import Missing
from myosotis.domain.course import Course
from myosotis.domain.lifecycle import LEFT, PENDING, REVIVABLE, may_be_revived
from myosotis.domain.policies import FALLBACKS, Policy
from myosotis.domain.values import ExistingMessage, PlannedMessage, VisitFacts
from myosotis.domain.words import Channel, MessageStatus, Reason, Wave

SHORT_WHILE: Final = timedelta(hours=1)
"""For so long after its next try would have been, what was put off by its provider and withdrawn may be taken back."""
_TRIED: Final = LEFT | {MessageStatus.FAILED, MessageStatus.EXPIRED}


def has_begun(messages: Sequence[ExistingMessage], due: datetime, missing: Missing, now: datetime) -> bool:
    """Whether a kind that is due at `due` is past planning anew, by its rows of the present revision.

    What was never tried and has lost its channel does not count: it can still be dealt out to another.
    """
    return any(
        message.status in _TRIED
        or message.attempts > 0
        or (message.key.channel not in missing and (_is_overdue(message, now) or _is_still_ahead(message, due, now)))
        for message in messages
    )


def kept(messages: Sequence[ExistingMessage], policy: Policy, course: Course) -> list[PlannedMessage]:
    """The rows of a begun kind as a new plan wants them; what is not among them is left alone or withdrawn."""
    first = [m for m in messages if m.key.wave is Wave.FIRST and m.key.channel is not Channel.NONE]
    wanted = [row for message in first for row in _kept(message, messages, policy, course)]
    course = replace(course, facts=_with(wanted, first, course.facts))
    later = [m for m in messages if m.key.wave is Wave.FALLBACK]
    return [*wanted, *(row for message in later for row in _kept(message, messages, policy, course))]


def _kept(
    message: ExistingMessage, messages: Sequence[ExistingMessage], policy: Policy, course: Course
) -> Iterator[PlannedMessage]:
    if message.status in PENDING:
        yield _pending(message, course)
    elif may_be_revived(message) and message.reason is not Reason.REPLANNED:
        yield from _taken_back(message, messages, policy, course)


def _with(rows: Sequence[PlannedMessage], first: Sequence[ExistingMessage], facts: VisitFacts) -> VisitFacts:
    """The visit as it will be once the first wave is written: a fallback is judged by that."""
    status = {row.key: row.status for row in rows}
    changed = {m.id: status[m.key] for m in first if m.key in status and status[m.key] is not m.status}
    if not changed:
        return facts
    written = (replace(m, status=changed[m.id]) if m.id in changed else m for m in facts.messages)
    return replace(facts, messages=tuple(written))


def _is_overdue(message: ExistingMessage, now: datetime) -> bool:
    return message.status is MessageStatus.PLANNED and message.due_at is not None and message.due_at <= now


def _is_still_ahead(message: ExistingMessage, due: datetime, now: datetime) -> bool:
    """Held for the window, or withdrawn while it was: its own time has not come, though the kind's has."""
    if due >= now:
        return False
    if message.status in PENDING:
        return True
    return message.status in REVIVABLE and message.due_at is not None and message.due_at > now


def _pending(message: ExistingMessage, course: Course) -> PlannedMessage:
    reason = course.missing.get(message.key.channel)
    if reason is not None:
        return _withdrawn(message, reason)
    match fallback.decide(course.facts, message, course.now):
        case fallback.Release(due_at=due_at, reason=why):
            return replace(as_planned(message), status=MessageStatus.PLANNED, due_at=due_at, reason=why)
        case fallback.Drop(reason=why):
            return _withdrawn(message, why)
        case fallback.Keep():
            return as_planned(message)


def _taken_back(
    message: ExistingMessage, messages: Sequence[ExistingMessage], policy: Policy, course: Course
) -> Iterator[PlannedMessage]:
    if message.key.channel in course.missing or _has_other(message, messages):
        wanted = None
    elif message.key.wave is Wave.FALLBACK:
        wanted = _fallback_after_all(message, policy, course)
    elif message.due_at is not None and (message.due_at > course.now or _is_owed(message, messages, course.now)):
        due_at = max(message.due_at, course.now)
        wanted = replace(as_planned(message), status=MessageStatus.PLANNED, due_at=due_at, reason=None)
    else:
        wanted = None
    if wanted is not None:
        yield wanted
    elif message.status is MessageStatus.SKIPPED:
        yield as_planned(message)


def _is_owed(message: ExistingMessage, messages: Sequence[ExistingMessage], now: datetime) -> bool:
    """Withdrawn for a short while after its time had come and its wave was being tried in vain.

    Had the provider worked it would have gone before it was withdrawn. What had not been tried at all by its time, and
    what was withdrawn for long, is wanted again too late.
    """
    if message.status is not MessageStatus.CANCELLED or message.due_at is None or message.due_at <= now - SHORT_WHILE:
        return False
    if message.expires_at is not None and message.expires_at <= now:
        return False
    return any(
        other.attempts > 0 and may_be_revived(other) and other.key.wave is message.key.wave for other in messages
    )


def _fallback_after_all(message: ExistingMessage, policy: Policy, course: Course) -> PlannedMessage | None:
    """A fallback whose channel was missing, or which was withdrawn, and whose time may still come."""
    rule = FALLBACKS.get(policy)
    if rule is None:
        return None
    waiting = course.waiting(rule)
    match fallback.judge(rule, replace(message, expires_at=waiting.expires_at), course.facts, course.now):
        case fallback.Keep():
            return waiting
        case fallback.Release(due_at=due_at, reason=reason) if due_at >= course.now or _is_owed(
            message, [message], course.now
        ):
            due_at = max(due_at, course.now)
            return replace(waiting, status=MessageStatus.PLANNED, due_at=due_at, reason=reason)
        case _:
            return None


def _has_other(message: ExistingMessage, messages: Sequence[ExistingMessage]) -> bool:
    """Whether the same channel stands in another wave, so that taking this row back would send it twice."""
    return any(
        other.id != message.id and other.key.channel is message.key.channel and other.status not in REVIVABLE
        for other in messages
    )


def _withdrawn(message: ExistingMessage, reason: Reason) -> PlannedMessage:
    return replace(as_planned(message), status=MessageStatus.CANCELLED, reason=reason)


def as_planned(message: ExistingMessage) -> PlannedMessage:
    """A row as it stands, as a plan would want it."""
    return PlannedMessage(
        key=message.key,
        patient_id=message.patient_id,
        status=message.status,
        due_at=message.due_at,
        expires_at=message.expires_at,
        reason=message.reason,
        fallback=message.fallback,
    )
