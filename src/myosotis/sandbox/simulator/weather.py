"""When which provider fails, and how: the faults of the bench, drawn from the seed for the whole time."""

from datetime import datetime, timedelta
from typing import Final

from myosotis.domain.words import Channel
from myosotis.sandbox.peers.faults import Fault
from myosotis.sandbox.simulator.chance import Chance
from myosotis.sandbox.simulator.scenario import AHEAD, Scenario
from myosotis.value_class import value_class

HOUR: Final = timedelta(hours=1)
WEEK: Final = timedelta(weeks=1)
SPELLS: Final[dict[Channel, tuple[tuple[Fault, timedelta], ...]]] = {
    Channel.SMS: (
        (Fault.ERROR, 3 * HOUR),
        (Fault.SILENT, HOUR / 3),
        (Fault.REFUSES, HOUR / 12),
        (Fault.SLOW, 2 * HOUR),
        (Fault.BOUNCES, HOUR / 6),
        (Fault.NO_REPORTS, 6 * HOUR),
        (Fault.REPORTS_LATE, 12 * HOUR),
        (Fault.REPORTS_TWICE, 12 * HOUR),
        (Fault.REPORTS_REVERSED, 6 * HOUR),
    ),
    Channel.EMAIL: (
        (Fault.ERROR, 4 * HOUR),
        (Fault.SILENT, HOUR / 3),
        (Fault.REFUSES, HOUR / 12),
        (Fault.SLOW, 2 * HOUR),
        (Fault.BOUNCES, HOUR / 4),
        (Fault.REPORTS_LATE, 12 * HOUR),
        (Fault.REPORTS_TWICE, 12 * HOUR),
    ),
    Channel.PUSH: (
        (Fault.ERROR, 2 * HOUR),
        (Fault.SILENT, HOUR / 3),
        (Fault.REFUSES, HOUR / 12),
        (Fault.SLOW, 2 * HOUR),
    ),
}
"""How long each lasts, once a week."""


@value_class(kw_only=False)
class Spell:
    """One fault of one provider, from and until (UTC)."""

    channel: Channel
    fault: Fault
    begins: datetime
    ends: datetime


class Weather:
    """All spells of a scenario."""

    def __init__(self, scenario: Scenario, chance: Chance) -> None:
        self.spells = list(_spells(scenario, chance)) if scenario.faults else []

    def at(self, channel: Channel, moment: datetime) -> frozenset[Fault]:
        return frozenset(
            spell.fault for spell in self.spells if spell.channel is channel and spell.begins <= moment < spell.ends
        )


def _spells(scenario: Scenario, chance: Chance) -> "list[Spell]":
    """Once a week, by day: at night nothing would meet them."""
    found = []
    for week in range(-(AHEAD // WEEK), scenario.weeks):
        for channel, faults in SPELLS.items():
            for fault, lasts in faults:
                name = ("weather", week, channel.value, fault.value)
                day = scenario.begins + timedelta(weeks=week, days=chance.whole(0, 4, *name, "day"))
                begins = day + timedelta(minutes=chance.whole(30, 12 * 60, *name, "minute"))
                found.append(Spell(channel, fault, begins, begins + lasts))
    return found
