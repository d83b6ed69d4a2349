"""The lean HTTP client against servers that answer oddly, byte by byte as written here."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import pytest
from yarl import URL

from myosotis.channels.providers.webpush.endpoints import PublicHosts
from myosotis.channels.wire import ANSWER_LIMIT, LostError, NoAnswerError, NotConnectedError, Wire
from tests.providers.certificates import certificate

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


class Server:
    """Says `answers`, one for each request, then hangs up if told to."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self.hangs_up = False
        self.wire: Wire

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                self.requests.append(head + await reader.readexactly(length))
                writer.write(self.answers.pop(0) if self.answers else OK)
                await writer.drain()
                if self.hangs_up:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def ask(self) -> bytes:
        return (await self.wire.post(self.wire.post_head("/sms.do", "text/plain"), b"body")).body


@asynccontextmanager
async def serving(*, tls: ssl.SSLContext | None = None, **changes: float) -> AsyncIterator[Server]:
    one = Server()
    listening = await asyncio.start_server(one.talk, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    given: dict[str, float] = {"connect_timeout": 60, "timeout": 60, "connections": 4, **changes}
    one.wire = Wire(
        URL(f"{'https' if tls else 'http'}://127.0.0.1:{port}"),
        connect_timeout=given["connect_timeout"],
        timeout=given["timeout"],
        connections=int(given["connections"]),
        headers={"Authorization": "Bearer t"},
    )
    try:
        yield one
    finally:
        await one.wire.close()
        listening.close()


async def test_what_is_sent() -> None:
    async with serving() as server:
        assert await server.ask() == b"OK"
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /sms.do HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"\r\nAuthorization: Bearer t\r\n" in head
        assert head.endswith(b"\r\nContent-Type: text/plain\r\nContent-Length: 4")
        assert body == b"body"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nO\r\n1\r\nK\r\n0\r\n\r\n", b"OK"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"OK"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, b"OK"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
    ids=["chunked", "continue", "hints", "no content", "empty"],
)
async def test_answers_after_which_the_connection_goes_on(answer: bytes, body: bytes) -> None:
    async with serving() as server:
        server.answers = [answer]
        assert await server.ask() == body
        assert await server.ask() == b"OK"
        assert server.connections == 1


async def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    async with serving() as server:
        server.answers = [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK"]
        assert [await server.ask(), await server.ask()] == [b"OK", b"OK"]
        assert server.connections == 2


async def test_an_answer_may_end_with_its_connection() -> None:
    async with serving() as server:
        server.hangs_up = True
        server.answers = [b"HTTP/1.1 200 OK\r\n\r\nOK"]
        assert await server.ask() == b"OK"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nOK",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nOK",
        b"HTTP/1.1 200 OK\r\nConte",
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
    ids=["cut", "cut chunk", "cut head", "nothing", "another protocol", "upgrade"],
)
async def test_half_an_answer_is_none(answer: bytes) -> None:
    async with serving() as server:
        server.hangs_up = True
        server.answers = [answer]
        with pytest.raises(LostError):
            await server.ask()
        server.hangs_up = False
        assert await server.ask() == b"OK"


async def test_silence_ends() -> None:
    async with serving(timeout=0.2) as server:
        server.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nOK"]
        with pytest.raises(NoAnswerError):
            await server.ask()
        assert await server.ask() == b"OK"
        assert server.connections == 2


async def test_an_endless_answer_is_cut() -> None:
    async with serving() as server:
        server.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 4 * ANSWER_LIMIT]
        assert len(await server.ask()) <= ANSWER_LIMIT
        server.answers = [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * ANSWER_LIMIT]
        with pytest.raises(LostError):
            await server.ask()


async def test_no_more_connections_than_allowed() -> None:
    async with serving(connections=2) as server:
        answers = await asyncio.gather(*(server.ask() for _ in range(20)))
        assert answers == [b"OK"] * 20
        assert server.connections == 2


async def test_who_gives_up_waiting_for_a_connection_takes_none_along() -> None:
    async with serving(connections=1, timeout=60) as server:
        server.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nOK"]
        first = asyncio.create_task(server.ask())
        second = asyncio.create_task(server.ask())
        while not server.requests:  # noqa: ASYNC110 - the server's own list is what is waited for
            await asyncio.sleep(0)
        for task in (second, first):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await server.ask() == b"OK"


async def test_closing_ends_what_is_under_way() -> None:
    async with serving() as server:
        server.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nOK"]
        asking = asyncio.create_task(server.ask())
        while not server.requests:  # noqa: ASYNC110 - the server's own list is what is waited for
            await asyncio.sleep(0)
        await server.wire.close()
        with pytest.raises(LostError):
            await asking


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    async with serving(tls=context) as server:
        with pytest.raises(NotConnectedError):
            await server.ask()
        assert not server.requests


async def test_a_certificate_that_is_vouched_for_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, context = certificate(tmp_path)
    made: Callable[..., ssl.SSLContext] = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda cafile: made(cafile=cafile or str(file)))
    async with serving(tls=context) as server:
        assert [await server.ask(), await server.ask()] == [b"OK", b"OK"]
        assert server.connections == 1


async def test_who_connects_another_way_has_the_certificate_checked_for_the_host_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=file)
    listening = await asyncio.start_server(Server().talk, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    known = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        return list(known)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    for host, trusted in (("127.0.0.1", True), ("push.example", False)):
        wire = Wire(
            URL(f"https://{host}:{port}"),
            connect_timeout=60,
            timeout=60,
            connections=1,
            headers={},
            tls=trusting,
            connect=PublicHosts(allow_loopback=True).connect,
        )
        with nullcontext() if trusted else pytest.raises(NotConnectedError):
            assert (await wire.post(wire.post_head("/x", "text/plain"), b"body")).body == b"OK"
        await wire.close()
    listening.close()
