"""Rates that all dispatchers share: who takes a part of one has it alone (docs/adr/0076).

The rate of a provider account, and what one practice may use of an account that practices share. `now` is the real instant
(by one clock for all dispatchers): providers count real seconds also where the product's clock is virtual.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import connection

_PARTS: Final = {
    "postgresql": "SELECT key AS account, value::double precision AS seconds FROM json_each_text(%(parts)s::json)",
    "sqlite": "SELECT key AS account, value AS seconds FROM json_each(%(parts)s)",
}
_TAKE: Final = """
INSERT INTO store_ration (account, taken_until)
SELECT account, %(now)s + seconds FROM ({parts}) AS part WHERE true ORDER BY account
ON CONFLICT (account) DO UPDATE SET taken_until = (EXCLUDED.taken_until - %(now)s) + CASE
    WHEN store_ration.taken_until BETWEEN %(now)s AND %(now)s + %(farthest)s THEN store_ration.taken_until ELSE %(now)s END
RETURNING account, taken_until - %(now)s
"""
FARTHEST: Final = 100
"""Whoever takes waits for at most so many others. What is taken beyond that, was so by a clock that has been set back."""
_AHEAD: Final = """
SELECT account, taken_until - %(now)s FROM store_ration
WHERE account LIKE %(like)s AND taken_until > %(now)s AND taken_until < %(now)s + %(farthest)s
"""


def take(account: str, seconds: float, now: datetime) -> float:
    """Take the next `seconds` of a rate; in how many seconds they begin."""
    return max(take_each({account: seconds}, now)[account] - seconds, 0.0)


def take_each(parts: Mapping[str, float], now: datetime) -> Mapping[str, float]:
    """Take so many seconds of each of these rates; in how many seconds they end."""
    given: dict[str, str | float] = {
        "parts": json.dumps(parts),
        "farthest": FARTHEST * max(parts.values()),
        "now": now.timestamp(),
    }
    return _asked(_TAKE.format(parts=_PARTS[connection.vendor]), given)


def ahead(like: str, farthest: float, now: datetime) -> Mapping[str, float]:
    """Of the rates named like this (SQL's `LIKE`) those that are taken, for fewer than `farthest` seconds; for how many."""
    return _asked(_AHEAD, {"like": like, "farthest": farthest, "now": now.timestamp()})


def _asked(statement: str, given: dict[str, str | float]) -> Mapping[str, float]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return {str(account): float(seconds) for account, seconds in cursor.fetchall()}
