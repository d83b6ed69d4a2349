"""Letting go of texts and old rows (docs/rules.md 6), once what they came to is kept.

All dispatchers share it by turns. It goes on beside the sending, a batch at a time, and rests as long as it worked.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from myosotis import clock
from myosotis.dispatch.clocks import Clocks, ClocksApartError
from myosotis.dispatch.database import Database
from myosotis.store import installations, pruning, sessions, statistics_kept, upkeep
from myosotis.value_class import value_class

LOOK_EVERY: Final = 300.0
"""Seconds between two looks at whose turn it is."""
REST: Final = 0.02
LONGEST_REST: Final = 5.0
"""Seconds between two batches, at least and at most."""
Batches = Callable[[datetime], Iterator[int]]

log = structlog.get_logger(__name__)


@value_class
class Turn:
    """What is done so often, in this order: batch by batch, each saying how many rows it removed."""

    name: str
    every: timedelta
    duties: Mapping[str, Batches]


def _months(now: datetime) -> Iterator[int]:
    """Before messages go, what they came to is kept (docs/adr/0038)."""
    statistics_kept.keep(now)
    yield 0


def _sessions(_now: datetime) -> Iterator[int]:
    yield sessions.prune(clock.wall())


def _counts(_now: datetime) -> Iterator[int]:
    return pruning.prune_counts(clock.wall())


def _installations(now: datetime) -> Iterator[int]:
    yield installations.prune(now)


TURNS: Final = (
    Turn(
        name="hourly",
        every=timedelta(hours=1),
        duties={
            "sessions": _sessions,
            "answers": pruning.prune_answers,
            "counts": _counts,
            "entered": pruning.prune_entered,
            "holds": pruning.prune_holds,
            "files": pruning.prune_files,
        },
    ),
    Turn(
        name="daily",
        every=timedelta(days=1),
        duties={
            "months": _months,
            "texts": pruning.prune_texts,
            "letters": pruning.prune_letters,
            "incoming": pruning.prune_incoming,
            "notes": pruning.prune_notes,
            "installations": _installations,
            "problems": pruning.prune_problems,
            "messages": pruning.prune_messages,
            "audit": pruning.prune_audit,
        },
    ),
)


def prune(now: datetime) -> int:
    """Remove at once what is older at `now` (UTC) than it may be kept; how many rows."""
    return sum(sum(batches(now)) for turn in TURNS for batches in turn.duties.values())


class Pruner:
    """The duty beside a dispatcher's sending."""

    def __init__(self, database: Database, clocks: Clocks, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._clocks = clocks
        self._now = now

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for turn in TURNS:
                await self.look(turn)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self, turn: Turn) -> None:
        """Do it if it is its turn. Whatever a row brings up ends neither the dispatcher nor the next turn."""
        try:
            now = self._now()
            await self._clocks.ensure()
            if await self._database(upkeep.take, turn.name, turn.every, now):
                await self.take(turn, now)
        except ClocksApartError:
            pass  # what is old, is not certain now
        except Exception as error:  # noqa: BLE001 - its text may hold data
            log.error("duty_failed", duty=f"prune.{turn.name}", error=type(error).__name__)

    async def take(self, turn: Turn, now: datetime) -> None:
        """Do all duties of a turn at `now` (UTC). One that fails keeps no other from being done; the turn then has no end."""
        counts, failed = {}, False
        for name, batches in turn.duties.items():
            try:
                counts[name] = await self._drive(batches(now))
            except Exception as error:  # noqa: BLE001 - its text may hold data
                failed = True
                log.error("duty_failed", duty=f"prune.{name}", error=type(error).__name__)
        if any(counts.values()):
            log.info("pruned", turn=turn.name, **counts)
        if not failed:
            await self._database(upkeep.ended, turn.name, counts, self._now())

    async def _drive(self, batches: Iterator[int]) -> int:
        count = 0
        while (removed := await self._timed(batches)) is not None:
            count += removed
        return count

    async def _timed(self, batches: Iterator[int]) -> int | None:
        """One batch, and a rest as long as it took; None when there is none left."""
        began = time.monotonic()
        removed = await self._database(next, batches, None)
        if removed is not None:
            await asyncio.sleep(min(max(time.monotonic() - began, REST), LONGEST_REST))
        return removed
