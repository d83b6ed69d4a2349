"""Reading instants from PostgreSQL without detours.

Django puts a loader of its own before the driver's, written in Python; a dispatcher feels it, because it reads a dozen
instants for every message. The driver's own is as quick as a copy. Both give aware datetimes in UTC, the zone of the session.
"""

from collections.abc import Callable
from datetime import UTC
from typing import Any, Final, TypeVar

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import ClientCursor, DataError
from psycopg.postgres import types
from psycopg.types.datetime import TimestamptzLoader

Answer = TypeVar("Answer")

_INSTANT: Final = types["timestamptz"].oid


class DirectCursor(ClientCursor[Any]):
    """As Django's own, but instants are loaded by the driver alone: of a connection's loaders Django expects to know them.

    Raises ValueError for what is no instant of our calendar (`infinity`, years before Christ): it is the row that is
    damaged, not the database that fails.
    """

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.adapters.register_loader(_INSTANT, TimestamptzLoader)

    def fetchone(self) -> Any:
        return _fetched(super().fetchone)

    def fetchmany(self, size: int = 0) -> Any:
        return _fetched(super().fetchmany, size)

    def fetchall(self) -> Any:
        return _fetched(super().fetchall)


def _fetched(fetch: Callable[..., Answer], *given: int) -> Answer:
    try:
        return fetch(*given)
    except DataError as error:
        raise ValueError(str(error)) from None


def read_fast(sender: object, connection: BaseDatabaseWrapper, **given: Any) -> None:
    """Receiver of `connection_created`."""
    del sender, given
    if connection.vendor == "postgresql" and connection.timezone is UTC:
        connection.connection.cursor_factory = DirectCursor
