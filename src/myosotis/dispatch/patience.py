"""How long a hand-over may take at most."""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")

LOOKS = 20
"""So many looks within the longest time: what takes too long is ended at most a twentieth of it late."""


class Patience:
    """Ends what takes too long. One look at everything, now and then: a timer for each would cost more than it is worth."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[asyncio.Task[object], float] = {}
        self._ended: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, answer: Awaitable[T]) -> T:
        """The answer, awaited in this task. Raises TimeoutError once it has taken too long."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - nothing is awaited outside of a task
        self._since[task] = time.monotonic()
        if self._timer is None:
            self._look_later()
        try:
            return await answer
        except asyncio.CancelledError:
            if task in self._ended and task.cancelling() == 1:  # by us alone
                raise TimeoutError from None
            raise
        finally:
            del self._since[task]
            if task in self._ended:  # also if an answer came all the same: the task goes on with the next message
                self._ended.discard(task)
                task.uncancel()

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds / LOOKS, self._look)

    def _look(self) -> None:
        self._timer = None
        before = time.monotonic() - self._seconds
        for task, since in self._since.items():
            if since <= before and task not in self._ended:
                self._ended.add(task)
                task.cancel()
        if self._since:
            self._look_later()
