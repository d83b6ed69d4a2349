"""`myosotis roles`: roles in PostgreSQL for web, dispatcher and owner, made and repaired (docs/database.md)."""

import argparse
import sys
from typing import Final
from urllib.parse import unquote, urlsplit

from myosotis.ops.installation import bring_up

ALONE: Final = """\
One user of the database does everything here: there is nothing to make.
For roles of their own, set migrations_database_url (the owner of the tables), database_url (the web)
and dispatcher_database_url, and run this again. See docs/database.md.
"""


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none: the settings name the users."""


def run(_given: argparse.Namespace) -> int:
    config = bring_up()
    users = users_of(config)
    if not users:
        print(ALONE, end="")
        return 0
    from django.db import ProgrammingError, connection
    from psycopg.errors import InsufficientPrivilege

    from myosotis.store.apart import roles

    connection.ensure_connection()
    statements = [*roles.make()]
    for user, (password, role) in users.items():
        statements += roles.admit(user, password, role)
    try:
        roles.run(statements)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        told = "\n".join(_written(statement) for statement in statements)
        print(f"myosotis: this user may make no roles. Let a superuser run:\n\n{told}", file=sys.stderr)
        return 1
    roles.repair()
    for user, (_, role) in users.items():
        print(f"{user}: {role}")
    return 0


def users_of(config: object) -> dict[str, tuple[str, str]]:
    """To each user that is not the owner: password and role. Empty where one user does everything."""
    from myosotis.store.apart.words import DISPATCHER, WEB

    owner = _user_of(getattr(config, "migrations_database_url", ""))
    wanted = {"database_url": WEB, "dispatcher_database_url": DISPATCHER}
    found = {_user_of(getattr(config, name)): role for name, role in wanted.items()}
    return {
        user: (password, role) for (user, password), role in found.items() if owner[0] and user not in ("", owner[0])
    }


def _user_of(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _written(statement: object) -> str:
    from django.db import connection
    from psycopg.sql import Composable

    text = statement.as_string(connection.connection) if isinstance(statement, Composable) else statement
    return f"{text};"
