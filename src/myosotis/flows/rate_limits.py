"""How much of a limit was spent within a minute, whichever web process was asked (docs/rules.md 5)."""

from collections import Counter
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from myosotis.store import rate_counts

MINUTE: Final = 60


class _Owed:
    """What could not be written at once, because a long write held the database: it is written with the next count.

    Until then only this process knows of it. Of earlier minutes nothing is kept.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = 0
        self._owed: Counter[str] = Counter()
        self._known: Counter[str] = Counter()

    def take(self, name: str, cost: int, minute: int) -> int:
        with self._lock:
            if minute != self._minute:
                self._minute, self._owed, self._known = minute, Counter(), Counter()
            return cost + self._owed.pop(name, 0)

    def written(self, name: str, spent: int) -> None:
        with self._lock:
            self._known[name] = spent

    def put_back(self, name: str, cost: int) -> int:
        """What is known of the minute, with what is owed."""
        with self._lock:
            self._owed[name] += cost
            return self._known[name] + self._owed[name]


_owed: Final = _Owed()


def spend(name: str, cost: int, now: datetime) -> int:
    """Count `cost` for `name` (of which limit, and whose) in the real minute of `now`; what this minute has cost it."""
    minute = int(now.timestamp()) // MINUTE
    due = _owed.take(name, cost, minute)
    spent = rate_counts.add(f"{name}:{minute}", due, datetime.fromtimestamp((minute + 1) * MINUTE, UTC))
    if spent is None:
        return _owed.put_back(name, due)
    _owed.written(name, spent)
    return spent
