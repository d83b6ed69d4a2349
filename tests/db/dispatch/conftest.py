"""A provider in the hand: takes what dispatch hands over, and answers as a test says."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from myosotis.channels.base import Ability, Check, Finding, Outgoing
from myosotis.channels.limits import Limit
from myosotis.dispatch import line, worker
from myosotis.dispatch.accounts import AccountSettings
from myosotis.dispatch.database import Caller
from myosotis.dispatch.rescuer import Rescuer
from myosotis.dispatch.run import run_until_idle
from myosotis.domain.outcomes import Accepted, Outcome
from myosotis.domain.words import Channel

LEASE = timedelta(seconds=120)
GONE = f"{worker._machine()}:4194305:1:gone"
"""A dispatcher of this machine whose process is gone: no process has so high a number."""
ABILITIES = {
    Channel.SMS: frozenset({Ability.REFUSES_REPEATS}),
    Channel.PUSH: frozenset({Ability.REFUSES_REPEATS}),
    Channel.EMAIL: frozenset({Ability.REPEAT_ONCE}),
}


@dataclass
class FakeProvider:
    """Takes everything, unless `answers` says otherwise: each is used once, in order, for whatever comes."""

    channel: Channel
    abilities: frozenset[Ability]
    name: str = "fake"
    taken: list[Outgoing] = field(default_factory=list)
    answers: deque[Outcome | Exception] = field(default_factory=deque)
    always: Outcome | Exception | None = None
    before: Callable[[Outgoing], None] | None = None
    closed: bool = False

    async def send(self, outgoing: Outgoing) -> Outcome:
        if self.before is not None:
            self.before(outgoing)
        self.taken.append(outgoing)
        answer = (
            self.answers.popleft() if self.answers else (self.always or Accepted(provider_id=f"p{outgoing.message_id}"))
        )
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def check(self) -> Check:
        return Check(ok=True, detail="", finding=Finding.WORKS)

    async def close(self) -> None:
        self.closed = True


@dataclass
class Post:
    """The providers of all channels, and the dispatcher."""

    email: FakeProvider
    push: FakeProvider
    sms: FakeProvider
    per_second: float = 100_000

    def at(self, now: datetime) -> int:
        """Dispatch everything due at `now`."""
        return run_until_idle(now)

    def counts(self) -> tuple[int, int, int]:
        return len(self.email.taken), len(self.push.taken), len(self.sms.taken)


def rescued(now: datetime) -> int:
    """A dispatcher looks after what others left, twice, with a lease in between; how many messages it settled at `now`."""
    steady = iter([0.0, LEASE.total_seconds()])
    rescuer = Rescuer("me", LEASE, lambda: next(steady))
    return rescuer.settle(now) + rescuer.settle(now)


def serving(work: Callable[[Caller], Coroutine[None, None, None]]) -> None:
    """Run what asks the database through a caller, which serves it here: with our connection, in our transaction."""
    caller = Caller()

    def body() -> None:
        try:
            asyncio.run(work(caller))
        finally:
            caller.stop()

    thread = threading.Thread(target=body)
    thread.start()
    caller.serve()
    thread.join()


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    made = {channel: FakeProvider(channel, able) for channel, able in ABILITIES.items()}
    post = Post(email=made[Channel.EMAIL], push=made[Channel.PUSH], sms=made[Channel.SMS])

    def opened(settings: AccountSettings) -> tuple[FakeProvider, Limit]:
        limit = Limit(per_second=post.per_second, in_flight=50)
        return made[settings.account.channel], limit

    monkeypatch.setattr(line, "_opened", opened)
    return post
