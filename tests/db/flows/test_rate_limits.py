"""Limits are counted by all web processes together, and nobody waits for a count."""

import sqlite3
from contextlib import closing

import pytest
from django.db import connection

from myosotis.domain.values import utc
from myosotis.flows import rate_limits
from myosotis.store import rate_counts
from myosotis.store.models import RateCount

NOW = utc(2027, 3, 1, 9, 0, 30)


@pytest.mark.django_db
def test_a_minute_is_counted_by_whoever_is_asked_and_the_next_begins_anew() -> None:
    assert [rate_limits.spend("api:1", 1, NOW) for _ in range(3)] == [1, 2, 3]
    rate_counts.add(f"api:1:{int(NOW.timestamp()) // 60}", 10, NOW)  # another process
    assert rate_limits.spend("api:1", 1, NOW) == 14
    assert rate_limits.spend("api:2", 5, NOW) == 5
    assert rate_limits.spend("api:1", 1, utc(2027, 3, 1, 9, 1)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_long_write_delays_no_count_and_loses_none() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL writers wait for no other table's writers")
    assert rate_limits.spend("api:1", 1, NOW) == 1
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), uri=True, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert [rate_limits.spend("api:1", 1, NOW) for _ in range(2)] == [2, 3]
        other.execute("ROLLBACK")
    assert rate_limits.spend("api:1", 1, NOW) == 4
    assert RateCount.objects.get().spent == 4
    with connection.cursor() as cursor:
        kept = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("busy_timeout", "synchronous")]
    assert kept == [20_000, 2]
