"""Where a push may go. The address comes from a browser, so from anybody: without a guard it would let a stranger make
our server call machines inside our own network."""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import aiohappyeyeballs

from myosotis.channels.config import is_domain_name
from myosotis.channels.wire import NotConnectedError

LONGEST = 2048
PLAIN = re.compile(r"[\x21-\x7e]+\Z")
SERVER = re.compile(r"\A[A-Za-z]+://[^/?#]*")
KNOWN_SECONDS: Final = 60.0
"""How long the addresses of a name are used before it is looked up again."""
MOST_NAMES: Final = 1000
"""There are a handful in the world; a client that invents names shall not fill our memory."""
SECOND_FAMILY_AFTER: Final = 0.25
"""Seconds after which the next address is tried beside the one that does not answer (RFC 8305 5)."""

Addresses = list[aiohappyeyeballs.AddrInfoType]
"""As `getaddrinfo` gives them."""


class BlockedAddressError(NotConnectedError):
    """A name that leads into a network that is not the public one."""


def origin(endpoint: str, *, allow_loopback: bool) -> str:
    """The origin of an endpoint that may be called (the `aud` of its token). Raises ValueError saying what is allowed."""
    whose = SERVER.match(endpoint)
    if whose is None or len(endpoint) > LONGEST or not PLAIN.match(endpoint):
        raise ValueError("not an address of a push service")
    return _origin(whose[0], allow_loopback)


def path(endpoint: str) -> str:
    """What a server is asked for: all that stands behind it in an endpoint that has an `origin`, but for the fragment."""
    asked = SERVER.sub("", endpoint, count=1).partition("#")[0]
    return asked if asked.startswith("/") else "/" + asked


@lru_cache(maxsize=1024)
def _origin(server: str, allow_loopback: bool) -> str:
    """Remembered, because nearly all endpoints lead to a few servers."""
    try:
        parts = urlsplit(server)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("not an address") from None
    if not host or parts.username is not None:
        raise ValueError("not an address of a push service")
    if allow_loopback and _is_loopback(host) and parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    if parts.scheme != "https" or port not in {None, 443}:
        raise ValueError("must begin with https:// and use its usual port")
    if _is_ip(host) or not is_domain_name(host):
        raise ValueError("must be a public host name")
    return f"https://{host}"


def _is_ip(host: str) -> bool:
    """Any way of writing a number that an operating system may take for an address (so also 0x7f.1 and 2130706433)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].removeprefix("0x").isalnum() and host.rpartition(".")[2][:1].isdigit()
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class PublicHosts:
    """Connects to hosts at public addresses only: checked are the very addresses that are then called, so a name that
    changes its address between the check and the call gains nothing. Used by one event loop."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback
        self._known: dict[tuple[str, int], tuple[float, asyncio.Task[Addresses]]] = {}

    async def connect(
        self, protocol: Callable[[], asyncio.Protocol], host: str, port: int, tls: ssl.SSLContext | None
    ) -> None:
        """A `Connect` of `channels.wire`. Raises OSError; BlockedAddressError if none of the addresses is public."""
        found = await asyncio.shield(self._addresses(host, port))
        reached = await aiohappyeyeballs.start_connection(found, happy_eyeballs_delay=SECOND_FAMILY_AFTER, interleave=1)
        try:
            reached.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a push is longer than one packet
            await asyncio.get_running_loop().create_connection(
                protocol, sock=reached, ssl=tls, server_hostname=host if tls else None
            )
        except BaseException:
            reached.close()
            raise

    def _addresses(self, host: str, port: int) -> "asyncio.Task[Addresses]":
        """The looking up of a name: one for all who want to connect at the same time, and for those soon after."""
        loop = asyncio.get_running_loop()
        until, known = self._known.get((host, port), (0.0, None))
        if known is not None and loop.time() < until:
            return known
        if len(self._known) >= MOST_NAMES:
            self._known.clear()
        looking = loop.create_task(self._look_up(host, port))
        self._known[host, port] = loop.time() + KNOWN_SECONDS, looking
        looking.add_done_callback(lambda done: self._looked_up(host, port, done))
        return looking

    def _looked_up(self, host: str, port: int, done: "asyncio.Task[Addresses]") -> None:
        """What was not found is looked for anew."""
        failed = done.cancelled() or done.exception() is not None
        if failed and self._known.get((host, port), (0.0, None))[1] is done:
            del self._known[host, port]

    async def _look_up(self, host: str, port: int) -> Addresses:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        public: Addresses = [info for info in found if self.may_call(str(info[4][0]))]
        if found and not public:
            raise BlockedAddressError("not a public address")
        return public

    def may_call(self, host: str) -> bool:
        """Whether a push may go to an address."""
        address = ipaddress.ip_address(host)
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        return (address.is_global and not address.is_multicast) or (self._allow_loopback and address.is_loopback)
