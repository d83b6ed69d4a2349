"""How fast and how many at once: the limits of one provider account in one process.

How much of the rate the process may use at all is settled with the others (`dispatch.ration`).

Times are in seconds of `time.monotonic`, not of the product's clock: a provider counts real seconds, also in the sandbox.
"""

BURST_SECONDS = 0.1
"""How much of an unused second may be made up for: enough that a batch starts at once, too little to break a limit."""

DUST = 1e-6
"""Seconds that calculating in floats may lose; nobody waits for them."""


class Limit:
    """At most `in_flight` messages under way, and `per_second` begun a second, evenly spaced."""

    def __init__(self, *, per_second: float, in_flight: int) -> None:
        if per_second <= 0 or in_flight < 1:
            raise ValueError("a limit lets something through")
        self.per_second = per_second
        self.in_flight = in_flight
        self._interval = 1 / per_second
        self._burst = max(BURST_SECONDS, self._interval)
        self._next = 0.0

    def take(self, now: float) -> float:
        """Begin one at `now` if it may begin: then 0. Else in how many seconds to ask again."""
        begins = max(self._next, now)
        wait = begins - now - self._burst + self._interval
        if wait > DUST:
            return wait
        self._next = begins + self._interval
        return 0.0

    def room(self, now: float) -> int:
        """How many may begin at `now`."""
        return int((now + self._burst - max(self._next, now) + DUST) / self._interval)
