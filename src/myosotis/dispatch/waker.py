"""Sleeping until something is due or something changed, without asking the database over and over.

SQLite counts commits (`PRAGMA data_version`); PostgreSQL notifies of a commit that leaves something planned. The product's
clock is read twice a second at least: the virtual one may jump.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any, Final, Protocol

import psycopg
import structlog
from django.conf import settings
from django.db import connection

CHANNEL: Final = "myosotis_planned"
LONGEST_NAP: Final = 0.5
"""Seconds between two looks at the product's clock."""
LONGEST_SLEEP: Final = 5.0
"""Seconds between two looks into the queue, whatever is heard: what a dispatcher left that died rings no bell, and a pooler may
keep ours from being heard."""
LISTEN_AGAIN: Final = 5.0
"""Seconds before a lost connection for notifications is opened anew."""

log = structlog.get_logger(__name__)


class Bell(Protocol):
    """Rings when the database changed."""

    @property
    def hears(self) -> bool:
        """Whether a change would be heard of now."""
        ...

    async def watch(self, rung: asyncio.Event) -> None:
        """Set `rung` at every change, until cancelled."""
        ...


class Commits:
    """SQLite: looks at its counter of commits, a few microseconds each time."""

    hears = True

    def __init__(self, every: float) -> None:
        self._every = every
        self._path = connection.get_connection_params()["database"]

    async def watch(self, rung: asyncio.Event) -> None:
        with closing(
            sqlite3.connect(self._path, timeout=0, isolation_level=None, uri=str(self._path).startswith("file:"))
        ) as counter:
            seen = self._count(counter)
            while True:
                await asyncio.sleep(self._every)
                count = self._count(counter)
                if count != seen:
                    seen = count
                    rung.set()

    @staticmethod
    def _count(counter: sqlite3.Connection) -> int:
        count: int = counter.execute("PRAGMA data_version").fetchone()[0]
        return count


class Notifications:
    """PostgreSQL: listens on a connection of its own. While that is lost, the bell rings at every attempt to mend it."""

    def __init__(self) -> None:
        self.hears = False

    async def watch(self, rung: asyncio.Event) -> None:
        while True:
            try:
                await self._listen(rung)
            except psycopg.Error as error:
                log.warning("not_listening", error=type(error).__name__)
            finally:
                self.hears = False
            rung.set()
            await asyncio.sleep(LISTEN_AGAIN)

    async def _listen(self, rung: asyncio.Event) -> None:
        async with await psycopg.AsyncConnection.connect(**_direct(), autocommit=True) as listener:
            await listener.execute(f"LISTEN {CHANNEL}")
            self.hears = True
            rung.set()  # what was committed while nobody listened
            async for _ in listener.notifies():
                rung.set()


def _direct() -> dict[str, Any]:
    """Past a pooler, if there is one; else Django's parameters, without what only its own class understands."""
    if settings.MYOSOTIS.direct_database_url:
        return {"conninfo": settings.MYOSOTIS.direct_database_url}
    params = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(name, None)
    return params


def bell(poll_seconds: float) -> Bell:
    return Commits(poll_seconds) if connection.vendor == "sqlite" else Notifications()


class Waker:
    """Waits for the next reason to look into the queue."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._bell: Bell | None = None
        self.rung = asyncio.Event()

    @property
    def listening(self) -> bool:
        """Whether what is planned elsewhere wakes us."""
        return self._bell is not None and self._bell.hears

    async def listen(self, bell: Bell) -> None:
        """Be woken by a bell, until cancelled."""
        self._bell = bell
        await bell.watch(self.rung)

    async def sleep(self, until: datetime | None) -> None:
        """Until something rings, the product's clock (UTC) reaches `until`, or it has been long enough."""
        began = time.monotonic()
        while not self.rung.is_set():
            nap = min(LONGEST_NAP, LONGEST_SLEEP - (time.monotonic() - began))
            if nap <= 0:
                return
            if until is not None:
                left = (until - self._now()).total_seconds()
                if left <= 0:
                    return
                nap = min(nap, left)
            try:
                async with asyncio.timeout(nap):
                    await self.rung.wait()
            except TimeoutError:
                continue
        self.rung.clear()
