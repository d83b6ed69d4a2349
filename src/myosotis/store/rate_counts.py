"""Counting what is spent of a limit, by all web processes together (docs/rules.md 5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper

_ADD: Final = """
INSERT INTO store_ratecount (name, spent, ends_at) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET spent = store_ratecount.spent + excluded.spent
RETURNING spent
"""
_IN_HASTE: Final = {"busy_timeout": 0, "synchronous": 1}
"""On SQLite a count waits neither for whoever is writing nor for the disk: a crash costs it a minute at most."""


def add(name: str, cost: int, ends_at: datetime) -> int | None:
    """Add to a count; what it is now. None where the database is busy with somebody else's writing."""
    with connection.cursor() as cursor, _in_haste(cursor):
        try:
            cursor.execute(_ADD, [name, cost, connection.ops.adapt_datetimefield_value(ends_at)])
            return int(cursor.fetchone()[0])
        except OperationalError:
            if connection.vendor != "sqlite" or connection.in_atomic_block:
                raise
            return None


@contextmanager
def _in_haste(cursor: CursorWrapper) -> Iterator[None]:
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    before = {name: _pragma(cursor, name) for name in _IN_HASTE}
    try:
        for name, value in _IN_HASTE.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        yield
    finally:
        for name, value in before.items():
            cursor.execute(f"PRAGMA {name} = {value}")


def _pragma(cursor: CursorWrapper, name: str) -> int:
    cursor.execute(f"PRAGMA {name}")
    return int(cursor.fetchone()[0])
