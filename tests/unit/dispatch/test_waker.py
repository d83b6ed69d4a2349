"""A dispatcher looks into the queue now and then whatever it hears: a bell can be out of order, and the dead ring none."""

import asyncio
from datetime import datetime, timedelta

import pytest

from myosotis.dispatch import waker
from myosotis.dispatch.waker import Waker
from myosotis.domain.values import utc

NOW = utc(2027, 3, 1, 9)


@pytest.mark.parametrize("until", [None, NOW + timedelta(days=1)])
async def test_nobody_sleeps_for_good(monkeypatch: pytest.MonkeyPatch, until: datetime | None) -> None:
    monkeypatch.setattr(waker, "LONGEST_SLEEP", 0.02)
    async with asyncio.timeout(5):
        await Waker(now=lambda: NOW).sleep(until)


async def test_a_bell_ends_the_sleep_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waker, "LONGEST_SLEEP", 60.0)
    sleeper = Waker(now=lambda: NOW)
    sleeper.rung.set()
    async with asyncio.timeout(5):
        await sleeper.sleep(None)
    assert not sleeper.rung.is_set()


async def test_what_is_due_ends_the_sleep_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waker, "LONGEST_SLEEP", 60.0)
    async with asyncio.timeout(5):
        await Waker(now=lambda: NOW).sleep(NOW)
