"""Many rows with one statement: what the ORM would do one object at a time.

Values go in as Python has them (aware datetimes in UTC, UUIDs, words) and come out as the database wants them.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from itertools import islice
from types import NoneType
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from django.db import connection, models

from myosotis.store.apart.carried import say_alone
from myosotis.store.prepared import Place, Said, Statement
from myosotis.value_class import value_class

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


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    unless_there: bool = False,
    instead: bool = False,
) -> int:
    """Add rows to a model's table; how many were given. `unless_there`: those that are there already stay as they are;
    `instead`: those with the same primary key say what the new ones say.

    Else raises IntegrityError where a constraint forbids one, adding none.
    """
    table, names = _quoted(model._meta.db_table), ", ".join(map(_quoted, columns))
    end = _instead(model, columns) if instead else " ON CONFLICT DO NOTHING" if unless_there else ""
    if connection.vendor == "postgresql":
        return sum(_insert_at_once(model, columns, chunk, end) for chunk in chunks(rows))
    marks = ", ".join(["%s"] * len(columns))
    return _one_by_one(f"INSERT INTO {table} ({names}) VALUES ({marks}){end}", rows)  # noqa: S608 - names of our own columns


def _instead(model: type[models.Model], columns: Sequence[str]) -> str:
    sets = ", ".join(f"{_quoted(column)} = EXCLUDED.{_quoted(column)}" for column in columns if column != _key(model))
    return f" ON CONFLICT ({_quoted(_key(model))}) DO UPDATE SET {sets}"


def insertion(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, alike: Collection[str] = ()
) -> list[Said]:
    """As `insert`, but to be carried out with other statements in one trip (`prepared.run`), kept ready by the server.

    `alike`: the columns that say the same in all rows.
    """
    if not rows:
        return []
    if connection.vendor != "postgresql":
        return [(_insertion_of_one(model, tuple(columns)), [tuple(map(_for_sqlite, row)) for row in rows])]
    alone = [position for position, column in enumerate(columns) if column in alike]
    arrays = [position for position, column in enumerate(columns) if column not in alike]
    statement = _insertion_of_many(model, tuple(columns), tuple(alone), tuple(arrays))
    return [(statement, _cells(chunk, alone, arrays)) for chunk in chunks(rows)]


def changing(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, alike: Collection[str] = ()
) -> list[Said]:
    """As `update`, but to be carried out with other statements in one trip, kept ready as by `insertion`."""
    if not rows:
        return []
    if connection.vendor != "postgresql":
        return [(_change_of_one(model, tuple(columns)), [tuple(map(_for_sqlite, row)) for row in rows])]
    alone = [position for position, column in enumerate(columns) if column in alike]
    arrays = [position for position in range(len(columns) + 1) if position not in alone]
    statement = _change_of_many(model, tuple(columns), tuple(alone), tuple(arrays))
    return [(statement, _cells(chunk, alone, arrays)) for chunk in chunks(rows)]


@cache
def _change_of_one(model: type[models.Model], columns: tuple[str, ...]) -> Statement:
    return Statement(_change(model, columns), tuple(map(Place, range(len(columns) + 1))), for_each=True)


@cache
def _change_of_many(
    model: type[models.Model], columns: tuple[str, ...], alone: tuple[int, ...], arrays: tuple[int, ...]
) -> Statement:
    """On PostgreSQL: what is alike is said once, before the arrays of what differs, of which the keys are the last."""
    types, named = _types(model), (*columns, _key(model))
    sets = ", ".join(
        f"{_quoted(column)} = " + (f"%s::{types[column]}" if number in alone else f"given.c{number}")
        for number, column in enumerate(columns)
    )
    names, marks = [f"c{number}" for number in arrays], [f"%s::{types[named[number]]}[]" for number in arrays]
    table = _quoted(model._meta.db_table)
    text = (
        f"UPDATE {table} SET {sets} FROM unnest({', '.join(marks)}) AS given ({', '.join(names)})"  # noqa: S608 - own names
        f" WHERE {table}.{_quoted(_key(model))} = given.c{len(columns)}"
    )
    return Statement(text, tuple(map(Place, range(len(named)))))


@cache
def _insertion_of_one(model: type[models.Model], columns: tuple[str, ...]) -> Statement:
    table, names = _quoted(model._meta.db_table), ", ".join(map(_quoted, columns))
    text = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608 - own names
    return Statement(text, tuple(map(Place, range(len(columns)))), for_each=True)


@cache
def _insertion_of_many(
    model: type[models.Model], columns: tuple[str, ...], alone: tuple[int, ...], arrays: tuple[int, ...]
) -> Statement:
    """On PostgreSQL: what is alike is said once, before the arrays of what differs."""
    types = _types(model)
    values = [
        f"%s::{types[column]}" if number in alone else f"given.c{number}" for number, column in enumerate(columns)
    ]
    names, marks = [f"c{number}" for number in arrays], [f"%s::{types[columns[number]]}[]" for number in arrays]
    text = (
        f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(map(_quoted, columns))}) SELECT {', '.join(values)}"  # noqa: S608 - own names
        f" FROM unnest({', '.join(marks)}) AS given ({', '.join(names)})"
    )
    return Statement(text, tuple(map(Place, range(len(columns)))))


def _cells(rows: Sequence[Row], alone: Sequence[int], arrays: Sequence[int]) -> list[Value]:
    said = list(zip(*rows, strict=True))
    return [*(said[number][0] for number in alone), *(array(said[number]) for number in arrays)]


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Set `columns` of rows found by primary key: each row ends with the key of the row it changes; how many."""
    if connection.vendor == "postgresql":
        return sum(_update_at_once(model, columns, chunk) for chunk in chunks(rows))
    return _one_by_one(_change(model, columns), rows)


