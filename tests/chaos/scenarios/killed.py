"""Dispatchers die by SIGKILL, whenever it happens, and others start in their place."""

from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works

KILLS = 12


def disturb(works: Works, _database: Database) -> None:
    for share in sorted(works.chance.uniform(0.02, 0.95) for _ in range(KILLS)):
        works.wait_until_taken(share)
        works.kill_one()


SCENARIO = Scenario(
    name="killed",
    what="dispatchers killed at random and restarted",
    missing=servers.missing,
    database=servers.durable,
    disturb=disturb,
)
