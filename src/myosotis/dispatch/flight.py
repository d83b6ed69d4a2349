"""How many messages of one account are under way at once: as many as keep its provider busy, and hardly more.

Little's law says how many those are: what the provider works off in a second, times the seconds that one takes when nothing
stands in its way. Neither is known beforehand, so both are measured, and twice as many are allowed as were needed: while
more bring more a second, the number doubles with each look; when they only wait longer, it stands. After trouble it halves
and comes back slowly.
"""

from collections import deque
from typing import Final

FEW: Final = 128
"""So many are allowed at first, and whatever was measured: a provider that answers at once needs no more."""
LOOK_SECONDS: Final = 0.05
REMEMBERED: Final = 40
"""Looks among which the quickest answer and the best rate are searched for: a busy moment of ours says nothing of theirs."""
MARGIN: Final = 2
BACK: Final = 16
"""By so many the number rises again with each look after trouble."""


class Flight:
    """Of one account in one process. Times in seconds of `time.monotonic`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ceiling = most
        self.allowed = min(FEW, most)
        self._looked_at = 0.0
        self._answers = 0
        self._quickest = float("inf")
        self._lately: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        """Answers a second, and the quickest of them, of each look while all that were allowed were under way."""
        self._full = False
        self._troubled = False

    def answered(self, began: float, at: float, under_way: int, *, trouble: bool) -> None:
        """One was handed over at `began`, and its outcome known `at`; so many were under way."""
        self._answers += 1
        self._quickest = min(self._quickest, at - began)
        self._full = self._full or under_way >= self.allowed
        self._troubled = self._troubled or trouble
        if at - self._looked_at >= max(LOOK_SECONDS, self._quickest):
            self._look(at)

    def _look(self, at: float) -> None:
        """Draw the conclusion of what was answered since the last look."""
        if self._troubled:
            self._ceiling = max(self.allowed // 2, 1)
            self._lately.clear()
        else:
            self._ceiling = min(self._ceiling + BACK, self._most)
        if self._full:  # else it says what there was to send, not what could be sent
            self._lately.append((self._answers / (at - self._looked_at), self._quickest))
        needed = self._needed()
        self.allowed = min(int(MARGIN * needed) + FEW, self._ceiling)
        self._looked_at, self._answers, self._quickest = at, 0, float("inf")
        self._full = self._troubled = False

    def _needed(self) -> float:
        """By Little's law."""
        if not self._lately:
            return 0.0
        return max(rate for rate, _ in self._lately) * min(quickest for _, quickest in self._lately)
