"""Dispatchers die by SIGKILL, whenever it happens, and others start in their place; but for the last."""

from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works

KILLS = 12
LAST = 0.97
"""At this share of all messages one is lost for good: the others must notice by themselves."""


def disturb(works: Works, _database: Database) -> None:
    for share in sorted(works.chance.uniform(0.02, 0.9) for _ in range(KILLS)):
        works.wait_until_taken(share)
        works.kill_one()
    works.wait_until_taken(LAST)
    works.lose_one()


SCENARIO = Scenario(
    name="killed",
    what="dispatchers killed at random and restarted",
    missing=servers.missing,
    database=servers.durable,
    disturb=disturb,
)
