"""Settling what a dispatcher that died left claimed (docs/rules.md 7.3, 7.4).

What it was not yet about to hand over is planned as before; the rest goes again where a repeat is safe, else it is unclear.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from myosotis.channels.base import Ability
from myosotis.channels.registry import ConfigError, provider_type
from myosotis.dispatch import accounts, outcomes, worker
from myosotis.domain.lifecycle import Event
from myosotis.domain.words import Reason
from myosotis.metrics import sending
from myosotis.store.queue import hand_over, rescue
from myosotis.store.queue.record import Result
from myosotis.store.queue.rescue import Orphan, Standing

log = structlog.get_logger(__name__)


class Rescuer:
    """Looks again and again at the claims of others.

    How long one stands is measured from when we first saw it, by a clock that nobody sets: what the clock of another machine
    said when it was made, and what ours says now, decide nothing (docs/adr/0077).
    """

    def __init__(self, me: str, lease: timedelta, steady: Callable[[], float] = time.monotonic) -> None:
        self._me = me
        self._lease = lease.total_seconds()
        self._steady = steady
        self._seen: dict[Standing, float] = {}
        """When we first saw each claim that still stands."""

    def settle(self, now: datetime, *, idle: bool = False) -> int:
        """Settle the messages of dead dispatchers at `now` (UTC); how many.

        One of this machine is dead when its process is gone; of others, and of one that hangs, the lease decides. Of our own
        claims those are settled that we know nothing of, which is sure while we have nothing under way (`idle`): the
        database took the claim, and its answer was lost.
        """
        at = self._steady()
        self._seen = {one: self._seen.get(one, at) for one in rescue.standing() if one.worker != self._me or idle}
        left = [one for one, since in self._seen.items() if self._is_left(one, at - since)]
        count = sum(rescue.rescue(one, now=now, verdict=verdicts) for one in left)
        if count:
            sending.rescued.inc(count)
            log.warning("rescued", messages=count)
        hand_over.sweep(self._me)
        return count

    def _is_left(self, claim: Standing, seconds: float) -> bool:
        """Whether nobody will say any more what became of a claim that has stood for so long before our eyes."""
        return claim.worker == self._me or seconds >= self._lease or worker.is_dead(claim.worker)


def verdicts(orphans: Sequence[Orphan]) -> list[Result]:
    """What becomes of each that was about to be handed over."""
    known = accounts.of(orphans)
    return [_verdict(orphan, abilities(known[orphan.id])) for orphan in orphans]


def abilities(account: accounts.AccountSettings | None) -> frozenset[Ability]:
    """What the provider of an account can do; nothing if there is none."""
    try:
        return provider_type(account.provider).abilities if account is not None else frozenset()
    except ConfigError:
        return frozenset()


def _verdict(orphan: Orphan, able: frozenset[Ability]) -> Result:
    result = Result(
        message_id=orphan.id,
        claim=orphan.claim,
        practice_id=orphan.practice_id,
        visit_id=orphan.visit_id,
        channel=orphan.channel,
        event=Event.UNANSWERED,
        at=orphan.claimed_at,
        reason=Reason.DISPATCHER_DIED,
    )
    if outcomes.may_repeat(orphan, able):
        return replace(
            result, event=Event.PUT_BACK, may_have_left=True
        )  # due as it was: our clock may be the wrong one
    return result
