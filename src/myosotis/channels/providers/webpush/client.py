"""Web push over HTTP. One provider, many push services: each subscription names its own.

A message repeated by us replaces the waiting one of the same topic, and the app shows one notice per tag, so a repeat is
safe. Troubles are counted per message: one push service that is down says nothing about the others.
"""

import asyncio
import re
from datetime import timedelta
from http import HTTPStatus

import aiohttp
from yarl import URL

from myosotis.channels.base import Check, Finding, Outgoing, PushContent, Subscription
from myosotis.channels.config import Wall
from myosotis.channels.http import (
    GOOD_UNTIL,
    NETWORK_ERRORS,
    SERVER_ERROR,
    SUCCESS,
    answer,
    failed,
    open_session,
    retry_after,
)
from myosotis.channels.providers.webpush.config import WEBPUSH, Config
from myosotis.channels.providers.webpush.encryption import BadSubscriptionError, PayloadTooLongError, encrypt
from myosotis.channels.providers.webpush.endpoints import BlockedAddressError, PublicResolver, origin
from myosotis.channels.providers.webpush.vapid import Vapid, application_server_key, read_key
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble
from myosotis.domain.words import Reason

TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")
URGENCIES = {"very-low", "low", "normal", "high"}
LONGEST_TTL = timedelta(days=28)
"""What the large services take at most."""
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


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
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = open_session(
                connect_timeout=self._config.connect_timeout,
                timeout=self._config.timeout,
                connections=self._config.in_flight,
                headers={"Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream"},
                resolver=PublicResolver(allow_loopback=self._config.allow_loopback),
                total=self._config.connect_timeout + 2 * self._config.timeout,
            )
        return self._session

    async def send(self, outgoing: Outgoing) -> Outcome:
        content, subscription = outgoing.content, outgoing.subscription
        if not isinstance(content, PushContent) or subscription is None:
            return Refused(reason=Reason.CANNOT_RENDER, detail="not a push, or no subscription")
        if not TOPIC.match(content.topic) or content.urgency not in URGENCIES:
            return Refused(reason=Reason.CANNOT_RENDER, detail="topic or urgency not allowed")
        if self._closed:
            return Deferred(detail="the account was closed")
        try:
            headers = {
                "Authorization": self._authorization(subscription),
                "TTL": str(_seconds(outgoing.expires_at - outgoing.now)),
                "Topic": content.topic,
                "Urgency": content.urgency,
            }
            body = encrypt(content.payload, p256dh=subscription.p256dh, auth=subscription.auth)
        except PayloadTooLongError as error:
            return Refused(reason=Reason.CANNOT_RENDER, detail=f"payload too long: {error}")
        except ValueError as error:  # BadSubscriptionError, or an endpoint that must not be called
            said = str(error) if isinstance(error, BadSubscriptionError) else f"endpoint {error}"
            return Refused(reason=Reason.ADDRESS_REFUSED, detail=said, address_dead=True)
        GOOD_UNTIL.set(outgoing.good_until)
        return await self._post(subscription.endpoint, headers, body)

    def _authorization(self, subscription: Subscription) -> str:
        service = origin(subscription.endpoint, allow_loopback=self._config.allow_loopback)
        return self._vapid.authorization(service, self._wall())

    async def _post(self, endpoint: str, headers: dict[str, str], body: bytes) -> Outcome:
        url = URL(endpoint, encoded=True)
        try:
            async with self._opened().post(url, data=body, headers=headers, allow_redirects=False) as response:
                await answer(response)  # read, so that the connection can be used again
                return outcome(response.status, retry_after(response.headers))
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, BlockedAddressError):
                return Refused(reason=Reason.ADDRESS_REFUSED, detail="endpoint not public", address_dead=True)
            return failed(error, Trouble.MESSAGE)
        except NETWORK_ERRORS as error:
            return failed(error, Trouble.MESSAGE)

    async def check(self) -> Check:
        """There is no account to ask; the key was read when this was opened, and one signature shows that it signs."""
        self._vapid.authorization("https://push.invalid", self._wall())
        return Check(ok=True, finding=Finding.WORKS, detail="the key signs; push services need no account")

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # lets the transports' own closing run before the loop goes on


def _seconds(left: timedelta) -> int:
    return int(max(timedelta(0), min(left, LONGEST_TTL)).total_seconds())


def outcome(status: int, wait: float | None) -> Outcome:
    """What a push service's status says (RFC 8030 5 and 7.3).

    401 and 403 speak of our key or of our clock: the message is refused, so that an SMS can go, but the subscription is
    kept, for it may be our fault.
    """
    detail = f"HTTP {status}"
    if status in SUCCESS:
        return Accepted()
    if status in GONE:
        return Refused(reason=Reason.ADDRESS_REFUSED, detail=detail, address_dead=True)
    if status in BUSY or status in SERVER_ERROR:
        return Deferred(detail=detail, retry_after=wait, trouble=Trouble.MESSAGE)
    return Refused(detail=detail)
