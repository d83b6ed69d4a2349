"""The main path: expire, rescue, claim; the lines check, render and send; the recorder records; then sleep."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import Error as DatabaseTrouble

from myosotis.dispatch import expirer, pruner, rescuer, worker
from myosotis.dispatch.claimer import Claimer
from myosotis.dispatch.database import Database
from myosotis.dispatch.recorder import Recorder
from myosotis.dispatch.sender import Sender
from myosotis.dispatch.waker import Waker

RESCUE_EVERY: Final = 5.0
PRUNE_EVERY: Final = 3600.0
PAUSE: Final = 1.0
"""Seconds of patience with a database that is away."""
FAREWELL: Final = 30.0
"""Seconds that what is under way gets to finish when we are told to stop."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How a dispatcher works (`site.config`)."""

    batch: int = 500
    in_flight: int = 128
    lease_seconds: int = 120


class Dispatcher:
    """One of possibly many on the same database."""

    def __init__(self, database: Database, *, now: Callable[[], datetime], pace: Pace) -> None:
        self._database = database
        self._now = now
        self._lease = timedelta(seconds=pace.lease_seconds)
        self._worker = worker.name()
        self._stopping = asyncio.Event()
        self._rescued_at = self._pruned_at = float("-inf")
        self.waker = Waker(now=now)
        self.recorder = Recorder(database, worker=self._worker, now=now, written=self.waker.rung)
        self.sender = Sender(
            database,
            self.recorder,
            now=now,
            in_flight=pace.in_flight,
            lot=max(pace.batch // 2, 1),
            lease=pace.lease_seconds,
        )
        self.claimer = Claimer(database, self.recorder, self.sender, worker=self._worker, now=now, batch=pace.batch)

    async def run(self) -> None:
        """Work until `stop`; then finish what is under way and give the rest back."""
        recording = asyncio.create_task(self.recorder.run())
        try:
            while not self._stopping.is_set():
                await self._turn()
        finally:
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

    def stop(self) -> None:
        self.sender.stopping = True
        self._stopping.set()
        self.waker.rung.set()

    async def _turn(self) -> None:
        try:
            found = await self._look()
        except DatabaseTrouble as error:
            log.warning("database_away", error=type(error).__name__)
            await asyncio.sleep(PAUSE)
            return
        if not found and not self._stopping.is_set():
            await self.waker.sleep(self.claimer.wake_at)

    async def _look(self) -> int:
        """One look into the queue; how many messages it brought."""
        now = self._now()
        if await self._keep_house(now):
            self.waker.rung.set()
        return await self.claimer.claim()

    async def _keep_house(self, now: datetime) -> int:
        """What must not wait for the end of a backlog: expiry, orphans, old texts; how many messages it concerned."""
        time = asyncio.get_running_loop().time()
        count = await self._database(expirer.end, now)
        if time - self._rescued_at >= RESCUE_EVERY:
            self._rescued_at = time
            count += await self._database(rescuer.settle, self._worker, self._lease, now)
        if time - self._pruned_at >= PRUNE_EVERY:
            self._pruned_at = time
            await self._database(pruner.prune, now)
        return count

    async def _finish(self, recording: asyncio.Task[None]) -> None:
        self.sender.stopping = True
        try:
            async with asyncio.timeout(FAREWELL):
                await self.sender.finished()
                recording.cancel()
                await asyncio.gather(recording, return_exceptions=True)
                await self.recorder.drain()
        except TimeoutError:
            log.error("stopped_with_messages_under_way")  # the rescuer of the next dispatcher settles them
        recording.cancel()
        await self.claimer.close()
