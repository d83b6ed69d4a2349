"""Whether what a process needs is there. No check says anything of patients, nor a secret, nor an address."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from myosotis import clock
from myosotis.store import clocks
from myosotis.value_class import value_class

LEAST_ROOM: Final = 64 * 1024 * 1024
"""Bytes. With less, SQLite may soon not take a booking any more."""
KEPT: Final = 1.0
"""Seconds for which an answer is given again: whoever asks often must not load the database."""
OK: Final = "ok"


@value_class(kw_only=False)
class Check:
    """One thing that was looked at; `said` is `ok`, or what is wrong."""

    name: str
    said: str = OK

    @property
    def ok(self) -> bool:
        return self.said == OK


def surroundings() -> Iterator[Check]:
    """Database, migrations, clock and disk; what hangs on a database that is away is left out."""
    yield _disk(settings.MYOSOTIS.data_dir)
    try:
        yield from _of_database()
    except Error as error:
        yield Check("database", f"cannot be asked ({type(error).__name__})")


def _of_database() -> Iterator[Check]:
    """Raises django.db.Error."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield Check("database")
    missing = _migrations.missing()
    yield Check("migrations", f"{missing} are missing" if missing else OK)
    apart = clocks.apart(clock.wall())
    if apart is not None:
        far = abs(apart) > clocks.NOTICED
        yield Check("clock", f"{apart.total_seconds():.0f} s apart from the database's" if far else OK)


def missing_migrations() -> int:
    """How many of our migrations the database lacks. One that knows more than we do is fine: we are the older version."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class _Migrations:
    """Looks for them until none is missing: nobody takes a migration back while we run."""

    def __init__(self) -> None:
        self._complete = False

    def missing(self) -> int:
        if self._complete:
            return 0
        missing = missing_migrations()
        self._complete = not missing
        return missing


_migrations: Final = _Migrations()


def room(directory: Path) -> int | None:
    """Free bytes where a directory lies; None if it cannot be looked at."""
    try:
        return shutil.disk_usage(directory).free
    except OSError:
        return None


def _disk(directory: Path) -> Check:
    free = room(directory)
    if free is None:
        return Check("disk", "the data directory cannot be read")
    return Check("disk", "less than 64 MiB are free" if free < LEAST_ROOM else OK)


class Readiness:
    """Whether a process can do its work; asks at most once a second."""

    def __init__(self, look: Callable[[], Iterator[Check]]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._last: tuple[Check, ...] = ()

    def checks(self) -> Sequence[Check]:
        with self._lock:
            if time.monotonic() - self._asked_at > KEPT:
                self._last = tuple(self._look())
                self._asked_at = time.monotonic()
            return self._last


def as_json(checks: Sequence[Check]) -> dict[str, Any]:
    """For probes and for people."""
    ready = all(check.ok for check in checks)
    return {"status": "ready" if ready else "not ready", "checks": {check.name: check.said for check in checks}}
