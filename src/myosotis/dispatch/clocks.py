"""Whether our clock may be believed: while it and the database's are minutes apart a dispatcher touches nothing (docs/adr/0082).

By a wrong clock reminders leave at night, what is still good expires, and rows are removed before their time. Which of two
clocks is the wrong one nobody here can know; so both must agree.
"""

import time
from datetime import datetime, timedelta
from typing import Final

import structlog

from myosotis import clock
from myosotis.dispatch.database import Database
from myosotis.metrics import sending
from myosotis.store import clocks

ASK_EVERY: Final = 5.0
"""Seconds between two questions to the database, as long as our clock goes evenly."""
BEARABLE: Final = clocks.BEARABLE.total_seconds()
JUMP: Final = 1.0
"""Seconds by which our clock gained or lost since the last question: then it is asked at once."""

log = structlog.get_logger(__name__)


class ClocksApartError(Exception):
    """What the time is, is not certain enough to act upon."""


class Clocks:
    """Ours and the database's, as one dispatcher sees them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked_at = float("-inf")
        """By the clock that measures durations, which nobody sets."""
        self._lead = 0.0
        """Seconds by which the time of day was ahead of it then."""
        self._apart = 0.0
        """Seconds by which the database's is ahead of ours."""
        self._agree = True

    @property
    def real(self) -> datetime:
        """The real instant (UTC) by the database's clock: for what dispatchers on all machines count together."""
        return clock.wall() + timedelta(seconds=self._apart)

    async def ensure(self) -> None:
        """That the time of day which was read before this call may be acted upon; else raises ClocksApartError.

        Raises django.db.Error if the database has to be asked and cannot.
        """
        at = time.monotonic()
        lead = clock.wall().timestamp() - at
        if at - self._asked_at > ASK_EVERY or abs(lead - self._lead) > JUMP:
            await self._ask()
            self._asked_at, self._lead = at, lead
        if not self._agree:
            raise ClocksApartError

    async def _ask(self) -> None:
        self._apart = seconds = await self._database(_seconds_apart)
        sending.clock_apart.set(seconds)
        agreed, self._agree = self._agree, abs(seconds) <= BEARABLE
        if agreed and not self._agree:
            log.error("clocks_apart", seconds=round(seconds))
        if self._agree and not agreed:
            log.info("clocks_agree", seconds=round(seconds))


def _seconds_apart() -> float:
    """Our clock is read where the database is asked: waiting for a thread of it must not count."""
    apart = clocks.apart(clock.wall())
    return apart.total_seconds() if apart is not None else 0.0
