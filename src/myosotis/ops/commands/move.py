"""`myosotis move-to-postgresql`: copy everything from SQLite into an empty PostgreSQL database, whole or not at all."""

import argparse
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from myosotis.ops.backup import make, sqlite
from myosotis.ops.in_use import users_of
from myosotis.ops.installation import bring_up

if TYPE_CHECKING:
    from myosotis.ops.move import Moved


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to",
        required=True,
        metavar="URL",
        help="postgresql://user@host/name of an empty database; leave its password to PGPASSWORD or ~/.pgpass",
    )


def run(given: argparse.Namespace) -> int:
    bring_up()
    from django.db import connection

    if connection.vendor != "sqlite":
        return _refused("the settings name PostgreSQL already")
    if not sqlite.path().exists():
        return _refused("there is no SQLite database yet: set database_url and begin on PostgreSQL")
    if users_of(sqlite.path()):
        return _refused("the database is in use: stop web server and dispatcher first")
    if not given.to.startswith(("postgresql://", "postgres://")):
        return _refused("--to is postgresql://user@host/name")
    if _migrate({}) or _migrate({"MYOSOTIS_DATABASE_URL": given.to, "MYOSOTIS_MIGRATIONS_DATABASE_URL": ""}):
        return _refused("the tables could not be made; see above")
    return _move(given.to)


def _move(url: str) -> int:
    from myosotis.ops import move

    try:
        done = move.move(url, _tell)
    except make.TROUBLE as error:
        return _refused(f"nothing was moved: {make.why(error)}")
    print(
        f"{done.rows} rows in {done.tables} tables were copied, read back and compared. SQLite is as it was.\n"
        "Now set database_url (in the settings, or MYOSOTIS_DATABASE_URL), run `myosotis doctor`, and start again.\n"
        "Never start anything with the old settings again: it would send the same messages once more. Put the old file away."
    )
    return 0


def _tell(moved: "Moved") -> None:
    print(f"  {moved.table}: {moved.rows}", flush=True)


def _migrate(changed: dict[str, str]) -> int:
    """With the settings of another database, as `myosotis migrate` would there."""
    command = [sys.executable, "-m", "myosotis.ops.cli", "migrate"]
    done = subprocess.run(command, env={**os.environ, **changed}, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - ours
    return done.returncode


def _refused(why: str) -> int:
    print(f"myosotis: {why}", file=sys.stderr)
    return 1
