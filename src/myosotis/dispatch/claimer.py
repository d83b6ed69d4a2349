"""Claiming what is due and handing it to the lines of its accounts."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from myosotis.channels.breaker import Breaker
from myosotis.dispatch import accounts, breakers, outcomes, practice_rate
from myosotis.dispatch.accounts import AccountSettings
from myosotis.dispatch.clocks import Clocks
from myosotis.dispatch.database import Database
from myosotis.dispatch.job import Job
from myosotis.dispatch.line import Line
from myosotis.dispatch.recorder import Recorder
from myosotis.dispatch.sender import Sender
from myosotis.metrics import sending
from myosotis.store import halts
from myosotis.store.queue import claim, give_up
from myosotis.store.queue.claim import Account, Claimed
from myosotis.value_class import value_class

log = structlog.get_logger(__name__)


@value_class
class Catch:
    """What one claim brought."""

    messages: Sequence[Claimed]
    accounts: Mapping[int, AccountSettings | None]
    """By message id; None where there is none to send with."""
    probes: frozenset[int]
    """Ids of messages that try out an account."""
    breakers: Mapping[Account, Breaker]
    """Of accounts that had trouble."""
    wake_at: datetime | None
    """When something else is due, expires, or may be tried (UTC); asked only if nothing was caught."""
    is_full: bool
    """As much as was asked for: there may be more."""


def catch(
    worker: str, now: datetime, limit: int, shares: Mapping[Account, int], *, real: datetime, in_turns: bool
) -> Catch:
    """Claim in the database: for accounts with a backlog their share, probes where a rest is over, then all the others.

    `real`: the real instant (UTC), by which rates are counted; `now` is the product's.
    """
    began = time.perf_counter()
    if halts.standing().exists():
        return Catch(messages=(), accounts={}, probes=frozenset(), breakers={}, wake_at=None, is_full=False)
    known = breakers.load()
    resting, probing = breakers.closed_to(known, now)
    for account in resting:
        if breakers.at_rest(known[account], now):
            give_up.give_up(account, now)
    tried = [
        message
        for account in probing
        if breakers.take_probe(account, now)
        for message in _some(worker, now, 1, account, in_turns=False)
    ]
    used_up = practice_rate.used_up(real)
    due: list[Claimed] = []
    for account, share in shares.items():
        if share and account not in resting:
            due += _some(worker, now, share, account, without=used_up, in_turns=True)
    without = [*resting, *shares, *used_up]
    others = claim.claim(worker=worker, now=now, limit=limit, without=without, in_turns=in_turns)
    claimed = [*tried, *due, *others]
    by = accounts.of(claimed) if claimed else {}
    messages = [*tried, *_within_rates([*due, *others], by, real)]
    if messages:
        sending.claim_seconds.observe(time.perf_counter() - began)
        sending.claimed.inc(len(messages))
    return Catch(
        messages=messages,
        accounts=by,
        probes=frozenset(message.id for message in tried),
        breakers=known,
        wake_at=None if messages else _next(known, used_up.values(), now),
        is_full=len(others) >= limit,
    )


def _some(
    worker: str, now: datetime, limit: int, account: Account, *, without: Collection[Account] = (), in_turns: bool
) -> list[Claimed]:
    return claim.claim(worker=worker, now=now, limit=limit, only=account, without=without, in_turns=in_turns)


def _within_rates(
    claimed: Sequence[Claimed], by: Mapping[int, AccountSettings | None], real: datetime
) -> Sequence[Claimed]:
    """What may go now; what practices may not send yet is given back."""
    back = practice_rate.beyond(claimed, by, real)
    if not back:
        return claimed
    claim.release([message.held for message in back])
    ids = {message.id for message in back}
    return [message for message in claimed if message.id not in ids]


def _next(known: Mapping[Account, Breaker], rests: Iterable[float], now: datetime) -> datetime | None:
    """When something is due, or expires, or a rest is over: of an account after trouble, of a practice (in seconds)."""
    until = [breaker.open_until for breaker in known.values() if breaker.open_until is not None]
    over = [*(moment for moment in until if moment > now), *(now + timedelta(seconds=rest) for rest in rests)]
    moments = [claim.next_moment(now), *over]
    return min((moment for moment in moments if moment is not None), default=None)


class Claimer:
    """Keeps the lines of all accounts and fills them."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        sender: Sender,
        clocks: Clocks,
        *,
        worker: str,
        now: Callable[[], datetime],
        batch: int,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._sender = sender
        self._clocks = clocks
        self._worker = worker
        self._now = now
        self._batch = batch
        self._lines: dict[AccountSettings, Line] = {}
        self.wake_at: datetime | None = None
        """When the next claim can bring something (UTC), as far as the last one saw; None for "when something changes"."""
        self._in_turns = False
        """Whether there was more than one claim takes: then all practices get their turn."""

    @property
    def load(self) -> int:
        """How many messages are claimed and not yet with the recorder."""
        return sum(line.load for line in list(self._lines.values()))  # a copy: other threads ask too

    @property
    def room(self) -> int:
        """How many more may be claimed: two batches are enough ahead of what is on its way to providers."""
        return 2 * self._batch - sum(line.ahead for line in self._lines.values())

    async def claim(self) -> int:
        """Claim a batch, if there is room for it; how many messages."""
        if self.room < self._batch // 2:
            return 0
        now = self._now()
        began = time.monotonic()
        shares = {line.account: line.share for line in self._lines.values() if line.backlog}
        caught = await self._database(
            catch, self._worker, now, self._batch, shares, real=self._clocks.real, in_turns=self._in_turns
        )
        self.wake_at, self._in_turns = caught.wake_at, caught.is_full
        self._close_backlogs(shares, caught)
        await self._hand_out(caught, began)
        return len(caught.messages)

    def _close_backlogs(self, shares: Mapping[Account, int], caught: Catch) -> None:
        """An account that got less than its share has no backlog any more."""
        for line in self._lines.values():
            if line.backlog and shares.get(line.account):
                got = sum(
                    1
                    for settings in caught.accounts.values()
                    if settings is not None and settings.account == line.account
                )
                line.backlog = got >= shares[line.account]

    async def _hand_out(self, caught: Catch, began: float) -> None:
        lots: dict[int, tuple[AccountSettings, list[Job]]] = {}  # by identity: the settings are long to compare
        for message in caught.messages:
            settings = caught.accounts[message.id]
            if settings is None:
                self._recorder.add(outcomes.without_account(message, self._now()))
            else:
                _, jobs = lots.setdefault(id(settings), (settings, []))
                jobs.append(Job(message, began, message.id in caught.probes))
        for settings, jobs in lots.values():
            line = await self._line(settings)
            line.breaker = caught.breakers.get(line.account, breakers.FRESH)
            line.troubled = line.account in caught.breakers
            self._fill(line, jobs)

    def _fill(self, line: Line, jobs: Sequence[Job]) -> None:
        """As much as the account can send soon; the rest goes back and waits for its turn in the table."""
        taken = jobs[: max(line.room, 0)] if len(jobs) > line.room else jobs
        if len(taken) < len(jobs):
            line.backlog = True
            self._recorder.release(jobs[len(taken) :])
        self._sender.take(line, taken)

    async def _line(self, settings: AccountSettings) -> Line:
        """The account's line. One whose settings were changed is closed when the last message has left it."""
        for old in [line for line in self._lines.values() if line.account == settings.account]:
            if old.settings != settings and not old.load:
                del self._lines[old.settings]
                await old.provider.close()
        if settings not in self._lines:
            self._lines[settings] = Line(settings)
        return self._lines[settings]

    async def close(self) -> None:
        for line in self._lines.values():
            await line.provider.close()
        self._lines.clear()
