"""The circuit breakers of accounts, shared by all dispatchers through the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from myosotis.channels.breaker import Breaker, State, after, allowance, probing, state
from myosotis.domain.outcomes import Outcome
from myosotis.domain.words import Channel
from myosotis.store.models import BreakerState
from myosotis.store.question import Question
from myosotis.store.queue.claim import Account

FRESH = Breaker()
_STATE: Final = ("failures", "openings", "open_until", "probe")
_ALL: Final = Question(lambda: BreakerState.objects.values_list("account", *_STATE), lists=0)


def account_of(key: str) -> Account:
    """The account that is filed under a key: `12:sms`, `*:sms`."""
    practice, _, channel = key.partition(":")
    return Account(Channel(channel), None if practice == "*" else int(practice))


def load() -> dict[Account, Breaker]:
    """All breakers that are not fresh: few, as a rule none."""
    return {account_of(key): Breaker(**dict(zip(_STATE, state, strict=True))) for key, *state in _ALL.ask()}


def _breaker(row: BreakerState) -> Breaker:
    return Breaker(failures=row.failures, openings=row.openings, open_until=row.open_until, probe=row.probe)


def closed_to(breakers: dict[Account, Breaker], now: datetime) -> tuple[list[Account], list[Account]]:
    """The accounts whose messages are not claimed now, and among them those that may send one probe."""
    waiting = [account for account, breaker in breakers.items() if state(breaker, now) is not State.CLOSED]
    return waiting, [account for account in waiting if allowance(breakers[account], now, 1)]


def at_rest(breaker: Breaker, now: datetime) -> bool:
    """Whether nothing at all is tried with an account now: it rests, and no probe is under way."""
    return state(breaker, now) is State.OPEN and not breaker.probe


def take_probe(account: Account, now: datetime) -> bool:
    """Whether we, and nobody else, send the probe of an account now."""
    with transaction.atomic():
        breaker = _locked(account)
        if state(breaker, now) is not State.HALF_OPEN:
            return False
        _keep(account, probing(breaker, now), now)
    return True


def apply(account: Account, outcomes: Sequence[Outcome], now: datetime) -> Breaker:
    """Take outcomes, in their order, into the account's breaker; the breaker after them."""
    with transaction.atomic():
        before = _locked(account)
        breaker = after(before, outcomes, now)
        if breaker != before:
            _keep(account, breaker, now)
    return breaker


def _locked(account: Account) -> Breaker:
    rows = BreakerState.objects.filter(account=account.key)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    row = rows.first()
    return FRESH if row is None else _breaker(row)


def _keep(account: Account, breaker: Breaker, now: datetime) -> None:
    if breaker == FRESH:
        BreakerState.objects.filter(account=account.key).delete()
        return
    values = {
        "failures": breaker.failures,
        "openings": breaker.openings,
        "open_until": breaker.open_until,
        "probe": breaker.probe,
        "changed_at": now,
    }
    BreakerState.objects.update_or_create(account=account.key, defaults=values)
