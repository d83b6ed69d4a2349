"""Many rows with one statement: what the ORM would do one object at a time.

Values go in as Python has them (aware datetimes in UTC, UUIDs, words) and come out as the database wants them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
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
    table, names = _quoted(model._meta.db_table), ", ".join(map(_quoted, columns))
    if connection.vendor == "postgresql":
        arrays = _arrays(model, columns)
        return _at_once(f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})", rows)  # noqa: S608 - own names
    marks = ", ".join(["%s"] * len(columns))
    return _one_by_one(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 - names of our own columns


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Set `columns` of rows found by primary key: each row ends with the key of the row it changes; how many."""
    table, key = _quoted(model._meta.db_table), _key(model)
    if connection.vendor == "postgresql":
        sets = ", ".join(f"{_quoted(column)} = given.{_quoted(column)}" for column in columns)
        given = ", ".join([*map(_quoted, columns), "given_key"])
        arrays = _arrays(model, [*columns, key])
        return _at_once(
            f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS given ({given})"  # noqa: S608 - names of our own columns
            f" WHERE {table}.{_quoted(key)} = given.given_key",
            rows,
        )
    sets = ", ".join(f"{_quoted(column)} = %s" for column in columns)
    return _one_by_one(f"UPDATE {table} SET {sets} WHERE {_quoted(key)} = %s", rows)  # noqa: S608 - own names


def _key(model: type[models.Model]) -> str:
    return model._meta.pk.column or "id"


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _arrays(model: type[models.Model], columns: Sequence[str]) -> str:
    """A typed array for each column. Texts go as `text`: a cast to their length would cut them silently."""
    fields = {field.column: field for field in model._meta.concrete_fields}
    types = [fields[column].rel_db_type(connection) or "" for column in columns]
    return ", ".join(f"%s::{'text' if kind.startswith('varchar') else kind}[]" for kind in types)


def _at_once(statement: str, rows: Iterable[Row]) -> int:
    """PostgreSQL: all rows as one array a column, bound by the server, which is several times faster than row by row."""
    whole = 0
    for chunk in chunks(rows):
        with connection.wrap_database_errors, connection.cursor() as cursor:
            psycopg.Cursor(cursor.connection).execute(statement, [list(column) for column in zip(*chunk, strict=True)])
        whole += len(chunk)
    return whole


def _one_by_one(statement: str, rows: Iterable[Row]) -> int:
    """SQLite: in its own process, a statement a row costs microseconds."""
    prepared = [tuple(map(_for_sqlite, row)) for row in rows]
    if prepared:
        with connection.cursor() as cursor:
            cursor.executemany(statement, prepared)
    return len(prepared)


def _for_sqlite(value: Value) -> Value:
    """As Django itself stores them on SQLite: instants without zone, UUIDs as 32 hexadecimal digits."""
    adapt = _FOR_SQLITE.get(type(value))
    return value if adapt is None else adapt(value)


_FOR_SQLITE: Final[dict[type, Callable[[Any], Value]]] = {
    datetime: lambda moment: str(moment.replace(tzinfo=None)),
    UUID: lambda uuid: uuid.hex,
    Decimal: str,
}
"""By the exact type: a big import asks a million times."""
