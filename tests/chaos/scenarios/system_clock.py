"""The system's clock jumps under one dispatcher after the other (libfaketime), so that it and the database's are hours apart."""

from collections.abc import Mapping
from pathlib import Path

from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works

JUMPS = ("+3600", "-7200", "+200", "+18000")
"""Seconds, each under one dispatcher alone; two hundred are borne."""


def library() -> Path | None:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return found[0] if found else None


def missing() -> str:
    return servers.missing() or ("" if library() else "no libfaketime (scripts/chaos-packages.sh as root)")


def faked(file: Path) -> Mapping[str, str]:
    """The environment of a process whose clock is told by a file; what measures durations goes on as ever."""
    file.write_text("+0", encoding="ascii")
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def disturb(works: Works, _database: Database) -> None:
    clocks = [works.home / f"clock-{number}" for number in range(len(JUMPS))]
    for file in clocks:
        works.start(extra=faked(file))
    for number, (file, jump) in enumerate(zip(clocks, JUMPS, strict=True), start=1):
        works.wait_until_taken(number / (len(JUMPS) + 2))
        file.write_text(jump, encoding="ascii")
        works.say(f"the clock of one dispatcher jumped by {jump} s")
    works.wait_until_taken((len(JUMPS) + 1) / (len(JUMPS) + 2))
    for file in clocks:
        file.write_text("+0", encoding="ascii")
    works.say("all clocks are right again")


SCENARIO = Scenario(
    name="system-clock",
    what="the system's clock jumps under single dispatchers",
    missing=missing,
    database=servers.durable,
    disturb=disturb,
    dispatchers=1,
)
