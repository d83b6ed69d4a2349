"""All threads of a dispatcher on one core of the machine.

They hold the interpreter's lock by turns, so a second core makes none of them faster: the lock and all that they share
would only travel between the cores (docs/adr/0069). The core is the one that others leave free, and another one as soon as
they do not.
"""

import asyncio
import os
import random
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import structlog

LOOK_EVERY: Final = 1.0
"""Seconds, about: two dispatchers on one core must not leave it at the same moment."""
KEPT_WAITING: Final = 0.1
"""Part of the time in which we could have worked and had to wait for others on our core: from here on another is sought."""
FREER: Final = 0.2
"""So much more of its time another core must have had free, to be worth the way."""
IDLE: Final = (4, 5)
"""Where a line of /proc/stat says how long a core had nothing to do, or waited for a disk: in ticks."""

log = structlog.get_logger(__name__)


class Core:
    """Where the threads of this process work. Does nothing where the system has no such choice."""

    def __init__(
        self, proc: Path = Path("/proc"), allowed: Collection[int] | None = None, turn: int | None = None
    ) -> None:
        """`allowed`: the cores to choose from, if not those that the system gives us.

        `turn`: by which dispatchers that begin together choose different ones; if not given, the process id.
        """
        self._proc = proc
        self._turn = os.getpid() if turn is None else turn
        self.allowed = _allowed() if allowed is None else allowed
        """The cores to choose from."""
        self.number: int | None = None
        self._tick = 1 / os.sysconf("SC_CLK_TCK")
        self._at, self._waited = 0.0, 0.0
        self._idle: Mapping[int, float] = {}

    async def run(self) -> None:
        """Until cancelled, or found to be of no use here."""
        try:
            while len(self.allowed) > 1:
                self.look(time.monotonic())
                await asyncio.sleep(LOOK_EVERY * random.uniform(0.5, 1.5))
        except (OSError, ValueError, LookupError) as error:  # a system that hides these files, or forbids the choice
            log.info("no_core_of_its_own", error=type(error).__name__)

    def look(self, at: float) -> None:
        """Choose a core, or keep the present one, by what happened since the last look (seconds of `time.monotonic`).

        Raises OSError, ValueError or LookupError where the system does not tell.
        """
        before, waited, idle = self._at, self._waited, self._idle
        self._at, self._waited, self._idle = at, self._seconds_waited(), self._seconds_idle()
        if not idle:
            return
        free = {core: (self._idle[core] - idle[core]) / (at - before) for core in self.allowed}
        freest = max(free, key=free.__getitem__)
        if self.number is None:
            near = [core for core in free if free[freest] - free[core] < FREER]
            self._move(near[self._turn % len(near)])
        elif (self._waited - waited) / (at - before) > KEPT_WAITING and free[freest] - free[self.number] > FREER:
            self._move(freest)

    def _seconds_waited(self) -> float:
        """How long the event loop's thread was ready to work and others were at it, since it began."""
        return int((self._proc / "self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9

    def _seconds_idle(self) -> dict[int, float]:
        """How long each core had nothing to do, since the machine was started."""
        lines = (line.split() for line in (self._proc / "stat").read_text(encoding="ascii").splitlines())
        told = {fields[0]: sum(int(fields[place]) for place in IDLE) for fields in lines if fields[0].startswith("cpu")}
        return {core: told[f"cpu{core}"] * self._tick for core in self.allowed}

    def _move(self, core: int) -> None:
        """All threads; those that begin later follow the one that begins them."""
        for thread in (self._proc / "self/task").iterdir():
            try:
                os.sched_setaffinity(int(thread.name), {core})
            except ProcessLookupError:  # it ended just now
                continue
        self.number = core


def _allowed() -> Collection[int]:
    """The cores that the system gives us; none where it has no such choice."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else ()
