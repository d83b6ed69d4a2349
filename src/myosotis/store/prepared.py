"""Statements worded once, with places for what differs; PostgreSQL reads and plans them once for each connection.

Planning a small question costs that server several times what answering it does. So it is told to keep them ready, by
PREPARE and EXECUTE within the text that is sent and not by the protocol's own messages: then several go in one trip,
together with the scope that they carry. A pooler may give the next statement to a session of the server that knows
nothing of the last one: behind it statements go as they are.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from myosotis.value_class import value_class

Row = tuple[Any, ...]
"""Its cells have as many types as columns."""

CHANGED: Final = frozenset({"0A000", "26000"})
"""The server: a statement that it kept would be answered by other types since a migration; or it knows no such one."""
_PLACE: Final = re.compile(r"(?<!%)%s")

_kept: Final[WeakKeyDictionary[psycopg.Connection[Any], "dict[Statement, str]"]] = WeakKeyDictionary()
"""By which names the session of a connection knows statements. A connection that has no session of its own is not here."""
_numbers: Final = count(1)


@value_class(kw_only=False)
class Place:
    """Where the n-th of the given values stands in a statement."""

    number: int


class Statement:
    """A text with `%s` for each of the parameters; each is a value that is always the same, or a place. Known by identity.

    `for_each` (SQLite only): what is given is a sequence of rows, and it is carried out for each.
    """

    def __init__(self, text: str, parameters: tuple[Any, ...], *, for_each: bool = False) -> None:
        self.text = text
        self.parameters = parameters
        self.for_each = for_each

    def filled(self, given: Sequence[Any]) -> list[Any]:
        """All parameters, for the text as it is."""
        return [given[value.number] if isinstance(value, Place) else value for value in self.parameters]

    @cached_property
    def ready(self) -> tuple[str, list[Any]]:
        """The text with `$1` and so on for the places, as PREPARE takes it; and the parameters that are left."""
        marks = iter([f"${value.number + 1}" if isinstance(value, Place) else "%s" for value in self.parameters])
        text = _PLACE.sub(lambda _: next(marks), self.text)
        return text, [value for value in self.parameters if not isinstance(value, Place)]


Said = tuple[Statement, Sequence[Any]]
"""A statement, and what is given to its places."""


def keep(sender: object, connection: BaseDatabaseWrapper, **given: Any) -> None:
    """A new connection to the database (a receiver of Django's signal): is a session of the server its own?

    A pooler tells its clients a process id of its own making.
    """
    del sender, given
    if connection.vendor != "postgresql":
        return
    with psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute("SELECT pg_backend_pid()").fetchone()
    if row is not None and row[0] == connection.connection.info.backend_pid:
        _kept[connection.connection] = {}


def run(*said: Said) -> list[list[Row]]:
    """Carry out statements in this order, on PostgreSQL in one trip; the answer of each, empty if it gives none."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            return [_one_by_one(cursor, statement, given) for statement, given in said]
    if not said:
        return []
    connection.ensure_connection()
    known = _kept.get(connection.connection)
    return _as_they_are(said) if known is None else _kept_ready(said, known)


def _one_by_one(cursor: CursorWrapper, statement: Statement, given: Sequence[Any]) -> list[Row]:
    if statement.for_each:
        cursor.executemany(statement.text, given)
        return []
    cursor.execute(statement.text, statement.filled(given))
    answer: list[Row] = cursor.fetchall()
    return answer


def _as_they_are(said: Sequence[Said]) -> list[list[Row]]:
    parameters = [value for statement, given in said for value in statement.filled(given)]
    return _answers([statement.text for statement, _ in said], parameters, silent=0)


def _kept_ready(said: Sequence[Said], known: "dict[Statement, str]") -> list[list[Row]]:
    texts: list[str] = []
    parameters: list[Any] = []
    new = {statement: f"myosotis_{next(_numbers)}" for statement, _ in said if statement not in known}
    for statement, name in new.items():
        text, fixed = statement.ready
        texts.append(f"PREPARE {name} AS {text}")
        parameters += fixed
    for statement, given in said:
        places = f"({', '.join(['%s'] * len(given))})" if given else ""
        texts.append(f"EXECUTE {known.get(statement) or new[statement]}{places}")
        parameters += given
    try:
        answers = _answers(texts, parameters, silent=len(new))
    except DatabaseTrouble as error:
        if getattr(error.__cause__, "sqlstate", None) in CHANGED:
            known.clear()  # whoever tries again has them prepared anew
        raise
    known.update(new)
    return answers


def _answers(texts: Sequence[str], parameters: Sequence[Any], *, silent: int) -> list[list[Row]]:
    """What the statements answer that come after the first `silent` ones."""
    answers = []
    with connection.cursor() as cursor:
        cursor.execute("; ".join(texts), parameters)
        for _ in range(silent):
            cursor.nextset()
        for _ in range(silent, len(texts)):
            answers.append(cursor.fetchall() if cursor.pgresult.nfields else [])
            cursor.nextset()
    return answers
