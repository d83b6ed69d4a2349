"""Another, empty database under the connection that everything uses: a file, or one more of the same server."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def another(folder: Path) -> Iterator[None]:
    """Inside it the connection leads to an empty database; afterwards to where it led before, and the other is gone."""
    kept, held, name = dict(connection.settings_dict), connection.connection, f"kept_{secrets.token_hex(4)}"
    on_server = connection.vendor == "postgresql"
    if on_server:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
    connection.connection = None
    connection.settings_dict["NAME"] = name if on_server else str(folder / f"{name}.sqlite3")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)
        connection.connection = None if on_server else held
        if on_server:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")


def everything() -> Rows:
    """All rows of all tables, in the order of their text."""
    with connection.cursor() as cursor:
        rows: Rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a name of its own
            rows[table] = sorted(cursor.fetchall(), key=repr)
    return rows


@pytest.fixture
def in_a_file(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """Nothing on PostgreSQL. On SQLite the tests' database lies in memory; here a copy of it lies in a file."""
    if connection.vendor == "postgresql":
        yield
        return
    from sqlite3 import connect

    memory = connection.connection
    with another(tmp_path):
        file = connect(connection.settings_dict["NAME"])
        memory.backup(file)
        file.close()
        yield
