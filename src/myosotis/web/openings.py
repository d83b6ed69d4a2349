"""How many links one place on the network may follow in a minute (docs/rules.md 5).

A wrong link costs far more than a right one: a household or a whole clinic behind one address opens its links, and
nobody gets anywhere by guessing. Counted in the memory of each web process, and forgotten with the minute.
"""

from collections import Counter
from ipaddress import IPv6Network, ip_address
from threading import Lock
from time import monotonic
from typing import Final

from django.conf import settings
from django.http import HttpRequest

ALLOWED: Final = 300
"""What the links followed from one place in one minute may cost; a right one costs 1."""
WRONG: Final = 10
WINDOW: Final = 60
"""Seconds."""


class Openings:
    """The costs of the present minute, by place."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = -1
        self._spent: Counter[str] = Counter()

    def spend(self, place: str, cost: int) -> bool:
        """Count `cost`; whether this place is still within what is allowed."""
        with self._lock:
            minute = int(monotonic()) // WINDOW
            if minute != self._minute:
                self._minute, self._spent = minute, Counter()
            self._spent[place] += cost
            return self._spent[place] <= ALLOWED

    def forget(self) -> None:
        with self._lock:
            self._spent.clear()


openings: Final = Openings()


def place_of(request: HttpRequest) -> str:
    """The address that a request comes from; of IPv6 the network, of which a single customer has many addresses."""
    address = remote_address(request)
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(parsed) if parsed.version == 4 else str(IPv6Network((int(parsed), 64), strict=False))  # noqa: PLR2004 - the IP version


def remote_address(request: HttpRequest) -> str:
    """Where a request comes from; what a proxy says is believed of trusted proxies only."""
    trusted = settings.MYOSOTIS.trusted_proxies
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if peer not in trusted:
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if hop not in trusted), peer)
