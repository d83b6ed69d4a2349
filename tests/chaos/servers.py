"""PostgreSQL as it runs in earnest: what is committed stays, also over a crash."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "log_min_messages": "warning",
}


def missing() -> str:
    return "" if postgres.find_binaries() else "no PostgreSQL 15 or newer"


@contextmanager
def durable(_home: Path) -> Iterator[postgres.Server]:
    with postgres.throwaway_server(DURABLE) as server:
        yield server
