"""Web push over HTTP. One provider, many push services: each subscription names its own.

A message repeated by us replaces the waiting one of the same topic, and the app shows one notice per tag, so a repeat is
safe. Troubles are counted per message: one push service that is down says nothing about the others.
"""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from yarl import URL

from myosotis.channels.aside import aside
from myosotis.channels.base import Check, Finding, Outgoing, PushContent
from myosotis.channels.config import Wall
from myosotis.channels.http import SERVER_ERROR, SUCCESS, failed, retry_after
from myosotis.channels.providers.webpush.config import WEBPUSH, Config
from myosotis.channels.providers.webpush.encryption import BadSubscriptionError, PayloadTooLongError, encrypt
from myosotis.channels.providers.webpush.endpoints import BlockedAddressError, PublicHosts, origin, path
from myosotis.channels.providers.webpush.vapid import Vapid, application_server_key, read_key
from myosotis.channels.tls import client_context
from myosotis.channels.wire import Answer, Wire, WireError
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble
from myosotis.domain.words import Reason

TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")
URGENCIES = {"very-low", "low", "normal", "high"}
LONGEST_TTL = timedelta(days=28)
"""What the large services take at most."""
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
CONTENT_TYPE: Final = "application/octet-stream"
MOST_HOSTS: Final = 64
"""So many are kept connected. There are a handful in the world; a client that invents some shall not fill our memory."""


class WebpushProvider:
    """Our key, and a session for all push services."""

    name = WEBPUSH.name
    channel = WEBPUSH.channel
    abilities = WEBPUSH.abilities

    def __init__(self, config: Config, *, wall: Wall) -> None:
        """Raises ConfigError if the key cannot be used."""
        key = read_key(config.vapid_private_key)
        self.application_server_key = application_server_key(key)
        self._config = config
        self._wall = wall
        self._vapid = Vapid(key, config.subject)
        self._tls = client_context()
        self._hosts = PublicHosts(allow_loopback=config.allow_loopback)
        self._wires: dict[str, Wire] = {}
        """By origin; the one used last stands last."""
        self._closed = False

    async def _wire(self, service: str) -> Wire:
        """The connections to a push service."""
        wire = self._wires.pop(service, None)
        if wire is None:
            await self._make_room()
            wire = self._wires.pop(service, None) or self._new_wire(service)
        self._wires[service] = wire
        return wire

    def _new_wire(self, service: str) -> Wire:
        return Wire(
            URL(service),
            connect_timeout=self._config.connect_timeout,
            timeout=self._config.timeout,
            connections=self._config.in_flight,
            headers={"Accept-Encoding": "identity", "Content-Encoding": "aes128gcm"},
            tls=self._tls,
            connect=self._hosts.connect,
        )

    async def _make_room(self) -> None:
        """Close what nobody uses and was used longest ago."""
        unused = [service for service, wire in self._wires.items() if wire.unused]
        for service in unused[: max(0, len(self._wires) - MOST_HOSTS + 1)]:
            await self._wires.pop(service).close()

    async def send(self, outgoing: Outgoing) -> Outcome:
        content, subscription = outgoing.content, outgoing.subscription
        if not isinstance(content, PushContent) or subscription is None:
            return Refused(reason=Reason.CANNOT_RENDER, detail="not a push, or no subscription")
        if not TOPIC.match(content.topic) or content.urgency not in URGENCIES:
            return Refused(reason=Reason.CANNOT_RENDER, detail="topic or urgency not allowed")
        try:
            service = origin(subscription.endpoint, allow_loopback=self._config.allow_loopback)
            body = await aside(encrypt, content.payload, subscription.p256dh, subscription.auth)
        except PayloadTooLongError as error:
            return Refused(reason=Reason.CANNOT_RENDER, detail=f"payload too long: {error}")
        except ValueError as error:  # BadSubscriptionError, or an endpoint that must not be called
            said = str(error) if isinstance(error, BadSubscriptionError) else f"endpoint {error}"
            return Refused(reason=Reason.ADDRESS_REFUSED, detail=said, address_dead=True)
        headers = (
            f"Authorization: {self._vapid.authorization(service, self._wall())}\r\n"
            f"TTL: {_seconds(outgoing.expires_at - outgoing.now)}\r\n"
            f"Topic: {content.topic}\r\nUrgency: {content.urgency}\r\n"
        )
        wire = await self._wire(service)
        if self._closed:
            return Deferred(detail="the account was closed")
        head = wire.post_head(path(subscription.endpoint), CONTENT_TYPE, headers)
        return await self._post(wire, head, body, outgoing.good_until)

    async def _post(self, wire: Wire, head: bytes, body: bytes, good_until: float) -> Outcome:
        try:
            answer = await wire.post(head, body, good_until)
        except BlockedAddressError:
            return Refused(reason=Reason.ADDRESS_REFUSED, detail="endpoint not public", address_dead=True)
        except WireError as error:
            return failed(error, Trouble.MESSAGE)
        return outcome(answer)

    async def check(self) -> Check:
        """There is no account to ask; the key was read when this was opened, and one signature shows that it signs."""
        self._vapid.authorization("https://push.invalid", self._wall())
        return Check(ok=True, finding=Finding.WORKS, detail="the key signs; push services need no account")

    async def close(self) -> None:
        self._closed = True
        while self._wires:
            _, wire = self._wires.popitem()
            await wire.close()


def _seconds(left: timedelta) -> int:
    return int(max(timedelta(0), min(left, LONGEST_TTL)).total_seconds())


def outcome(answer: Answer) -> Outcome:
    """What a push service's status says (RFC 8030 5 and 7.3).

    401 and 403 speak of our key or of our clock: the message is refused, so that an SMS can go, but the subscription is
    kept, for it may be our fault.
    """
    status = answer.status
    if status in SUCCESS:
        return Accepted()
    detail = f"HTTP {status}"
    if status in GONE:
        return Refused(reason=Reason.ADDRESS_REFUSED, detail=detail, address_dead=True)
    if status in BUSY or status in SERVER_ERROR:
        return Deferred(detail=detail, retry_after=retry_after(answer.headers), trouble=Trouble.MESSAGE)
    return Refused(detail=detail)
