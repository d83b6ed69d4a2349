"""What lies ahead in a simulation, in the order in which it happens."""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime


class Diary:
    """Things to do at instants; of one instant in the order in which they were written down."""

    def __init__(self) -> None:
        self._ahead: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._ahead)

    def note(self, at: datetime, what: Callable[[datetime], None]) -> None:
        """`what` is called with its own instant (UTC)."""
        heapq.heappush(self._ahead, (at, self._count, what))
        self._count += 1

    @property
    def next(self) -> datetime | None:
        return self._ahead[0][0] if self._ahead else None

    def until(self, moment: datetime) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
        """What is to be done until then, that instant included; also what is noted meanwhile."""
        while self._ahead and self._ahead[0][0] <= moment:
            at, _, what = heapq.heappop(self._ahead)
            yield at, what
