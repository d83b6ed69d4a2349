"""HTTP/1.1 to one host over connections that stay open: what a busy account needs of it, and no more.

Handing a message over through aiohttp costs several times as much as this (docs/adr/0018), and most of it is done anew for each
request although nothing of it changes: the address, the headers, the timers. The parser is the one of Node (`httptools`).
"""

import asyncio
import math
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, cast

import httptools
from yarl import URL

from myosotis.channels.base import TooLateError
from myosotis.channels.tls import client_context
from myosotis.value_class import value_class

ANSWER_LIMIT: Final = 64 * 1024
"""An answer is read so far and no further: a peer cannot fill our memory."""
KEPT_SECONDS: Final = 25.0
"""How long an unused connection stays open; most servers close theirs later."""
CONTINUES: Final = range(100, 200)
LENGTHS: Final = frozenset({b"content-length", b"transfer-encoding"})

Connect = Callable[[Callable[[], asyncio.Protocol], str, int, ssl.SSLContext | None], Awaitable[object]]
"""Connects a protocol to a host and port. Raises OSError, ValueError, or a NotConnectedError of its own."""


class WireError(Exception):
    """No answer came. Never holds what was sent."""


class NotConnectedError(WireError):
    """No connection was made: surely nothing was taken."""


class NoAnswerError(WireError):
    """Connected, but no answer came in time."""


class LostError(WireError):
    """The connection broke, or the answer was none, after something may have been taken."""


@value_class(kw_only=False)
class Answer:
    """What a peer said."""

    status: int
    raw_headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """By name, written as in `Retry-After`; of a name that comes twice the last."""
        return {name.title().decode("latin-1"): value.decode("latin-1") for name, value in self.raw_headers}


