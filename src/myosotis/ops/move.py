"""From SQLite to PostgreSQL: every table of every model, in one transaction, compared row by row before it is committed.

What the models say is what is copied: a table that is added is moved without anybody thinking of it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import Any, Final
from uuid import UUID

import psycopg
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

from myosotis.ops.backup.manifest import Unusable
from myosotis.store.models import QueueHorizon
from myosotis.value_class import value_class

MADE_BY_MIGRATING: Final = frozenset({"django_content_type", "auth_permission"})
"""Filled in an empty database already; what is in them is copied over all the same, since other rows name theirs."""
AT_ONCE: Final = 2000
Model = type[models.Model]


@value_class(kw_only=False)
class Moved:
    """A table that was copied."""

    table: str
    rows: int


@value_class(kw_only=False)
class Done:
    """All of them."""

    tables: int
    rows: int


def move(url: str, tell: Callable[[Moved], None], using: str = DEFAULT_DB_ALIAS) -> Done:
    """Copy from the SQLite that Django knows as `using` to the database of `url`, whose tables are there and empty.

    Nobody writes to SQLite meanwhile: it is locked. Raises Unusable, and what psycopg raises; then nothing was copied.
    """
    tables = in_order()
    with transaction.atomic(using=using), psycopg.connect(url) as target:
        target.execute("SET TIME ZONE 'UTC'")
        target.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _is_empty(target, tables)
        _triggers(target, tables, on=False)
        moved = []
        for model in tables:
            moved.append(Moved(model._meta.db_table, _copy(target, model, using)))
            tell(moved[-1])
        for model in tables:
            _go_on_counting(target, model)
            _compare(target, model, using)
        _triggers(target, tables, on=True)
    return Done(tables=len(moved), rows=sum(one.rows for one in moved))


def in_order() -> list[Model]:
    """All models with a table of their own, each after those that its rows refer to. Raises graphlib.CycleError.

    How far the queue reaches comes last: until it is known, the target makes no entries of its own.
    """
    own = [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]
    graph = {
        model: {
            field.related_model
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and field.related_model is not model
        }
        for model in own
    }
    return sorted(TopologicalSorter(graph).static_order(), key=lambda model: model is QueueHorizon)


def _is_empty(target: "psycopg.Connection[Any]", tables: Sequence[Model]) -> None:
    """Also locks what is made by migrating, and empties it."""
    for model in tables:
        table = sql.Identifier(model._meta.db_table)
        if model._meta.db_table in MADE_BY_MIGRATING:
            target.execute(sql.SQL("TRUNCATE {} CASCADE").format(table))
        elif target.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(table)).fetchone():
            raise Unusable(f"the PostgreSQL database is not empty: {model._meta.db_table} has rows")


def _triggers(target: "psycopg.Connection[Any]", tables: Sequence[Model], *, on: bool) -> None:
    """Not those of foreign keys. What triggers of ours write is a table too, and is copied as it stands."""
    for model in tables:
        table = sql.Identifier(model._meta.db_table)
        target.execute(
            sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(table, sql.SQL("ENABLE") if on else sql.SQL("DISABLE"))
        )


def _copy(target: "psycopg.Connection[Any]", model: Model, using: str) -> int:
    names = _columns(model)
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    made = [_wrapped(field) for field in model._meta.concrete_fields]
    count = 0
    with target.cursor().copy(into) as copy:
        for row in _here(model, using):
            copy.write_row([make(value) for make, value in zip(made, row, strict=True)])
            count += 1
    return count


def _columns(model: Model) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.column is not None]


def _here(model: Model, using: str) -> Iterator[tuple[Any, ...]]:
    """The rows as Django reads them: instants with their zone, UUIDs, decimals, JSON as values."""
    names = [field.attname for field in model._meta.concrete_fields]
    rows: Iterator[tuple[Any, ...]] = (
        models.QuerySet(model, using=using).order_by("pk").values_list(*names).iterator(chunk_size=AT_ONCE)
    )
    return rows


def _wrapped(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    """How a value of a field is given to PostgreSQL."""
    if not isinstance(field, models.JSONField):
        return _as_it_is
    return _json_or_null if field.null else Jsonb


def _as_it_is(value: Any) -> Any:
    return value


def _json_or_null(value: Any) -> Any:
    return None if value is None else Jsonb(value)


def _go_on_counting(target: "psycopg.Connection[Any]", model: Model) -> None:
    """The next row made in PostgreSQL gets the next number."""
    key = model._meta.pk
    if not isinstance(key, models.AutoField) or key.column is None:  # of all sizes
        return
    question = sql.SQL(
        "SELECT setval(pg_get_serial_sequence({0}, {1}), coalesce(max({2}), 1), max({2}) IS NOT NULL) FROM {3}"
    ).format(
        sql.Literal(f'"{model._meta.db_table}"'),
        sql.Literal(key.column),
        sql.Identifier(key.column),
        sql.Identifier(model._meta.db_table),
    )
    target.execute(question)


def _compare(target: "psycopg.Connection[Any]", model: Model, using: str) -> None:
    """Raises Unusable unless both databases hold the same rows."""
    if _sum(_here(model, using)) != _sum(_there(target, model)):
        raise Unusable(f"what arrived in {model._meta.db_table} is not what was sent")


def _there(target: "psycopg.Connection[Any]", model: Model) -> Iterator[tuple[Any, ...]]:
    """In the order of SQLite, whatever the collation of the other."""
    key = model._meta.pk
    collation = sql.SQL(' COLLATE "C"') if isinstance(key, models.CharField) else sql.SQL("")
    by = sql.SQL("{}{}").format(sql.Identifier(key.column or ""), collation)
    question = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(map(sql.Identifier, _columns(model))), sql.Identifier(model._meta.db_table), by
    )
    with target.cursor(name="compared") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(question)
        yield from cursor


def _sum(rows: Iterator[tuple[Any, ...]]) -> tuple[int, str]:
    """How many rows, and a checksum that is the same for the same values on both databases."""
    count, digest = 0, hashlib.sha256()
    for row in rows:
        count += 1
        digest.update(repr([_said(value) for value in row]).encode())
    return count, digest.hexdigest()


def _said(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Decimal():
            return str(value.normalize())
        case memoryview() | bytes():
            return bytes(value).hex()
        case dict() | list():
            return json.dumps(value, sort_keys=True)
        case date() | time() | UUID():
            return str(value)
        case _:
            return value
