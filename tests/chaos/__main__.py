"""`make chaos`: things go wrong while messages are sent; at the end nothing is lost, nothing went twice (docs/chaos.md).

python -m tests.chaos [scenario ...] [--messages 20000] [--seconds 40] [--seed 1] [--old COMMIT] [--keep FOLDER]
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos import verdict
from tests.chaos.run import Outcome, Scenario, Size, run
from tests.chaos.scenarios import (
    clock_jumps,
    disk_full,
    failed_over,
    killed,
    pooler,
    restarted,
    silent,
    storm,
    system_clock,
    versions,
)

MODULES = (
    killed, restarted, failed_over, silent, clock_jumps, system_clock, disk_full, storm, pooler, versions,
)  # fmt: skip
SCENARIOS = {module.SCENARIO.name: module.SCENARIO for module in MODULES}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=f"of {', '.join(SCENARIOS)} (all)")
    parser.add_argument("--messages", type=int, default=20_000, help="how many in each scenario (20000)")
    parser.add_argument("--seconds", type=float, default=40, help="how long sending takes if nothing goes wrong (40)")
    parser.add_argument("--seed", type=int, default=1, help="of what is left to chance (1)")
    parser.add_argument("--old", help="commit of the older version (the oldest that knows the present tables)")
    parser.add_argument("--keep", type=Path, help="folder for the logs of all processes; else those of failures stay")
    given = parser.parse_args()
    if given.old:
        os.environ[versions.OLD] = given.old
    unknown = set(given.scenarios) - SCENARIOS.keys()
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    return given


def main() -> int:
    given = arguments()
    size = Size(messages=given.messages, seconds=given.seconds, seed=given.seed)
    wanted = [SCENARIOS[name] for name in given.scenarios or SCENARIOS]
    skipped = {one.name: lack for one in wanted if (lack := one.missing())}
    outcomes = [_one(one, size, given.keep) for one in wanted if one.name not in skipped]
    print(f"\n{'scenario':<16}{'messages':>9}  {'statuses':<34}{'repeated':>9}{'unclear':>9}{'MB':>6}{'s':>7}  verdict")
    for outcome in outcomes:
        print(_row(outcome))
    for name, lack in skipped.items():
        print(f"{name:<16}  SKIPPED: {lack}")
    return int(any(outcome.failed for outcome in outcomes))


def _one(scenario: Scenario, size: Size, keep: Path | None) -> Outcome:
    print(f"\n=== {scenario.name}: {scenario.what}", flush=True)
    home = (keep or Path(tempfile.mkdtemp(prefix="myosotis-chaos-"))) / scenario.name
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    outcome = run(scenario, size, home)
    for line in (*outcome.told, *verdict.lines(outcome.verdict)):
        print(f"  {line}", flush=True)
    if outcome.failed:
        print(f"  the logs are in {home}")
    elif keep is None:
        shutil.rmtree(home.parent)
    return outcome


def _row(outcome: Outcome) -> str:
    found = outcome.verdict
    statuses = ", ".join(f"{count} {status}" for status, count in found.statuses.most_common())
    return (
        f"{outcome.scenario:<16}{outcome.messages:>9}  {statuses:<34}{found.repeated:>9}{len(found.unclear):>9}"
        f"{outcome.peak:>6}{outcome.seconds:>7.0f}  {'FAILED' if outcome.failed else 'holds'}"
    )


if __name__ == "__main__":
    sys.exit(main())
