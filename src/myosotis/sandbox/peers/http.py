"""Just enough of an HTTP/1.1 server for the peers: requests with a length, connections kept open, one request at a time.

The gateway stands beside the dispatcher on one machine when speed is measured, and must not be what is measured. The
usual server costs 100 microseconds a request more than this one, half of what taking an SMS costs altogether.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from http import HTTPStatus
from typing import Final, cast

from myosotis.value_class import value_class

LARGEST_HEAD: Final = 16 * 1024
LARGEST_BODY: Final = 64 * 1024
REASONS: Final = {status.value: status.phrase for status in HTTPStatus}


@value_class(kw_only=False)
class Request:
    """One request; header names are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@value_class(kw_only=False)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)

    def __bytes__(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {REASONS.get(self.status, '')}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            "\r\n",
        ]
        return "\r\n".join(lines).encode("ascii") + self.body


Handler = Callable[[Request], Awaitable[Response]]


class BadRequestError(Exception):
    """The connection speaks something else; `status` is the last thing it hears."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class Connection(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, handler: Handler, open_ones: "set[Connection]") -> None:
        self._handler = handler
        self._open = open_ones
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass
        self._open.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._open.discard(self)
        if self._answering is not None:
            self._answering.cancel()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._answering is None:
            self._next()

    def _next(self) -> None:
        try:
            request = self._taken()
        except BadRequestError as error:
            self._say(Response(error.status, headers={"Connection": "close"}))
            if self._transport is not None:
                self._transport.close()
            return
        if request is not None:
            self._answering = asyncio.get_running_loop().create_task(self._answer(request))

    def _taken(self) -> Request | None:
        """The next whole request, or None while some of it is missing. Raises BadRequestError."""
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            if len(self._buffer) > LARGEST_HEAD:
                raise BadRequestError(431)
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        try:
            method, path, _version = first.split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", "0"))
        except ValueError:
            raise BadRequestError(400) from None
        if "transfer-encoding" in headers:
            raise BadRequestError(411)
        if not 0 <= length <= LARGEST_BODY:
            raise BadRequestError(413)
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        return Request(method, path, headers, rest[:length])

    async def _answer(self, request: Request) -> None:
        self._say(await self._handler(request))
        self._answering = None
        if self._buffer:
            self._next()

    def _say(self, response: Response) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(bytes(response))


class Server:
    """Listens on loopback until closed."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, port: int) -> int:
        """The port; 0 lets the system choose. Raises OSError if it is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self._handler, self._connections), "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for connection in tuple(self._connections):
            connection.close()
        with contextlib.suppress(asyncio.CancelledError):
            await self._server.wait_closed()
