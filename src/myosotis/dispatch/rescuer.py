"""Settling what a dispatcher that died left claimed (docs/rules.md 7.3, 7.4).

What it was not yet about to hand over is planned as before; the rest goes again where a repeat is safe, else it is unclear.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from myosotis import clock
from myosotis.channels.base import Ability
from myosotis.channels.registry import ConfigError, provider_type
from myosotis.dispatch import accounts, outcomes, worker
from myosotis.domain.lifecycle import Event
from myosotis.domain.words import Reason
from myosotis.metrics import sending
from myosotis.store.queue import hand_over, rescue
from myosotis.store.queue.record import Result
from myosotis.store.queue.rescue import Orphan

NEVER = timedelta(days=36_500)

log = structlog.get_logger(__name__)


def settle(me: str, lease: timedelta, now: datetime, *, idle: bool = False) -> int:
    """Settle the messages of dead dispatchers at `now` (UTC); how many.

    Of our own those that we know nothing of, which is sure while we have nothing under way (`idle`): the database took the
    claim, and its answer was lost.

    One of this machine is dead when its process is gone; of others, and of one that hangs, the lease decides. A virtual
    clock may jump over any lease, so under it only surely dead ones count.
    """
    left = [name for name in rescue.workers() if name != me or idle]
    count = _rescue(me, left, lease, now) if left else 0
    hand_over.sweep(me)
    return count


def _rescue(me: str, left: Collection[str], lease: timedelta, now: datetime) -> int:
    dead = [name for name in left if name == me or worker.is_dead(name)]
    if clock.clock_file() is not None and all(name in dead or worker.is_alive(name) for name in left):
        lease = NEVER
    count = rescue.rescue(me=me, dead=dead, lease=lease, now=now, verdict=verdicts)
    if count:
        sending.rescued.inc(count)
        log.warning("rescued", messages=count)
    return count


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
