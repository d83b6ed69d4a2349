"""The rate of a provider account, shared by all dispatchers: who takes a part of it has it alone (docs/adr/0076)."""

from typing import Final

from django.db import connection

_NOW: Final = {
    "postgresql": "extract(epoch FROM clock_timestamp())::double precision",
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
}
"""Real seconds, by the database's clock: providers count real ones, and the clocks of machines differ."""
_TAKE: Final = """
INSERT INTO store_ration (account, taken_until) VALUES (%(account)s, {now} + %(seconds)s)
ON CONFLICT (account) DO UPDATE SET taken_until = %(seconds)s + CASE
    WHEN store_ration.taken_until BETWEEN {now} AND {now} + %(farthest)s THEN store_ration.taken_until ELSE {now} END
RETURNING taken_until - %(seconds)s - {now}
"""
FARTHEST: Final = 100
"""Whoever takes waits for at most so many others. What is taken beyond that, was so by a clock that has been set back."""


def take(account: str, seconds: float) -> float:
    """Take the next `seconds` (real ones) of an account's rate; in how many seconds they begin."""
    values: dict[str, str | float] = {"account": account, "seconds": seconds, "farthest": FARTHEST * seconds}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(now=_NOW[connection.vendor]), values)
        return max(float(cursor.fetchone()[0]), 0.0)
