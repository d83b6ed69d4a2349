"""Questions that are asked again and again with other ids: Django words them once, after that only the database works.

Wording a query costs Django more than the database needs to answer it, and a booking asks a dozen. A list of any length
is one parameter, so that the text stays the same and no limit of parameters is met. Questions that do not wait for each
other's answers are asked `together`.
"""

import json
import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial, reduce
from typing import Any, Final

from django.db import connection
from django.db.models import BigIntegerField, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from myosotis.store import prepared
from myosotis.store.bulk import array
from myosotis.store.prepared import Place, Statement
from myosotis.value_class import value_class

Ids = Collection[int] | Collection[str]
Row = prepared.Row
"""A row as Django's `values_list` gives it."""
Converter = Callable[[Any], Any]

_MARKS: Final = (-987654321, -987654322, -987654323)
"""Stand for the lists while a question is worded."""
_INSTANTS: Final = (
    datetime(1901, 2, 3, tzinfo=UTC),
    datetime(1901, 2, 4, tzinfo=UTC),
    datetime(1901, 2, 5, tzinfo=UTC),
)
"""Stand for the instants."""
_IN: Final = "IN (%s)"
_MARK: Final = re.compile(rf"{re.escape(_IN)}|(?<!%)%s")


@value_class
class _Worded:
    statement: Statement
    converters: tuple[tuple[int, Converter], ...]


@value_class(kw_only=False)
class Question:
    """A `values_list` query over lists: `word` makes it of one stand-in for each list, used as `__in=[stand_in]`.

    After the lists come the stand-ins of instants, each to be compared with columns of instants.
    """

    word: Callable[..., "QuerySet[Any, Row]"]
    lists: int = 1
    instants: int = 0

    def of(self, *lists: Ids, at: Sequence[datetime] = ()) -> "Asked":
        """The question about these lists and instants (UTC), each in their order."""
        return Asked(question=self, lists=lists, at=at)

    def ask(self, *lists: Ids, at: Sequence[datetime] = ()) -> Sequence[Row]:
        """The rows for these lists and instants (UTC), each in their order."""
        return together(self.of(*lists, at=at))[0]


@value_class
class Asked:
    """A question, and what it is asked about."""

    question: Question
    lists: tuple[Ids, ...]
    at: Sequence[datetime]

    @property
    def single(self) -> tuple[bool, ...]:
        """Which of the lists have one element. For a list of unknown length PostgreSQL would plan each time anew."""
        return tuple([len(ids) == 1 for ids in self.lists])


def together(*asked: Asked) -> list[Sequence[Row]]:
    """The rows of several questions, in one trip to the server; they are asked in this order."""
    if connection.vendor == "postgresql":
        worded = [_worded(one.question, one.single) for one in asked]
        given = [[*map(_given, one.lists, one.single), *map(_adapted, one.at)] for one in asked]
    else:
        worded = [_worded(one.question) for one in asked]
        given = [[*map(_as_json, one.lists), *map(_adapted, one.at)] for one in asked]
    answers = prepared.run(*[(words.statement, values) for words, values in zip(worded, given, strict=True)])
    return [
        [_converted(row, words.converters) for row in rows] if words.converters else rows
        for words, rows in zip(worded, answers, strict=True)
    ]


def _given(ids: Ids, single: bool) -> object:
    """A single one may be what somebody typed: a number too long for any key is none of them, as NULL is."""
    if not single:
        return array(ids)
    value = next(iter(ids))
    return None if isinstance(value, int) and abs(value) > BigIntegerField.MAX_BIGINT else value


def _as_json(ids: Ids) -> str:
    return json.dumps(list(ids))


def _adapted(instant: datetime) -> str:
    """As the database takes it in a comparison."""
    return str(connection.ops.adapt_datetimefield_value(instant))


def _converted(row: Row, converters: Sequence[tuple[int, Converter]]) -> Row:
    cells = list(row)
    for position, convert in converters:
        if cells[position] is not None:
            cells[position] = convert(cells[position])
    return tuple(cells)


@lru_cache(maxsize=256)
def _worded(question: Question, single: tuple[bool, ...] = ()) -> _Worded:
    """The text of a question on this kind of database; on PostgreSQL for lists of which some have one element."""
    query = question.word(*_MARKS[: question.lists], *_INSTANTS[: question.instants]).query
    compiler = query.get_compiler(connection=connection)
    text, parameters = compiler.as_sql()
    stand_ins = [*map(str, _MARKS[: question.lists]), *map(_adapted, _INSTANTS[: question.instants])]
    places = {stand_in: Place(number) for number, stand_in in enumerate(stand_ins)}
    placed = tuple([places.get(str(value), value) for value in parameters])
    statement = Statement(_with_lists(text, placed, question.lists, single), placed)
    return _Worded(statement=statement, converters=_converters(compiler))


def _with_lists(text: str, parameters: Sequence[Any], lists: int, single: tuple[bool, ...]) -> str:
    """The text, with each list as this kind of database takes it. Raises ValueError unless each is asked for once, by `__in`."""
    values, asked = iter(parameters), []

    def said(found: re.Match[str]) -> str:
        value = next(values)
        if not isinstance(value, Place) or value.number >= lists:
            return found[0]
        asked.append((value.number, found[0]))
        return _form(single[value.number] if single else None)

    worded = _MARK.sub(said, text)
    if sorted(asked) != [(number, _IN) for number in range(lists)]:
        raise ValueError("every list of a question is asked for once, by __in")
    return worded


def _form(single: bool | None) -> str:
    if single is None:
        return "IN (SELECT value FROM json_each(%s))"
    return "= %s" if single else "= ANY(%s)"


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