def _change(model: type[models.Model], columns: Sequence[str]) -> str:
    """Of one row, found by the last of the values."""
    sets = ", ".join(f"{_quoted(column)} = %s" for column in columns)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {sets} WHERE {_quoted(_key(model))} = %s"  # noqa: S608 - own names


def delete(model: type[models.Model], column: str, values: Sequence[int]) -> None:
    """Remove the rows whose `column` is one of `values`; what refers to them is not looked after."""
    given = "(SELECT value FROM json_each(%s))" if connection.vendor == "sqlite" else "(SELECT unnest(%s::bigint[]))"
    cells = json.dumps(values) if connection.vendor == "sqlite" else array(values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {_quoted(model._meta.db_table)} WHERE {_quoted(column)} IN {given}",  # noqa: S608 - own names
            [cells],
        )


def _insert_at_once(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], end: str) -> int:
    given = _given(model, columns, rows)
    table, names = _quoted(model._meta.db_table), ", ".join(map(_quoted, columns))
    values = ", ".join(given.values)
    statement = f"INSERT INTO {table} ({names}) SELECT {values} FROM {given.table}{end}"  # noqa: S608 - own names
    _execute(statement, given.parameters)
    return len(rows)


def _update_at_once(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> int:
    key = _key(model)
    given = _given(model, [*columns, key], rows, whole=[key])
    table, *values, found = _quoted(model._meta.db_table), *given.values
    sets = ", ".join(f"{_quoted(column)} = {value}" for column, value in zip(columns, values, strict=True))
    statement = f"UPDATE {table} SET {sets} FROM {given.table} WHERE {table}.{_quoted(key)} = {found}"  # noqa: S608 - own names
    _execute(statement, given.parameters)
    return len(rows)


def _key(model: type[models.Model]) -> str:
    return model._meta.pk.column or "id"


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


@value_class(kw_only=False)
class _Given:
    """Rows as PostgreSQL gets them: a table of arrays bound by the server, several times faster than row by row."""

    values: Sequence[str]
    """How each column is said in a statement."""
    table: str
    parameters: Sequence[Value]


def _given(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], whole: Collection[str] = ()
) -> _Given:
    """A column that says the same in every row is said once, unless it is in `whole`: of a batch most columns do.

    The first column always is an array: it says how many rows there are.
    """
    types, said = _types(model), list(zip(*rows, strict=True))
    values, arrays, alone = [], [], []
    for position, (column, cells) in enumerate(zip(columns, said, strict=True)):
        kind = types[column]
        if column in whole or (position == 0 and not whole) or cells.count(cells[0]) < len(cells):
            values.append(f"given.c{position}")
            arrays.append((f"c{position}", f"%s::{kind}[]", array(cells)))
        else:
            values.append(f"%s::{kind}")
            alone.append(cells[0])
    names, marks = ", ".join(name for name, _, _ in arrays), ", ".join(mark for _, mark, _ in arrays)
    return _Given(values, f"unnest({marks}) AS given ({names})", [*alone, *(cells for _, _, cells in arrays)])


@cache
def _types(model: type[models.Model]) -> dict[str, str]:
    """The type of each column. Texts go as `text`: a cast to their length would cut them silently."""
    types = {field.column or "": field.rel_db_type(connection) or "" for field in model._meta.concrete_fields}
    return {column: "text" if kind.startswith("varchar") else kind for column, kind in types.items()}


def _execute(statement: str, parameters: Sequence[Value]) -> None:
    say_alone()
    with connection.wrap_database_errors, connection.cursor() as cursor:
        psycopg.Cursor(cursor.connection).execute(statement, parameters)


def array(cells: Iterable[Value]) -> str:
    """A column as PostgreSQL reads an array. The driver's own way asks anew of each value what it is."""
    return f"{{{','.join([_ELEMENTS.get(type(cell), _quoted_text)(cell) for cell in cells])}}}"


def _quoted_text(value: Any) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


_ELEMENTS: Final[dict[type, Callable[[Any], str]]] = {
    int: str,
    NoneType: lambda _: "NULL",
    bool: lambda flag: "t" if flag else "f",
    datetime: lru_cache(maxsize=4096)(datetime.isoformat),  # when a message left is said twice, visits begin together
    UUID: str,
    Decimal: str,
    bytes: lambda raw: f'"\\\\x{raw.hex()}"',
}


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
