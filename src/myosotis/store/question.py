"""Questions that are asked again and again with other ids: Django words them once, after that only the database works.

Wording a query costs Django more than the database needs to answer it, and a booking asks a dozen. A list of any length
is one parameter, so that the text stays the same and no limit of parameters is met.
"""

import json
import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial, reduce
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from myosotis.store.bulk import array
from myosotis.value_class import value_class

Ids = Collection[int] | Collection[str]
Row = tuple[Any, ...]
"""A row as Django's `values_list` gives it; its cells have as many types as columns."""
Converter = Callable[[Any], Any]

_MARKS: Final = (-987654321, -987654322, -987654323)
"""Stand for the lists while a question is worded."""
_INSTANTS: Final = (
    datetime(1901, 2, 3, tzinfo=UTC),
    datetime(1901, 2, 4, tzinfo=UTC),
    datetime(1901, 2, 5, tzinfo=UTC),
)
"""Stand for the instants."""
_LIST: Final = re.compile(r"IN \(%s\)")


@value_class
class _Worded:
    text: str
    parameters: tuple[Any, ...]
    converters: tuple[tuple[int, Converter], ...]


@value_class(kw_only=False)
class Question:
    """A `values_list` query over lists: `word` makes it of one stand-in for each list, used as `__in=[stand_in]`.

    After the lists come the stand-ins of instants, each to be compared with columns of instants.
    """

    word: Callable[..., "QuerySet[Any, Row]"]
    lists: int = 1
    instants: int = 0

    def ask(self, *lists: Ids, at: Sequence[datetime] = ()) -> Sequence[Row]:
        """The rows for these lists and instants (UTC), each in their order."""
        worded = _worded(self, connection.vendor)
        given = {str(mark): _parameter(ids) for mark, ids in zip(_MARKS, lists, strict=False)}
        given |= {_adapted(mark): _adapted(instant) for mark, instant in zip(_INSTANTS, at, strict=False)}
        parameters = [given.get(str(value), value) for value in worded.parameters]
        with connection.cursor() as cursor:
            cursor.execute(worded.text, parameters)
            rows: Sequence[Row] = cursor.fetchall()
        return [_converted(row, worded.converters) for row in rows] if worded.converters else rows


def _parameter(ids: Ids) -> str:
    return json.dumps(list(ids)) if connection.vendor == "sqlite" else array(ids)


def _adapted(instant: datetime) -> str:
    """As the database takes it in a comparison."""
    return str(connection.ops.adapt_datetimefield_value(instant))


def _converted(row: Row, converters: Sequence[tuple[int, Converter]]) -> Row:
    cells = list(row)
    for position, convert in converters:
        if cells[position] is not None:
            cells[position] = convert(cells[position])
    return tuple(cells)


@lru_cache(maxsize=64)
def _worded(question: Question, vendor: str) -> _Worded:
    """The text of a question on this kind of database."""
    query = question.word(*_MARKS[: question.lists], *_INSTANTS[: question.instants]).query
    compiler = query.get_compiler(connection=connection)
    text, parameters = compiler.as_sql()
    lists = "IN (SELECT value FROM json_each(%s))" if vendor == "sqlite" else "= ANY(%s)"
    pieces = _LIST.split(text)
    if len(pieces) != question.lists + 1:
        raise ValueError("every list of a question is asked for once, by __in")
    return _Worded(text=lists.join(pieces), parameters=tuple(parameters), converters=_converters(compiler))


def _converters(compiler: SQLCompiler) -> tuple[tuple[int, Converter], ...]:
    converters = compiler.get_converters([column for column, *_ in compiler.select])
    return tuple((position, _converter(steps, column)) for position, (steps, column) in converters.items())


def _converter(steps: Sequence[Any], column: Any) -> Converter:
    """What Django does to a value of this column; for instants on SQLite in one step, as they are most of all values."""
    if connection.vendor == "sqlite" and column.output_field.get_internal_type() == "DateTimeField":
        return _instant
    if len(steps) == 1:
        return partial(_convert, steps[0], column)
    return lambda value: reduce(lambda sofar, step: step(sofar, column, connection), steps, value)


def _convert(step: Any, column: Any, value: Any) -> Any:
    return step(value, column, connection)


def _instant(stored: datetime | str) -> datetime:
    """SQLite keeps instants in UTC without saying so; as text, where it does not know the type of a column."""
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=UTC)
