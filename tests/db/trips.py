"""How often the database is asked: on PostgreSQL each trip wakes another process."""

from collections.abc import Callable
from typing import Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

ON_POSTGRESQL: Final = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite is asked within the process"
)


def trips(act: Callable[[], object]) -> int:
    """How many texts an act sends to the server, beside those that begin and end transactions."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in captured)
