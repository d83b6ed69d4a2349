"""Providers take messages and never answer, answer that they are overloaded, and come to themselves again."""

import time

from myosotis.sandbox.peers.faults import Fault
from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works

LASTS = 4.0
"""Seconds: longer than dispatchers wait for an answer here."""
TROUBLES = ((0.1, Fault.SILENT), (0.4, Fault.ERROR), (0.6, Fault.SILENT))


def disturb(works: Works, _database: Database) -> None:
    for share, fault in TROUBLES:
        works.wait_until_taken(share)
        works.peers.fail(fault)
        time.sleep(LASTS)  # for so long the provider says nothing
        works.peers.fail()
        works.say(f"all providers: {fault} for {LASTS:.0f} s")


SCENARIO = Scenario(
    name="silent",
    what="providers time out after accepting, or take nothing",
    missing=servers.missing,
    database=servers.durable,
    disturb=disturb,
)
