"""The circuit breaker of a provider account: a pure state machine, kept in the database by `dispatch`.

Closed: messages go. Open: none goes until `open_until`; each longer than the one before while the trouble lasts.
Half-open: the time is over, and one message goes as a probe; its outcome closes or opens again.

A breaker spares a provider that is down and keeps messages from spending their tries on it; it never ends a message.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble, Unclear
from myosotis.value_class import value_class

THRESHOLD = 5
"""So many troubles of the provider in a row open the breaker; one trouble of the account does."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)
ACCOUNT_REST = timedelta(minutes=5)
"""Login or credit: nothing changes before staff act, but they should not wait long after they did."""
PROBE_TIME = timedelta(seconds=60)
"""How long one probe may take before another process may send the next."""


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@value_class
class Breaker:
    """What is kept of an account. The fresh value is a closed breaker."""

    failures: int = 0
    """Troubles in a row."""
    openings: int = 0
    """How often it opened since it last worked."""
    open_until: datetime | None = None
    """UTC, by the product's clock."""
    probe: bool = False
    """A probe is under way."""


WORKING = Breaker()


def state(breaker: Breaker, now: datetime) -> State:
    """Where the breaker stands at `now` (UTC). A rest longer than any is the word of a clock that was wrong."""
    if breaker.open_until is None:
        return State.CLOSED
    return State.OPEN if now < breaker.open_until <= now + LONGEST_REST else State.HALF_OPEN


def allowance(breaker: Breaker, now: datetime, wanted: int) -> int:
    """How many of `wanted` messages may be claimed now: all, none, or one probe."""
    match state(breaker, now):
        case State.CLOSED:
            return wanted
        case State.OPEN:
            return 0
        case State.HALF_OPEN:
            return min(wanted, 1)
        case never:
            assert_never(never)


def probing(breaker: Breaker, now: datetime) -> Breaker:
    """The breaker while a probe is under way: nobody else sends one before `PROBE_TIME` is over."""
    return breaker if breaker.open_until is None else replace(breaker, open_until=now + PROBE_TIME, probe=True)


def after(breaker: Breaker, outcomes: Iterable[Outcome], now: datetime) -> Breaker:
    """The breaker after outcomes, in their order, that became known at `now` (UTC)."""
    for outcome in outcomes:
        breaker = _after_one(breaker, outcome, now)
    return breaker


def _after_one(breaker: Breaker, outcome: Outcome, now: datetime) -> Breaker:
    match outcome:
        case Accepted() | Refused():
            return WORKING  # a refusal of one message is a working provider
        case Unclear():
            return _failed(breaker, now)
        case Deferred(trouble=Trouble.MESSAGE):
            return breaker  # says nothing of the provider, neither good nor bad
        case Deferred(trouble=Trouble.ACCOUNT):
            return _opened(breaker, now, ACCOUNT_REST)
        case Deferred(trouble=Trouble.PROVIDER, retry_after=float(seconds)) if seconds > 0:
            return _opened(breaker, now, timedelta(seconds=min(seconds, LONGEST_REST.total_seconds())))
        case Deferred():
            return _failed(breaker, now)
        case never:
            assert_never(never)


def _failed(breaker: Breaker, now: datetime) -> Breaker:
    failures = breaker.failures + 1
    probe_failed = breaker.open_until is not None
    if failures < THRESHOLD and not probe_failed:
        return replace(breaker, failures=failures)
    return _opened(breaker, now, min(FIRST_REST * 2 ** min(breaker.openings, 10), LONGEST_REST))


def _opened(breaker: Breaker, now: datetime, rest: timedelta) -> Breaker:
    """Open until the end of `rest`. What was under way when it opened does not open it a second time."""
    if state(breaker, now) is State.OPEN and not breaker.probe:
        return breaker
    return Breaker(failures=max(breaker.failures + 1, THRESHOLD), openings=breaker.openings + 1, open_until=now + rest)
