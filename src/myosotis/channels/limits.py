"""How fast and how many at once: the limit of one provider account in one process.

Times are of the event loop's own clock (seconds), not of the product's: a provider counts real seconds, also in the sandbox.
"""

import asyncio
from types import TracebackType

BURST_SECONDS = 0.1
"""How much of an unused second may be made up for: enough that a batch starts at once, too little to break a limit."""


class Limit:
    """At most `in_flight` messages under way and `per_second` begun a second, evenly spaced.

    Used as `async with limit:` around one `send`; or, by who sends many, as `async with limit.places:` around all of them
    and `await limit.turn()` before each. Each comer reserves the next free instant and sleeps until it, so there is no
    queue to wake and no task of its own.
    """

    def __init__(self, *, per_second: float, in_flight: int) -> None:
        if per_second <= 0 or in_flight < 1:
            raise ValueError("a limit lets something through")
        self._interval = 1 / per_second
        self._burst = max(BURST_SECONDS, self._interval)
        self._next = 0.0
        self.places = asyncio.Semaphore(in_flight)

    def hold(self, seconds: float) -> None:
        """Begin nothing for that long: the provider asked us to slow down."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds + self._burst)

    def _reserve(self, now: float) -> float:
        """How many seconds to wait for the instant reserved for this comer."""
        begins = max(self._next, now)
        self._next = begins + self._interval
        return begins - now - self._burst + self._interval

    async def turn(self) -> None:
        """Wait until the next may begin."""
        wait = self._reserve(asyncio.get_running_loop().time())
        if wait > 0:
            await asyncio.sleep(wait)

    async def __aenter__(self) -> None:
        await self.places.acquire()
        try:
            await self.turn()
        except asyncio.CancelledError:
            self.places.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.places.release()