class Wire:
    """All connections to one host. Used by one event loop; `post` and `get` are called concurrently."""

    def __init__(
        self,
        base: URL,
        *,
        connect_timeout: float,
        timeout: float,
        connections: int,
        headers: Mapping[str, str],
        tls: ssl.SSLContext | None = None,
        connect: Connect | None = None,
    ) -> None:
        """Times in seconds: to connect, and from the request to the whole answer. Opens nothing yet.

        `tls`: one context for many hosts, because making one takes milliseconds. `connect`: for hosts that others chose.
        """
        self._host, self._port = base.raw_host or "", base.port or 0
        self._tls = (tls or client_context()) if base.scheme == "https" else None
        self._connect = connect or _connect
        self._connect_timeout = connect_timeout
        self.timeout = timeout
        fields = {"Host": base.host_port_subcomponent or "", "User-Agent": "Myosotis", "Accept": "*/*"} | dict(headers)
        self._head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._most = self._places = connections
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._all_gone = asyncio.Event()

    def get(self, path: str) -> Awaitable[Answer]:
        """Ask. Raises WireError."""
        return self._ask(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode("ascii"))

    def post_head(self, path: str, content_type: str, more: str = "") -> bytes:
        """What begins every `post` to a path; made once. `more`: header lines, each with its CRLF."""
        return f"POST {path} HTTP/1.1\r\n{self._head}{more}Content-Type: {content_type}\r\nContent-Length: ".encode(
            "ascii"
        )

    def post(self, head: bytes, body: bytes, good_until: float = math.inf) -> Awaitable[Answer]:
        """Hand over. Raises WireError; TooLateError if there was no connection until then (seconds of `time.monotonic`)."""
        return self._ask(b"%b%d\r\n\r\n%b" % (head, len(body), body), good_until)

    async def _ask(self, request: bytes, good_until: float = math.inf) -> Answer:
        waits = not self._idle
        connection = await self._free() if waits else self._idle.pop()
        try:
            if waits and time.monotonic() > good_until:
                raise TooLateError
            return await connection.ask(request)
        finally:
            connection.rest()
            self._give_back(connection)

    async def _free(self) -> "_Connection":
        """A connection of ours alone: one that became free, or a new one. Raises NotConnectedError."""
        while self._places <= 0:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._next()
                raise
            if self._idle:
                return self._idle.pop()
        return await self._new()

    async def _new(self) -> "_Connection":
        self._places -= 1
        connection = _Connection(self)
        try:
            async with asyncio.timeout(self._connect_timeout):
                await self._connect(lambda: connection, self._host, self._port, self._tls)
        except BaseException as error:
            connection.abort()
            self._place_free()
            if isinstance(error, (OSError, ValueError)):  # TimeoutError is one; ValueError: a name that is none
                raise NotConnectedError(type(error).__name__) from None
            raise
        self._open.add(connection)
        return connection

    def _give_back(self, connection: "_Connection") -> None:
        if connection.usable:
            self._idle.append(connection)
            self._next()
        else:
            connection.abort()

    def _next(self) -> None:
        """Wake one who waits for a place."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _place_free(self) -> None:
        self._places += 1
        self._next()

    def gone(self, connection: "_Connection") -> None:
        """A connection was closed, by whomever."""
        if connection in self._open:
            self._open.discard(connection)
            if connection in self._idle:
                self._idle.remove(connection)
            self._place_free()
            if not self._open:
                self._all_gone.set()

    @property
    def unused(self) -> bool:
        """Whether nobody asks now, nor waits for a connection."""
        return self._most - self._places == len(self._idle)

    async def close(self) -> None:
        """Close every connection; requests under way are lost."""
        self._all_gone.clear()
        for connection in tuple(self._open):
            connection.abort()
        if self._open:
            await self._all_gone.wait()  # the transports tell in the loop's next turns that they are closed


async def _connect(protocol: Callable[[], asyncio.Protocol], host: str, port: int, tls: ssl.SSLContext | None) -> None:
    await asyncio.get_running_loop().create_connection(protocol, host, port, ssl=tls)


class _Connection(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._deadline = self._looks_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._clear()

    def _clear(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._begun = False
        """The head of the answer itself is read."""

    @property
    def usable(self) -> bool:
        """Whether another request may follow."""
        return self._transport is not None and self._answer is None

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """The answer, when it has come: NoAnswerError, LostError. Then the connection is to `rest`. Raises LostError."""
        if self._transport is None:
            raise LostError("connection lost")
        self._clear()
        self._answer = answer = self._loop.create_future()
        self._watch(self._wire.timeout)
        self._transport.write(request)
        return answer

    def rest(self) -> None:
        """Nobody waits for it any more: it is kept for a while."""
        if self._answer is not None:  # cancelled: what comes now belongs to nobody
            self.abort()
        self._deadline = self._loop.time() + KEPT_SECONDS

    def _watch(self, seconds: float) -> None:
        """A timer for many requests: when it rings, it looks whether the time of the present one is over."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._looks_at > self._deadline:
            self._look_at_deadline()

    def _look_at_deadline(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._looks_at = self._deadline
        self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() < self._deadline:
            self._look_at_deadline()
        else:
            self._fail(NoAnswerError("no answer in time"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # nobody asked
            self.abort()
            return
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(LostError("answer not understood"))
            return
        if self._size > ANSWER_LIMIT and self._answer is not None:
            if self._begun:
                self._finish()  # too long: what came is the answer
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._begun = self._parser.get_status_code() not in CONTINUES

    def on_body(self, piece: bytes) -> None:
        self._body.append(piece)

    def on_message_complete(self) -> None:
        if not self._begun:  # "100 Continue" and its like: the answer follows
            self._headers = []
            return
        self._finish()
        if not self._parser.should_keep_alive():
            self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if error is None and self._begun and not any(name.lower() in LENGTHS for name, _ in self._headers):
            self._finish()  # an answer that ends with its connection
        self.abort()
        self._wire.gone(self)

    def _finish(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            body = b"".join(self._body)[:ANSWER_LIMIT]
            answer.set_result(Answer(self._parser.get_status_code(), tuple(self._headers), body))

    def _fail(self, error: WireError) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)
        self.abort()

    def abort(self) -> None:
        """Close without a goodbye; a request under way is lost."""
        transport, self._transport = self._transport, None
        if self._answer is not None:
            self._fail(LostError("connection lost"))
        if transport is not None:
            transport.abort()
