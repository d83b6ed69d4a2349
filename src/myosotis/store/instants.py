"""Reading instants from PostgreSQL without detours.

Django's loader lets the driver's read an instant and then gives it another zone; a dispatcher feels it, because it reads a
dozen instants for every message. Both give aware datetimes in UTC, the zone of the session.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.abc import AdaptContext, Buffer, Loader
from psycopg.pq import Format
from psycopg.types.datetime import TimestamptzLoader

_TYPE: Final = psycopg.adapters.types["timestamptz"].oid
_OWN: Final[type[Loader]] = psycopg.adapters.get_loader(_TYPE, Format.TEXT) or TimestamptzLoader
"""The one in C, where the driver has it."""


class InstantLoader:
    """`2027-03-10 09:00:00+00` as an aware datetime, by the driver's own loader and nothing between."""

    format = Format.TEXT
    timezone = UTC
    """By this Django sees that the loader gives the zone it wants, and leaves it in its place."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        self.load: Callable[[Buffer], datetime] = _OWN(oid, context).load
        """Raises psycopg.DataError for what is no instant of our calendar (`infinity`, years before Christ)."""


def read_fast(sender: object, connection: BaseDatabaseWrapper, **given: Any) -> None:
    """Receiver of `connection_created`."""
    del sender, given
    if connection.vendor == "postgresql" and connection.timezone is UTC:
        connection.connection.adapters.register_loader("timestamptz", InstantLoader)
