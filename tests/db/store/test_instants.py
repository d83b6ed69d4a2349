"""Instants as PostgreSQL gives them to us, whichever way they are fetched."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper

pytestmark = pytest.mark.django_db

Fetch = Callable[[CursorWrapper], Any]
EACH_WAY = pytest.mark.parametrize(
    "fetch",
    [lambda cursor: cursor.fetchone(), lambda cursor: cursor.fetchmany(2)[0], lambda cursor: cursor.fetchall()[0]],
    ids=["one", "many", "all"],
)


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps instants as text")


@EACH_WAY
def test_an_instant_is_read_in_utc(fetch: Fetch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '2027-03-10 10:00:00.25+01'::timestamptz")
        (read,) = fetch(cursor)
    assert read == datetime(2027, 3, 10, 9, 0, 0, 250_000, tzinfo=UTC)
    assert read.tzinfo is UTC


@EACH_WAY
@pytest.mark.parametrize("said", ["infinity", "-infinity", "0044-03-15 BC", "12000-01-01"])
def test_what_is_no_instant_is_a_damaged_row_and_no_trouble_of_the_database(fetch: Fetch, said: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [said])
        with pytest.raises(ValueError, match="timestamp"):
            fetch(cursor)
