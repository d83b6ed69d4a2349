"""Single rows, written with what Django has worded once: for what nearly every act of somebody adds.

Saving an object costs Django several times what the database needs to write it.
"""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model

from myosotis.store import prepared
from myosotis.store.prepared import Place, Statement


def add(*rows: Model) -> None:
    """Insert new rows in this order, on PostgreSQL in one trip; they get their keys. No signals are sent.

    Raises IntegrityError as `save` does; a caller who goes on after that asks within a savepoint.
    """
    answers = prepared.run(*[(_insertion(type(row), connection.vendor), _values(row)) for row in rows])
    for row, [[key]] in zip(rows, answers, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - as `from_db` and `save` do


@cache
def _fields(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _values(row: Model) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _fields(type(row))]


@cache
def _insertion(model: type[Model], vendor: str) -> Statement:
    """Of a model whose key the database gives; on one kind of database."""
    del vendor
    quoted = connection.ops.quote_name
    fields = _fields(model)
    columns, marks = ", ".join(quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    text = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({marks}) RETURNING {quoted(_key(model))}"  # noqa: S608 - own names
    return Statement(text, tuple(map(Place, range(len(fields)))))


def _key(model: type[Model]) -> str:
    return model._meta.pk.column or "id"
