"""The main path: expire, rescue, claim; the lines check, render and send; the recorder records; then sleep."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from logging import ERROR, WARNING
from typing import Final, ParamSpec

import structlog
from django.db import Error as DatabaseTrouble

from myosotis.dispatch import expirer, worker
from myosotis.dispatch.claimer import Claimer
from myosotis.dispatch.clocks import Clocks, ClocksApartError
from myosotis.dispatch.database import Database
from myosotis.dispatch.pruner import Pruner
from myosotis.dispatch.recorder import Recorder
from myosotis.dispatch.rescuer import Rescuer
from myosotis.dispatch.sender import Sender
from myosotis.dispatch.waker import Waker
from myosotis.store.queue import feed
from myosotis.value_class import value_class

RESCUE_EVERY: Final = 5.0
PAUSE: Final = 1.0
"""Seconds of patience with a database that is away, or whose clock is not ours."""
FAREWELL: Final = 30.0
"""Seconds that what is under way gets to finish when we are told to stop."""

P = ParamSpec("P")
log = structlog.get_logger(__name__)


@value_class
class Pace:
    """How a dispatcher works (`site.config`)."""

    batch: int = 1000
    in_flight: int = 128
    lease_seconds: int = 120


class Dispatcher:
    """One of possibly many on the same database."""

    def __init__(self, database: Database, *, now: Callable[[], datetime], pace: Pace) -> None:
        self._database = database
        self._now = now
        self._worker = worker.name()
        self._rescuer = Rescuer(self._worker, timedelta(seconds=pace.lease_seconds))
        self._stopping = asyncio.Event()
        self._rescued_at = float("-inf")
        self._feed_at = feed.BEGINNING
        """When the queue needs to reach further (UTC)."""
        self._clocks = Clocks(database)
        self.waker = Waker(now=now)
        self.recorder = Recorder(database, now=now, written=self.waker.rung)
        self.sender = Sender(
            database,
            self.recorder,
            self._clocks,
            now=now,
            in_flight=pace.in_flight,
            lot=max(pace.batch // 2, 1),
            lease=pace.lease_seconds,
            worker=self._worker,
        )
        self.claimer = Claimer(
            database, self.recorder, self.sender, self._clocks, worker=self._worker, now=now, batch=pace.batch
        )

    @property
    def wake_at(self) -> datetime:
        """When the next look can bring something (UTC), if nothing changes before."""
        next_claim = self.claimer.wake_at
        return self._feed_at if next_claim is None else min(next_claim, self._feed_at)

    async def run(self) -> None:
        """Work until `stop`; then finish what is under way and give the rest back."""
        recording = asyncio.create_task(self.recorder.run())
        pruning = asyncio.create_task(Pruner(self._database, self._clocks, now=self._now).run())
        try:
            while not self._stopping.is_set():
                await self._turn()
        finally:
            pruning.cancel()
            await self._finish(recording)

    async def run_until_idle(self) -> int:
        """Work until nothing is due any more and nothing under way; how many results were recorded."""
        recording = asyncio.create_task(self.recorder.run())
        try:
            while await self._look() or self.sender.busy or self.recorder.busy:
                if self.sender.busy or self.recorder.busy:
                    await self.waker.sleep(None)
        finally:
            await self._finish(recording)
        return self.recorder.recorded

    async def settle(self) -> bool:
        """Deal with what one look finds at this instant, recording without waiting for company; whether it found anything.

        For virtual time, which stands still meanwhile; may be called again and again, also for what came of the last look,
        and then `close`.
        """
        found = await self._look()
        while self.sender.busy or self.recorder.busy:
            await self.sender.finished()
            await self.recorder.drain()
        return found > 0

    async def close(self) -> None:
        await self.claimer.close()

    def stop(self) -> None:
        self.sender.stopping = True
        self._stopping.set()
        self.waker.rung.set()

    async def _turn(self) -> None:
        """One look, and sleep if it found nothing. Nothing that a row brings up ends the dispatcher."""
        try:
            found = await self._look()
        except ClocksApartError:  # told already; it may be mended while we wait
            await asyncio.sleep(PAUSE)
            return
        except Exception as error:  # noqa: BLE001 - its text may hold data
            away = isinstance(error, DatabaseTrouble)
            log.log(WARNING if away else ERROR, "database_away" if away else "look_failed", error=type(error).__name__)
            await asyncio.sleep(PAUSE)
            return
        if not found and not self._stopping.is_set():
            await self.waker.sleep(self.wake_at)

    async def _look(self) -> int:
        """One look into the queue; how many messages it brought. Raises ClocksApartError."""
        now = self._now()
        await self._clocks.ensure()
        if now >= self._feed_at:
            self._feed_at = await self._database(feed.feed, now)
        if await self._keep_house(now):
            self.waker.rung.set()
        return await self.claimer.claim()

    async def _keep_house(self, now: datetime) -> int:
        """What must not wait for the end of a backlog: expiry, orphans; how many messages it concerned."""
        time = asyncio.get_running_loop().time()
        count = await self._duty(expirer.end, now)
        if time - self._rescued_at >= RESCUE_EVERY:
            self._rescued_at = time
            idle = not (self.sender.busy or self.recorder.busy)
            count += await self._duty(self._rescuer.settle, now, idle=idle)
        return count

    async def _duty(self, duty: Callable[P, int], /, *args: P.args, **kwargs: P.kwargs) -> int:
        """One of the duties beside sending: if it fails, for whatever reason but the database's, the others go on."""
        try:
            return await self._database(duty, *args, **kwargs)
        except DatabaseTrouble:
            raise
        except Exception as error:  # noqa: BLE001 - its text may hold data
            log.error("duty_failed", duty=getattr(duty, "__module__", ""), error=type(error).__name__)
            return 0

    async def _finish(self, recording: asyncio.Task[None]) -> None:
        self.sender.stopping = True
        try:
            async with asyncio.timeout(FAREWELL):
                await self.sender.finished()
                self.recorder.end()
                await recording
        except TimeoutError:
            log.error("stopped_with_messages_under_way")  # the rescuer of the next dispatcher settles them
        recording.cancel()
        await self.claimer.close()
