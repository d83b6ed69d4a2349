"""The limit of an account: spaced, bounded, and never a place lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from myosotis.channels.limits import BURST_SECONDS, Limit


class Instants:
    """The loop's clock under our hand: sleeping moves it on, so no test waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
async def instants(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Instants]:
    yield Instants(monkeypatch)
    monkeypatch.undo()


async def test_it_lets_through_so_many_a_second(instants: Instants) -> None:
    limit = Limit(per_second=20, in_flight=5)
    began = instants.now
    for _ in range(200):
        async with limit:
            pass
    assert 10 - 2 * BURST_SECONDS <= instants.now - began <= 10


async def test_unused_time_is_not_saved_up(instants: Instants) -> None:
    limit = Limit(per_second=20, in_flight=5)
    async with limit:
        instants.now += 3600
    began = instants.now
    for _ in range(100):
        async with limit:
            pass
    assert instants.now - began >= 5 - 2 * BURST_SECONDS


async def test_a_provider_that_asks_for_a_pause_gets_it(instants: Instants) -> None:
    limit = Limit(per_second=1000, in_flight=5)
    began = instants.now
    limit.hold(30)
    async with limit:
        assert instants.now - began >= 30


async def test_no_more_at_once_than_allowed() -> None:
    limit, under_way, most, go = Limit(per_second=1e6, in_flight=3), 0, 0, asyncio.Event()

    async def one() -> None:
        nonlocal under_way, most
        async with limit:
            under_way += 1
            most = max(most, under_way)
            await go.wait()
            under_way -= 1

    tasks = [asyncio.create_task(one()) for _ in range(10)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert most == 3
    go.set()
    await asyncio.gather(*tasks)
    assert most == 3


async def test_who_gives_up_while_waiting_gives_the_place_back() -> None:
    limit = Limit(per_second=0.001, in_flight=1)
    async with limit:
        pass
    waiting = asyncio.create_task(limit.__aenter__())
    await asyncio.sleep(0)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    assert not limit.places.locked()


@pytest.mark.parametrize(("per_second", "in_flight"), [(0, 1), (1, 0), (-1, 1)])
def test_a_limit_that_lets_nothing_through_is_a_mistake(per_second: float, in_flight: int) -> None:
    with pytest.raises(ValueError, match="something"):
        Limit(per_second=per_second, in_flight=in_flight)
