"""The product's virtual clock jumps by hours, forward and backward, under everybody at once."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from myosotis import clock
from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works

HOURS = (5, -3, 11, -9, 20)
FILE = "clock.json"


def settings(home: Path, _database: Database) -> Mapping[str, str]:
    clock.set_virtual(home / FILE, clock.wall(), frozen=False)
    return {"MYOSOTIS_CLOCK_FILE": str(home / FILE)}


def disturb(works: Works, _database: Database) -> None:
    file = works.home / FILE
    for number, hours in enumerate(HOURS, start=1):
        works.wait_until_taken(number / (len(HOURS) + 2))
        kept = clock.read_virtual(file)
        assert kept is not None
        clock.set_virtual(file, kept.at(clock.wall()) + timedelta(hours=hours), frozen=False)
        works.say(f"the clock jumped by {hours:+d} h")


SCENARIO = Scenario(
    name="clock",
    what="the product's clock jumps forward and backward by hours",
    missing=servers.missing,
    database=servers.durable,
    settings=settings,
    disturb=disturb,
)
