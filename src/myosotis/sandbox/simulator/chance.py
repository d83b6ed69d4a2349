"""Chance from one seed. What is decided depends on the name of the thing alone, never on what was decided before it.

So two runs decide alike although one of them takes another order, and a habit that is changed changes nothing else.
"""

from datetime import timedelta
from hashlib import blake2b

Name = str | int
BYTES = 8


class Chance:
    """The dice of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def share(self, *name: Name) -> float:
        """A number from 0 to 1, without 1: the same for the same name."""
        text = "\x1f".join(map(str, (self._seed, *name)))
        whole = int.from_bytes(blake2b(text.encode(), digest_size=BYTES).digest(), "big")
        return whole / float(2 ** (8 * BYTES))

    def happens(self, likely: float, *name: Name) -> bool:
        return self.share(*name) < likely

    def whole(self, low: int, high: int, *name: Name) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.share(*name) * (high - low + 1))

    def after(self, low: timedelta, high: timedelta, *name: Name) -> timedelta:
        """A time between two, in whole seconds; short ones are much likelier than long ones."""
        least, most = low.total_seconds(), high.total_seconds()
        share = self.share(*name)
        return timedelta(seconds=int(least + (most - least) * share * share * share))
