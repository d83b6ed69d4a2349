"""`myosotis up`: migrates, then runs web server and dispatcher on one machine until told to stop."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from typing import Any

from myosotis import clock
from myosotis.ops.backup.daily import Daily
from myosotis.ops.backup.make import directory
from myosotis.ops.installation import bring_up
from myosotis.ops.ports import answers, is_free, split
from myosotis.ops.supervisor import Child, StartError, Supervisor


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none: the settings say it all."""


def run(_given: argparse.Namespace) -> int:
    config = bring_up()
    host, port = split(config.bind)
    if not is_free(port, host):
        print(f"myosotis: {config.bind} is taken by another program; set MYOSOTIS_BIND to a free one", file=sys.stderr)
        return 1
    from myosotis.ops.commands.migrate import migrate
    from myosotis.ops.commands.staff import begin_words

    with Supervisor(environment=os.environ, say=_say) as supervisor, _daily_backup(config):
        try:
            migrate()
            supervisor.start(
                Child(name="web server", arguments=("web",), ready=lambda: answers(port, host)),
                Child(name="dispatcher", arguments=("dispatcher",)),
            )
        except StartError as error:
            if not supervisor.stopping:
                print(f"myosotis: {error}", file=sys.stderr)
            return 0 if supervisor.stopping else 1
        print(f"Myosotis runs at {config.public_url} (listening on {config.bind}). Ctrl-C stops it.", flush=True)
        print(begin_words(), end="", flush=True)
        supervisor.watch()
    print("Stopped.", flush=True)
    return 0


@contextmanager
def _daily_backup(config: Any) -> Iterator[None]:
    """On SQLite, unless the settings say never; PostgreSQL has its own ways, for all its machines (docs/many-machines.md)."""
    from django.db import connection

    if not config.backup_at or connection.vendor != "sqlite":
        yield
        return
    hour, minute = config.backup_at.split(":")
    daily = Daily(directory(config), time(int(hour), int(minute)), environment=os.environ, now=clock.wall)
    daily.start()
    try:
        yield
    finally:
        daily.stop()


def _say(text: str) -> None:
    print(f"myosotis: {text}", file=sys.stderr, flush=True)
