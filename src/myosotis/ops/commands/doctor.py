"""`myosotis doctor`: looks the installation over and says what to do. Exit code 1 if something is bad."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from myosotis.ops.installation import bring_up

if TYPE_CHECKING:
    from myosotis.ops.doctor.finding import Finding


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offline", action="store_true", help="ask neither DNS nor the public address")


def run(given: argparse.Namespace) -> int:
    config = bring_up()
    from myosotis.ops.doctor.finding import Grade

    worst = Grade.GOOD
    for finding in _findings(config, offline=given.offline):
        print(f"{finding.grade.value:>4}  {finding.about}: {finding.found}")
        if finding.advice:
            print(f"      -> {finding.advice}")
        if finding.grade is Grade.BAD or worst is Grade.GOOD:
            worst = finding.grade
    return 1 if worst is Grade.BAD else 0


def _findings(config: Any, *, offline: bool) -> "Iterator[Finding]":
    from myosotis import clock
    from myosotis.ops.doctor import accounts, database, dns_records, keeping, surroundings
    from myosotis.ops.doctor.finding import Grade

    yield from surroundings.check(config, None if offline else surroundings.fetch)
    reachable = True
    for finding in database.check(clock.wall(), clock.now()):
        reachable = reachable and not (finding.grade is Grade.BAD and finding.about in ("database", "tables"))
        yield finding
    if not reachable:
        return
    if not config.sandbox:
        yield from keeping.check(config, clock.wall(), clock.now())
    yield from accounts.check(config)
    if not offline and not config.sandbox:
        own = [account for account in accounts.of_practices() if isinstance(account, accounts.Account)]
        yield from dns_records.check([*accounts.installation(config), *own])
