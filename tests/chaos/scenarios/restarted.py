"""PostgreSQL is stopped in order, crashes, and comes back each time after a while."""

import time
from typing import cast

from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works
from tests.postgres import Server

AWAY = (0.0, 3.0)
"""Seconds that it is down, at least and at most."""
MODES = ("fast", "immediate", "immediate", "fast")


def disturb(works: Works, database: Database) -> None:
    for number, mode in enumerate(MODES, start=1):
        works.wait_until_taken(number / (len(MODES) + 1))
        restart(works, cast("Server", database), mode)


def restart(works: Works, server: Server, mode: str) -> None:
    away = works.chance.uniform(*AWAY)
    server.stop(mode)
    time.sleep(away)  # for so long there is no database
    server.start()
    works.say(f"PostgreSQL stopped ({mode}) and back after {away:.1f} s")


SCENARIO = Scenario(
    name="restarted",
    what="PostgreSQL restarted, fast and immediate",
    missing=servers.missing,
    database=servers.durable,
    disturb=disturb,
)
