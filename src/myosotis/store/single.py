"""Single rows, written with what Django has worded once: for what nearly every act of somebody adds.

Saving an object costs Django several times what the database needs to write it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Expression, Model
from django.db.models.sql.compiler import SQLCompiler

from myosotis.store import prepared
from myosotis.store.prepared import Place, Said, Statement


def add(*rows: Model, then: Sequence[Said] = ()) -> None:
    """Insert new rows in this order, on PostgreSQL in one trip; `then` goes in the same one. No signals are sent.

    They get their keys, unless they have them (`NextKey`). Raises IntegrityError as `save` does; a caller who goes on
    after that asks within a savepoint.
    """
    answers = prepared.run(
        *[(_insertion(type(row), row.pk is not None, connection.vendor), _values(row)) for row in rows], *then
    )
    for row, [[key]] in zip(rows, answers[: len(rows)], strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - as `from_db` and `save` do


def changed(row: Model, names: tuple[str, ...]) -> Said:
    """These fields of a row that is there, to be written with other statements in one trip (`add`). No signals are sent.

    Fewer than fifty values in one text: more of them the driver takes apart anew each time.
    """
    return _change(type(row), names, connection.vendor), _cells(row, _named(type(row), names))


@cache
def _named(model: type[Model], names: tuple[str, ...]) -> list[Any]:
    """These fields, then the key."""
    return [model._meta.get_field(name) for name in (*names, model._meta.pk.name)]


@cache
def _fields(model: type[Model], with_key: bool) -> list[Any]:
    return [field for field in model._meta.concrete_fields if with_key or not field.primary_key]


def _values(row: Model) -> list[Any]:
    return _cells(row, _fields(type(row), row.pk is not None))


def _cells(row: Model, fields: Sequence[Any]) -> list[Any]:
    wrapper = connections[connection.alias]  # `connection` looks it up anew for each word that a field asks it
    return [field.get_db_prep_save(getattr(row, field.attname), wrapper) for field in fields]


@cache
def _insertion(model: type[Model], with_key: bool, vendor: str) -> Statement:
    """Of a model whose key the database gives; on one kind of database."""
    del vendor
    quoted = connection.ops.quote_name
    fields = _fields(model, with_key)
    columns, marks = ", ".join(quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    text = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({marks}) RETURNING {quoted(_key(model))}"  # noqa: S608 - own names
    return Statement(text, tuple(map(Place, range(len(fields)))))


@cache
def _change(model: type[Model], names: tuple[str, ...], vendor: str) -> Statement:
    del vendor
    quoted = connection.ops.quote_name
    *columns, key = [field.column for field in _named(model, names)]
    sets = ", ".join(f"{quoted(column)} = %s" for column in columns)
    text = f"UPDATE {quoted(model._meta.db_table)} SET {sets} WHERE {quoted(key)} = %s"  # noqa: S608 - own names
    return Statement(text, tuple(map(Place, range(len(names) + 1))))


def _key(model: type[Model]) -> str:
    return model._meta.pk.column or "id"


class NextKey(Expression):
    """The key of the next row of a model: for whoever has to say it before the row is there.

    Nobody else gets it: on PostgreSQL a sequence never gives a number twice, on SQLite nobody else writes meanwhile.
    """

    def __init__(self, model: type[Model]) -> None:
        super().__init__(output_field=BigIntegerField())
        self._model = model

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        del compiler
        table = self._model._meta.db_table
        if connection.vendor != "postgresql":
            return "1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", (table,)
        with connection.cursor() as cursor:  # looked up once for each wording: that costs more than the next number
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, _key(self._model)])
            return "nextval(%s)", cursor.fetchone()
