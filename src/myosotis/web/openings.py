"""How many links one place on the network may follow in a minute (docs/rules.md 5).

A wrong link costs far more than a right one: a household or a whole clinic behind one address opens its links, and
nobody gets anywhere by guessing. Counted by all web processes together, under a hash that is another each day.
"""

import hmac
import re
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from myosotis import clock
from myosotis.flows import rate_limits

ALLOWED: Final = 300
"""What the links followed from one place in one minute may cost; a right one costs 1."""
WRONG: Final = 10
_WITH_PORT: Final = re.compile(r"\[(?P<v6>[^]]*)\](:\d+)?|(?P<v4>[\d.]+):\d+", re.ASCII)


def spend(request: HttpRequest, cost: int) -> bool:
    """Count `cost` for the place that a request comes from; whether it is still within what is allowed."""
    now = clock.wall()
    return rate_limits.spend(f"open:{disguised(place_of(request), now)}", cost, now) <= ALLOWED


def disguised(place: str, now: datetime) -> str:
    """A place as it is counted: nobody finds the address in it without the server's key, and tomorrow it is another."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{now:%Y-%m-%d} {place}".encode(), "sha256").hex()[:32]


def place_hash(request: HttpRequest, now: datetime) -> bytes:
    """Where a request comes from, for counting only: what it is tells nobody anything."""
    return bytes.fromhex(disguised(place_of(request), now))


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
    trusted = {written_alike(proxy) for proxy in settings.MYOSOTIS.trusted_proxies}
    peer = written_alike(str(request.META.get("REMOTE_ADDR", "")))
    if peer not in trusted:
        return peer
    hops = [written_alike(hop) for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if hop not in trusted), peer)


def written_alike(address: str) -> str:
    """One way of writing an address: without a port, and IPv4 as such also at a socket that takes both kinds."""
    bare = address.strip()
    with_port = _WITH_PORT.fullmatch(bare)
    try:
        parsed = ip_address((with_port["v6"] or with_port["v4"]) if with_port else bare)
    except ValueError:
        return bare
    return str(parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else str(parsed)
