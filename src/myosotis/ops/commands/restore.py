"""`myosotis restore`: bring back what a backup holds, and settle what may have been sent since (docs/rules.md 7.4)."""

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from myosotis.ops.backup import archive, bring_back, make
from myosotis.ops.backup.manifest import Manifest
from myosotis.ops.installation import bring_up


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("backup", type=Path, nargs="?", metavar="FILE")
    what.add_argument(
        "--after-recovery",
        type=_moment,
        metavar="MOMENT",
        help="PostgreSQL itself was restored to this moment (like 2027-03-01T02:00:00+00:00): settle what came after it",
    )
    parser.add_argument("--check", action="store_true", help="only read it and compare it with its manifest")
    parser.add_argument("--replace", action="store_true", help="put what is there aside, and keep it")
    parser.add_argument(
        "--nothing-sent-since",
        action="store_true",
        help="the old installation was stopped before the backup was made: hold nothing back",
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError("must be a moment with its offset, like 2027-03-01T02:00:00+00:00")
    return moment.astimezone(UTC)


def run(given: argparse.Namespace) -> int:
    config = bring_up()
    if given.after_recovery:
        return _settle(given.after_recovery, hold=not given.nothing_sent_since)
    from myosotis import clock

    try:
        if given.check:
            _describe(archive.check(given.backup))
            return 0
        hold_from = None if given.nothing_sent_since else clock.now()
        done = bring_back.restore(given.backup, config, clock.wall(), replace=given.replace, hold_from=hold_from)
    except make.TROUBLE as error:
        print(f"myosotis: {given.backup}: {make.why(error)}", file=sys.stderr)
        return 1
    _describe(done.manifest)
    for path in done.kept:
        print(f"What was there before is kept: {path}")
    return _go_on(given, done.manifest)


def _describe(manifest: Manifest) -> None:
    print(
        f"A backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC, by Myosotis {manifest.version} on {manifest.database}: "
        f"{sum(manifest.tables.values())} rows in {len(manifest.tables)} tables; all of it is whole."
    )


def _go_on(given: argparse.Namespace, manifest: Manifest) -> int:
    """In a process that starts with the restored server key and tables."""
    hold = [] if not given.nothing_sent_since else ["--nothing-sent-since"]
    command = ["restore", "--after-recovery", manifest.made_at.isoformat(), *hold]
    done = subprocess.run([sys.executable, "-m", "myosotis.ops.cli", *command], check=False)  # noqa: S603 - our own command
    if done.returncode:
        print(
            "myosotis: the tables are back, and what was sent since is not settled: start nothing, mend what is said above, "
            f"then run\n  myosotis {' '.join(command)}",
            file=sys.stderr,
        )
    return done.returncode


def _settle(backup_of: datetime, *, hold: bool) -> int:
    from myosotis import clock
    from myosotis.dispatch import tokens
    from myosotis.ops.commands.migrate import migrate
    from myosotis.store import restored

    migrate()
    if not hold:
        print("Restored. `myosotis doctor` looks it over; `myosotis up` starts it.")
        return 0
    _report(restored.settle(backup_of=backup_of, now=clock.now(), hashes=tokens.hashes))
    return 0


def _report(done: Any) -> None:
    print(
        f"Restored. {done.unclear} messages may have been sent since the backup was made: they are marked as unclear and "
        f"are not sent again.\n{done.offers} open offers were closed. Everybody at the desk signs in anew.\n"
        "Nothing is sent until you say so. Now:\n"
        "  1. Put the settings in place (tar -xf BACKUP settings), if they are gone too; run `myosotis doctor`.\n"
        "  2. Start it. What was done since the backup is missing: book, move and cancel it again at the desk from what you\n"
        "     know, erase again who was erased since, and revoke again keys and staff who left.\n"
        "  3. Work through the call list: patients of whom it is unclear whether they were told.\n"
        "  4. `myosotis resume` lets messages out again."
    )
