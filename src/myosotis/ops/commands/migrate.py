"""`myosotis migrate`: bring the database up to date."""

import argparse

from myosotis.ops.installation import bring_up


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

    call_command("migrate", interactive=False, verbosity=verbosity)
    call_command("createcachetable", verbosity=0)  # tries to sign in are counted there
    if connection.vendor == "postgresql" and roles.stand():
        roles.repair()  # tables that are new belong to the owner alone
