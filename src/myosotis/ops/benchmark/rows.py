"""Many rows by one statement: each column a value, or an expression over the row's number `n`; the rest as the model has it.

On both databases, so what is made of it is the same on both; ten million rows come in minutes.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from myosotis.value_class import value_class


@value_class(kw_only=False)
class Sql:
    """An expression over `n`, which counts from 1."""

    text: str


def fill(model: type[models.Model], count: int, columns: Mapping[str, object]) -> int:
    """Add so many rows; the key of the one with `n` = 0, so that others can refer to `key + n`."""
    base, fields = _last_key(model), model._meta.concrete_fields
    said = [_expression(model, field, columns, base) for field in fields]
    names = ", ".join(_quoted(field.column) for field in fields)
    values, parameters = ", ".join(text for text, _ in said), [value for _, given in said for value in given]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_quoted(table)} ({names}) SELECT {values} FROM {_numbers(count)}",  # noqa: S608 - own names
            parameters,
        )
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, base + count])
    return base


def _quoted(name: str | None) -> str:
    return str(connection.ops.quote_name(name or ""))


def _last_key(model: type[models.Model]) -> int:
    last: int | None = model._base_manager.aggregate(last=models.Max("pk"))["last"]  # noqa: SLF001 - documented
    return last or 0


def _expression(
    model: type[models.Model], field: "models.Field[Any, Any]", columns: Mapping[str, object], base: int
) -> tuple[str, list[Any]]:
    if field.primary_key and field.attname not in columns:
        return f"{base} + n", []
    value = columns.get(field.attname, columns.get(field.name, getattr(model(), field.attname)))
    if isinstance(value, Sql):
        return value.text.replace("%", "%%"), []
    return "%s", [field.get_db_prep_save(value, connection)]


def _numbers(count: int) -> str:
    if connection.vendor == "postgresql":
        return f"generate_series(1, {count}) AS numbers(n)"
    counted = f"SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}"  # noqa: S608 - a number
    return f"(WITH RECURSIVE numbers(n) AS ({counted}) SELECT n FROM numbers)"  # noqa: S608 - as above


def by_vendor(postgresql: Callable[[], str], sqlite: Callable[[], str]) -> Sql:
    return Sql(postgresql() if connection.vendor == "postgresql" else sqlite())


def moment(at: datetime, seconds: str = "0") -> Sql:
    """An instant so many seconds (an expression) after `at`."""
    given = at.astimezone(UTC)
    return by_vendor(
        lambda: f"timestamptz '{given.isoformat()}' + ({seconds}) * interval '1 second'",
        lambda: f"strftime('%Y-%m-%d %H:%M:%S', '{given:%Y-%m-%d %H:%M:%S}', ({seconds}) || ' seconds')",
    )


def random_uuid() -> Sql:
    return by_vendor(lambda: "gen_random_uuid()", lambda: "lower(hex(randomblob(16)))")
