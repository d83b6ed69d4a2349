"""Others take every connection that PostgreSQL has: ours are cut off, and there are no new ones for a while."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import psycopg

from tests import postgres
from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works
from tests.postgres import Server

CONNECTIONS = 40
LASTS = 5.0
"""Seconds."""
STORMS = (0.2, 0.5, 0.8)
CUT_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND application_name <> 'storm'"
)


@contextmanager
def narrow(_home: Path) -> Iterator[Server]:
    few = {"max_connections": str(CONNECTIONS), "superuser_reserved_connections": "0"}
    with postgres.throwaway_server(servers.DURABLE | few) as server:
        yield server


def disturb(works: Works, database: Database) -> None:
    url = cast("Server", database).url
    for share in STORMS:
        works.wait_until_taken(share)
        works.say(f"others held {rage(url, LASTS)} of {CONNECTIONS} connections for {LASTS:.0f} s")


def rage(url: str, seconds: float) -> int:
    """Cut the product off again and again, and take what becomes free; how many connections were held at the end."""
    until = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(psycopg.connect(url, application_name="storm", autocommit=True))
        held = 1
        while time.monotonic() < until:
            first.execute(CUT_OFF)
            held += take_all(url, stack)
            time.sleep(0.05)  # a storm takes the connections, not the processor
    return held


def take_all(url: str, stack: contextlib.ExitStack) -> int:
    """Connect until nothing is left; how many more."""
    taken = 0
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            stack.enter_context(psycopg.connect(url, application_name="storm", autocommit=True))
            taken += 1
    return taken


SCENARIO = Scenario(
    name="storm",
    what="max_connections exhausted by others",
    missing=servers.missing,
    database=narrow,
    disturb=disturb,
)
