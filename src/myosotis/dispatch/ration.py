"""What this process may send of an account's rate, which all dispatchers share (docs/adr/0076)."""

from typing import Final

PORTION_SECONDS: Final = 0.25
"""So much of an account's rate is taken at once: seldom asked for, and not long kept from others."""
GRACE_SECONDS: Final = PORTION_SECONDS
"""A portion that was not used up so long after its end has lapsed: others have sent since."""


class Ration:
    """What is left of the portions taken so far. Times are in seconds of `time.monotonic`."""

    def __init__(self, per_second: float) -> None:
        self.portion = max(int(per_second * PORTION_SECONDS), 1)
        """Messages."""
        self._interval = 1 / per_second
        self._left = 0
        self._lapses_at = 0.0

    def use(self, messages: int, now: float) -> int:
        """Use up so many; how many more must be taken for them, nothing if there were enough left."""
        if now > self._lapses_at:
            self._left = min(self._left, 0)
        self._left -= messages
        missing = min(-self._left, messages)  # what others miss they take themselves
        return max(self.portion, missing) if missing > 0 else 0

    def seconds(self, messages: int) -> float:
        """How long the account may send for so many."""
        return messages * self._interval

    def taken(self, messages: int, begins: float) -> None:
        """Take notice that so many more were taken, which may begin at a moment."""
        self._left += messages
        self._lapses_at = max(self._lapses_at, begins + self.seconds(messages) + GRACE_SECONDS)
