"""The other ends, speaking the real protocols on loopback: an SMSAPI gateway, a push service (and the SMTP server
of `mail_peer`).

Each behaves as it is told, and remembers what it took. Nothing here waits for a clock: a peer that is silent is silent
until it is stopped.
"""

import asyncio
import contextlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import http_ece
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from myosotis.value_class import value_class


class Behaviour(StrEnum):
    """How a peer treats the next messages."""

    ACCEPTS = "accepts"
    REFUSES = "refuses"
    DEAD_ADDRESS = "dead_address"
    BUSY = "busy"
    TAKES_AND_IS_SILENT = "takes_and_is_silent"
    TAKES_AND_HANGS_UP = "takes_and_hangs_up"
    HANGS_UP = "hangs_up"
    """Breaks the connection before it took the message."""
    IS_SILENT = "is_silent"
    """Never answers, and takes nothing."""


@value_class
class Taken:
    """A message that a peer took."""

    key: str
    text: str
    raw: Any = None


def hang_up(transport: Any) -> None:
    """Break a connection without a goodbye. (uvloop's transports have no common class with asyncio's.)"""
    if transport is not None and not transport.is_closing():  # the TLS transport of Python 3.11.2 fails once closed
        transport.abort()


class Connections:
    """Counts the connections to a peer."""

    def __init__(self) -> None:
        self.made = 0
        self.open = 0
        self.most = 0
        self.some = asyncio.Event()
        """Set when the first connection was made."""
        self._none = asyncio.Event()
        self._none.set()

    def opened(self) -> None:
        self.made += 1
        self.some.set()
        self.open += 1
        self.most = max(self.most, self.open)
        self._none.clear()

    def closed(self) -> None:
        self.open -= 1
        if not self.open:
            self._none.set()

    async def all_closed(self) -> None:
        async with asyncio.timeout(5):
            await self._none.wait()


