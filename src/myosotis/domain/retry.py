"""When a message is tried again that a provider surely did not take (docs/rules.md 7.3 and 7.4)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from myosotis.domain.words import MessageStatus, Reason
from myosotis.value_class import value_class

STEPS: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
)
"""Waits after the first, second... try; the last one again and again."""
JITTER: Final = 0.1
"""Each wait is up to this share shorter or longer, so that what failed together does not come back together."""
BEFORE_FALLBACK: Final = timedelta(hours=1)
"""A first wave with an SMS behind it gives up this long after its first try, so that the SMS can go."""
LAST_CHANCE: Final = timedelta(minutes=1)
"""With less than this until the expiry there is no further try."""


@value_class
class Again:
    """Try again at this moment (UTC)."""

    due_at: datetime


@value_class
class GiveUp:
    """No further try: the message ends so."""

    status: MessageStatus
    reason: Reason = Reason.PROVIDER_UNAVAILABLE


def next_try(
    attempts: int,
    now: datetime,
    uuid: UUID,
    *,
    first_tried_at: datetime,
    expires_at: datetime | None = None,
    has_fallback: bool = False,
    retry_after: float | None = None,
) -> Again | GiveUp:
    """When to try again after the `attempts`-th try failed, or that it is over.

    `has_fallback`: an SMS waits for this message. `retry_after`: seconds, if the provider said so. The wait depends
    on the message's uuid alone, so that every worker and every run computes the same. When the wait would outlast
    the expiry, half of the time that is left is waited instead.
    """
    wait = _wait(attempts, uuid)
    if retry_after is not None:
        wait = max(wait, timedelta(seconds=retry_after))
    if has_fallback and now + wait > first_tried_at + BEFORE_FALLBACK:
        return GiveUp(status=MessageStatus.FAILED)
    if expires_at is None or now + wait < expires_at:
        return Again(due_at=now + wait)
    left = expires_at - now
    return Again(due_at=now + left / 2) if left > LAST_CHANCE else GiveUp(status=MessageStatus.EXPIRED)


def _wait(attempts: int, uuid: UUID) -> timedelta:
    step = STEPS[min(max(attempts, 1), len(STEPS)) - 1]
    share = (uuid.int + attempts * 0x9E3779B97F4A7C15) % 10_007 / 10_006
    return step * (1 - JITTER + 2 * JITTER * share)
