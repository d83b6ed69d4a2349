"""Reading instants from PostgreSQL without detours.

Django's loader takes a regular expression and several steps for what `datetime.fromisoformat` does at once; a dispatcher
feels it, because it reads a dozen instants for every message. Both give aware datetimes in UTC, the zone of the session.
"""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class InstantLoader(Loader):
    """`2027-03-10 09:00:00+00` as an aware datetime."""

    timezone = UTC
    """By this Django sees that the loader gives the zone it wants, and leaves it in its place."""

    def load(self, data: Buffer) -> datetime:
        """Raises ValueError for what is no instant of our calendar (`infinity`, years before Christ)."""
        return datetime.fromisoformat(str(data, "ascii"))


def read_fast(sender: object, connection: BaseDatabaseWrapper, **given: Any) -> None:
    """Receiver of `connection_created`."""
    del sender, given
    if connection.vendor == "postgresql" and connection.timezone is UTC:
        connection.connection.adapters.register_loader("timestamptz", InstantLoader)
