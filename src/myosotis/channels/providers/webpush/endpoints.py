"""Where a push may go. The address comes from a browser, so from anybody: without a guard it would let a stranger make
our server call machines inside our own network."""

import asyncio
import ipaddress
import re
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from myosotis.channels.config import is_domain_name

LONGEST = 2048
PLAIN = re.compile(r"[\x21-\x7e]+\Z")


class BlockedAddressError(OSError):
    """A name that leads into a network that is not the public one."""


def origin(endpoint: str, *, allow_loopback: bool) -> str:
    """The origin of an endpoint that may be called (the `aud` of its token). Raises ValueError saying what is allowed."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("not an address") from None
    if not host or parts.username is not None or len(endpoint) > LONGEST or not PLAIN.match(endpoint):
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


class PublicResolver(AbstractResolver):
    """Looks names up and lets only public addresses through: checked at the moment of connecting, so a name that changes
    its address between the check and the call gains nothing."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self._resolver = ThreadedResolver(asyncio.get_running_loop())
        self._allow_loopback = allow_loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises BlockedAddressError if none of the addresses is public."""
        found = await self._resolver.resolve(host, port, family)
        public = [result for result in found if self._may_call(result["host"])]
        if found and not public:
            raise BlockedAddressError("not a public address")
        return public

    def _may_call(self, host: str) -> bool:
        address = ipaddress.ip_address(host)
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        return (address.is_global and not address.is_multicast) or (self._allow_loopback and address.is_loopback)

    async def close(self) -> None:
        await self._resolver.close()
