"""What every provider over HTTP shares: the session, and what a failure on the way says about the message."""

import math
import time
from collections.abc import Mapping
from contextvars import ContextVar
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from myosotis.channels.base import TooLateError
from myosotis.channels.tls import client_context
from myosotis.channels.wire import ANSWER_LIMIT, NoAnswerError, NotConnectedError
from myosotis.domain.outcomes import Deferred, Trouble, Unclear

SUCCESS = range(200, 300)
SERVER_ERROR = range(500, 600)
NETWORK_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
"""Everything that a network or a peer can do to a request."""


GOOD_UNTIL: ContextVar[float] = ContextVar("good_until", default=math.inf)
"""Until when a request of this task may begin, in seconds of `time.monotonic`."""


class _InTime(aiohttp.TCPConnector):
    """Lets no request begin that waited too long for its connection, which is kept for the next one."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the library calls it so
    ) -> Connection:
        """Raises TooLateError."""
        connection = await super().connect(req, traces, timeout)
        if time.monotonic() > GOOD_UNTIL.get():
            connection.release()
            raise TooLateError
        return connection


def open_session(
    *,
    connect_timeout: float,
    timeout: float,
    connections: int,
    headers: Mapping[str, str],
    resolver: AbstractResolver | None = None,
    total: float | None = None,
) -> aiohttp.ClientSession:
    """A session that keeps its connections open. Needs a running event loop.

    The time to connect is counted apart from the time to answer: only after connecting can a message have been taken. A
    request that waits for its connection longer than its task's GOOD_UNTIL raises TooLateError.
    `total` ends an answer that comes drop by drop; it costs a tenth of a hand-over, so it is for peers that we did not
    choose.
    """
    connector = _InTime(
        limit=connections, keepalive_timeout=25, ttl_dns_cache=60, resolver=resolver, ssl=client_context()
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=total, sock_connect=connect_timeout, sock_read=timeout),
        headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Myosotis"} | dict(headers),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    )


async def answer(response: aiohttp.ClientResponse) -> bytes:
    """The body of an answer, cut at `ANSWER_LIMIT`."""
    if response.content_length is not None and response.content_length <= ANSWER_LIMIT:
        return await response.read()
    body = bytearray()
    while len(body) < ANSWER_LIMIT and (piece := await response.content.read(ANSWER_LIMIT - len(body))):
        body += piece
    return bytes(body)


def failed(error: Exception, trouble: Trouble = Trouble.PROVIDER) -> Deferred | Unclear:
    """Not connected: surely not taken. Lost or silent after that: unclear."""
    if isinstance(error, (NotConnectedError, aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return Deferred(detail="cannot connect", trouble=trouble)
    if isinstance(error, (NoAnswerError, aiohttp.ServerTimeoutError, TimeoutError)):
        return Unclear(detail="connected, no answer in time")
    return Unclear(detail="connection lost before the answer")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, if the peer said so (RFC 9110 10.2.3): a number, or an instant measured by the peer's own clock."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds())
    except (ValueError, TypeError):
        return None
