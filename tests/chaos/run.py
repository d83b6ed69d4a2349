"""One run of a scenario, from an empty database to the verdict."""

import contextlib
import random
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from myosotis.value_class import value_class
from tests.chaos import peers, verdict
from tests.chaos.inside import NOTES
from tests.chaos.verdict import Offence, Verdict
from tests.chaos.works import StandsStillError, Works

SETTLING = 240.0
"""Seconds in which everything has found its end afterwards: what had no answer goes again after 30 s, then after 2 min."""
WAITED_FOR = SETTLING - 30
"""What is due by then, so that there is time to send it; a clock that was wrong may have planned for much later."""
A_LOOK = 120.0
LAST = 20
"""Messages made when all is over: whoever is alive takes them at once."""
AT_ONCE = 30.0
"""Seconds; what a dispatcher left behind another one finds within five."""


class Database(Protocol):
    """Where the messages are; a scenario knows how to do it harm."""

    @property
    def url(self) -> str: ...


def nothing_more(_home: Path, _database: Database) -> Mapping[str, str]:
    return {}


def migrated(works: Works, _database: Database) -> None:
    works.ask_product("migrate")


@value_class
class Scenario:
    """Something that goes wrong."""

    name: str
    what: str
    missing: Callable[[], str]
    """What this machine lacks for it, or nothing."""
    database: Callable[[Path], AbstractContextManager[Database]]
    disturb: Callable[[Works, Database], None]
    settings: Callable[[Path, Database], Mapping[str, str]] = nothing_more
    """Settings of every process of the run beside the usual ones."""
    prepare: Callable[[Works, Database], None] = migrated
    """Makes the tables."""
    dispatchers: int = 3


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What one run came to."""

    scenario: str
    messages: int
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0
    peak: int = 0
    told: Sequence[str] = ()

    @property
    def failed(self) -> bool:
        return bool(self.verdict.offences)


@value_class
class Size:
    messages: int
    seconds: float
    """How long sending takes when nothing goes wrong."""
    seed: int


def run(scenario: Scenario, size: Size, home: Path) -> Outcome:
    """Run it in `home`, an empty folder that keeps the logs."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(scenario.database(home))
        extra = scenario.settings(home, database)
        providers = stack.enter_context(peers.running(home, extra))
        works = Works(
            home=home,
            url=database.url,
            peers=providers,
            messages=size.messages,
            seconds=size.seconds,
            chance=random.Random(size.seed),
            extra=extra,
        )
        try:
            found = _run(works, scenario, database)
        finally:
            for process in works.processes:
                if process.wanted:
                    process.kill()
    return Outcome(
        scenario=scenario.name,
        messages=size.messages,
        verdict=found,
        seconds=time.monotonic() - began,
        peak=max((process.peak for process in works.processes), default=0),
        told=works.told,
    )


def _run(works: Works, scenario: Scenario, database: Database) -> Verdict:
    stood_still: list[str] = []
    try:
        _happen(works, scenario, database)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run has failed, and the others go on
        stood_still.append(f"{type(error).__name__}: {error}")
        works.say(f"STANDS STILL: {stood_still[0]}")
    died = [process.name for process in works.processes if process.died]
    fat = [process.name for process in works.processes if process.peak > verdict.MOST_MEMORY]
    return _judged(works, stood_still, died, fat, works.end())


def _happen(works: Works, scenario: Scenario, database: Database) -> None:
    scenario.prepare(works, database)
    works.make(works.messages)
    for _ in range(scenario.dispatchers):
        works.start()
    works.wait_until_dispatching()
    with works.watching(SETTLING):
        works.wait(lambda: bool(works.watched), "a first look", A_LOOK)
        scenario.disturb(works, database)
    works.say("nothing goes wrong any more")
    with works.watching(WAITED_FOR):
        works.wait_until_settled(SETTLING)
        works.say(f"settled: {works.watched}")
        _the_living_work(works)


def _judged(works: Works, still: list[str], died: list[str], fat: list[str], rude: list[str]) -> Verdict:
    try:
        found = works.report()
    except (StandsStillError, subprocess.TimeoutExpired) as error:
        found, still = Verdict(), [*still, str(error)]
    about_processes = {
        "waited for in vain": still,
        "died by themselves": died,
        f"took more than {verdict.MOST_MEMORY} MB": fat,
        "did not end in order when told to": [name for name in rude if name not in died],
    }
    found.offences = [*found.offences, *(Offence(what=what, who=who) for what, who in about_processes.items() if who)]
    return found


def _the_living_work(works: Works) -> None:
    """New messages go at once: nobody sleeps through them, nobody waits for what will never come."""
    before = works.peers.count()
    works.make(LAST)
    began = time.monotonic()
    works.wait(lambda: works.peers.count() >= before + LAST, f"{LAST} new messages to be taken", AT_ONCE)
    works.say(f"{LAST} new messages went within {time.monotonic() - began:.1f} s")
    works.wait_until_settled(AT_ONCE)
    works.wait(lambda: not works.watched.get(NOTES), "notes of hand-overs to go", AT_ONCE)