@dataclass
class Peer:
    """What all peers have in common."""

    behaviour: Behaviour = Behaviour.ACCEPTS
    taken: list[Taken] = field(default_factory=list)
    connections: Connections = field(default_factory=Connections)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a message reached a peer that says nothing."""
    port: int = 0

    async def silence(self) -> None:
        self.silent.set()
        await self.stopped.wait()


class HttpPeer(Peer):
    """A small web server that counts its connections."""

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
        raise NotImplementedError

    async def start(self) -> None:
        app = web.Application()
        for (method, path), handler in self.routes().items():
            app.router.add_route(method, path, handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        server = self._runner.server
        assert server is not None

        def counted() -> asyncio.Protocol:
            return _counted(server(), self.connections)

        self._server = await asyncio.get_running_loop().create_server(counted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.stopped.set()
        self._server.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def misbehave(self, request: web.Request, *, taken: bool) -> None:
        """Fall silent or hang up, as told, before or after taking the message."""
        silent = Behaviour.TAKES_AND_IS_SILENT if taken else Behaviour.IS_SILENT
        hangs_up = Behaviour.TAKES_AND_HANGS_UP if taken else Behaviour.HANGS_UP
        if self.behaviour is silent:
            await self.silence()
        elif self.behaviour is hangs_up:
            hang_up(request.transport)
        else:
            return
        raise web.HTTPServiceUnavailable  # ends the handler; nobody is there to read it


def _counted(protocol: Any, connections: Connections) -> asyncio.Protocol:
    """The protocol, telling when its connection comes and goes."""
    made, lost = protocol.connection_made, protocol.connection_lost

    class Counted(asyncio.Protocol):
        def __getattr__(self, name: str) -> Any:
            return getattr(protocol, name)

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connections.opened()
            made(transport)

        def data_received(self, data: bytes) -> None:
            protocol.data_received(data)

        def eof_received(self) -> bool | None:
            return bool(protocol.eof_received())

        def connection_lost(self, error: Exception | None) -> None:
            lost(error)
            connections.closed()

        def pause_writing(self) -> None:
            protocol.pause_writing()

        def resume_writing(self) -> None:
            protocol.resume_writing()

    return Counted()


class SmsapiPeer(HttpPeer):
    """The gateway: bearer token, form fields, errors inside HTTP 200, and no second message with the same idx."""

    token = "t0k3n-tajny"
    error: int | None = None
    """Answer with this code."""
    points = 12.5
    pieces = False

    def __init__(self) -> None:
        super().__init__()
        self.second_half = asyncio.Event()

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
        return {("POST", "/sms.do"): self.send, ("GET", "/profile"): self.profile}

    def _knows(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.token}"

    async def profile(self, request: web.Request) -> web.Response:
        if not self._knows(request):
            return web.json_response({"error": 101, "message": "Authorization failed"}, status=401)
        return web.json_response({"username": "clinic", "payment_type": "prepaid", "points": self.points})

    async def send(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        await self.misbehave(request, taken=False)
        code = self.error or self._error(request, fields)
        if self.behaviour is Behaviour.BUSY:
            return web.Response(status=503, headers={"Retry-After": "7"}, text="busy")
        if code:
            said = {"error": code, "message": f"Error for {fields['to']}: {fields['message']}"}
            return web.json_response(said)
        self.taken.append(Taken(key=fields["idx"], text=fields["message"], raw=fields))
        await self.misbehave(request, taken=True)
        listed = {"id": f"ID{len(self.taken)}", "points": 0.33, "number": fields["to"], "status": "QUEUE", "parts": 2}
        said = {"count": 1, "list": [{**listed, "error": None, "idx": fields["idx"]}]}
        return await self._in_pieces(request, said) if self.pieces else web.json_response(said)

    async def _in_pieces(self, request: web.Request, said: dict[str, Any]) -> web.StreamResponse:
        """The answer without its length, in two halves; the second goes when the test lets it."""
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        text = json.dumps(said).encode()
        await response.write(text[:20])
        await self.second_half.wait()
        await response.write(text[20:])
        await response.write_eof()
        return response

    def _error(self, request: web.Request, fields: dict[str, str]) -> int | None:
        if not self._knows(request):
            return 101
        if fields["check_idx"] == "1" and fields["idx"] in {taken.key for taken in self.taken}:
            return 53
        return {Behaviour.REFUSES: 11, Behaviour.DEAD_ADDRESS: 13}.get(self.behaviour)


class PushPeer(HttpPeer):
    """A push service that checks who sends, and the browser behind it that decrypts what it is given."""

    def __init__(self, application_server_key: str) -> None:
        super().__init__()
        self._key = application_server_key
        self._browser = ec.generate_private_key(ec.SECP256R1())
        self._auth = bytes(range(16))
        self.waiting: dict[str, Taken] = {}
        """By topic: a newer one replaces the older."""
        self.status = 0
        """Answer with this status."""
        self.drips = False

    @property
    def p256dh(self) -> bytes:
        return self._browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def auth(self) -> bytes:
        return self._auth

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
        return {("POST", "/push/{subscription}"): self.push}

    async def push(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        await self.misbehave(request, taken=False)
        if not self._is_signed(request.headers["Authorization"], f"http://{request.host}"):
            return web.Response(status=403, text="bad signature")
        statuses = {Behaviour.REFUSES: 413, Behaviour.DEAD_ADDRESS: 410, Behaviour.BUSY: 429}
        status = self.status or statuses.get(self.behaviour, 201)
        if status != 201:
            return web.Response(status=status, headers={"Retry-After": "7"}, text=f"endpoint {request.path}")
        assert request.headers["Content-Encoding"] == "aes128gcm"
        text = http_ece.decrypt(body, private_key=self._browser, auth_secret=self._auth).decode()
        taken = Taken(key=request.headers["Topic"], text=text, raw=dict(request.headers))
        self.taken.append(taken)
        self.waiting[taken.key] = taken
        await self.misbehave(request, taken=True)
        return await self._drips(request) if self.drips else web.Response(status=201)

    async def _drips(self, request: web.Request) -> web.StreamResponse:
        """An answer that never ends and never pauses for long."""
        response = web.StreamResponse(status=201)
        response.enable_chunked_encoding()
        await response.prepare(request)
        while not self.stopped.is_set():
            await response.write(b".")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopped.wait(), 0.05)
        return response

    def _is_signed(self, header: str, origin: str) -> bool:
        token, key = (part.strip().partition("=")[2] for part in header.removeprefix("vapid ").split(","))
        signed, _, signature = token.rpartition(".")
        raw = _unb64(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64(key))
        try:
            public.verify(der, signed.encode(), ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return key == self._key and f'"aud":"{origin}"' in _unb64(signed.partition(".")[2]).decode()


def _unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
