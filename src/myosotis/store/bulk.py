"""Many rows with one statement: what the ORM would do one object at a time.

Values go in as Python has them (aware datetimes in UTC, UUIDs, words) and come out as the database wants them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from django.db import connection, models

Value = str | int | bool | bytes | datetime | Decimal | UUID | None
Row = Sequence[Value]
T = TypeVar("T")

CHUNK: Final = 2000
"""Ids in one question; SQLite allows 32,766 parameters."""


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Add rows to a model's table; how many. Raises IntegrityError where a constraint forbids one, adding none."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {_table(model)} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own columns
    return _execute(statement, rows)


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Set `columns` of rows found by primary key: each row ends with the key of the row it changes; how many."""
    sets = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
    key = connection.ops.quote_name(str(model._meta.pk.column))
    statement = f"UPDATE {_table(model)} SET {sets} WHERE {key} = %s"  # noqa: S608 - names of our own columns
    return _execute(statement, rows)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _execute(statement: str, rows: Iterable[Row]) -> int:
    adapt = _adapter()
    prepared = [tuple(map(adapt, row)) for row in rows]
    if prepared:
        with connection.cursor() as cursor:
            cursor.executemany(statement, prepared)
    return len(prepared)


def _adapter() -> Callable[[Value], Value]:
    return _for_sqlite if connection.vendor == "sqlite" else _unchanged


def _for_sqlite(value: Value) -> Value:
    """As Django itself stores them on SQLite: instants without zone, UUIDs as 32 hexadecimal digits."""
    if isinstance(value, datetime):
        return str(value.replace(tzinfo=None))
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, Decimal):
        return str(value)
    return value


def _unchanged(value: Value) -> Value:
    return value
