"""Reading instants from PostgreSQL by psycopg's compiled loader.

Django's own is written in Python and takes six times as long, which a dispatcher feels: it reads a dozen instants for
every message. Both give aware datetimes; ours are in UTC because that is the zone of the session.
"""

from datetime import UTC
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper

if psycopg.pq.__impl__ == "binary":
    from psycopg_binary import _psycopg as compiled
else:  # psycopg without its compiled part works all the same
    compiled = None


def read_fast(sender: object, connection: BaseDatabaseWrapper, **given: Any) -> None:
    """Receiver of `connection_created`."""
    del sender, given
    if compiled is None or connection.vendor != "postgresql" or connection.timezone is not UTC:
        return
    adapters = connection.connection.adapters
    adapters.register_loader("timestamptz", _loader())


def _loader() -> type:
    class InstantLoader(compiled.TimestamptzLoader):  # type: ignore[misc, name-defined]  # compiled, without types
        timezone = UTC
        """By this Django sees that the loader gives the zone it wants, and leaves it in its place."""

    return InstantLoader
