"""`myosotis migrate`: bring the database up to date."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from myosotis.ops.installation import bring_up

WAIT_FOR_A_TABLE = "5s"
"""How long a migration waits for a table that is in use: whoever comes after it waits too (docs/upgrading.md)."""


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_given: argparse.Namespace) -> int:
    bring_up()
    migrate(verbosity=1)
    return 0


def migrate(*, verbosity: int = 0) -> None:
    from django.core.management import call_command
    from django.db import connection

    from myosotis.store.apart import roles

    with impatient():
        call_command("migrate", interactive=False, verbosity=verbosity)
    call_command("createcachetable", verbosity=0)  # tries to sign in are counted there
    if connection.vendor == "postgresql" and roles.stand():
        roles.repair()  # tables that are new belong to the owner alone


@contextmanager
def impatient() -> Iterator[None]:
    """On PostgreSQL a statement gives up that waits too long for a table; nothing of its migration remains."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{WAIT_FOR_A_TABLE}'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
