"""Handing mails over to servers that answer oddly, late, in pieces or not at all, byte by byte as written here."""

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from myosotis.channels.base import EmailContent, Outgoing, Provider
from myosotis.channels.registry import open_provider
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Unclear
from tests.providers.harness import NOW, wall

HANGS_UP = b"hangs up"
SAYS_NOTHING = b"says nothing"
ACCEPTED = b"250 2.0.0 OK: queued as 4Xyz1234\r\n"
ANSWERS = {
    "EHLO": b"250-mx.peer.example\r\n250 PIPELINING\r\n",
    "MAIL": b"250 2.1.0 OK\r\n",
    "RCPT": b"250 2.1.5 OK\r\n",
    "DATA": b"354 Go on\r\n",
    "CONTENT": ACCEPTED,
    "RSET": b"250 2.0.0 OK\r\n",
    "QUIT": b"221 2.0.0 Bye\r\n",
}
AHEAD, ONE_BY_ONE = {"EHLO": ANSWERS["EHLO"]}, {"EHLO": b"250 mx.peer.example\r\n"}
WAYS = pytest.mark.parametrize("way", [AHEAD, ONE_BY_ONE], ids=["ahead", "one by one"])
STEPS = pytest.mark.parametrize(
    ("step", "expected"), [("MAIL", Deferred), ("RCPT", Deferred), ("DATA", Deferred), ("CONTENT", Unclear)]
)


class Server:
    """Answers each command as told, and the message's final dot."""

    def __init__(self) -> None:
        self.answers = dict(ANSWERS)
        self.said: list[str] = []
        """Commands in their order."""
        self.contents: list[bytes] = []
        self.connections = 0
        self.split = False
        """Answers go one octet at a time."""
        self.silent = asyncio.Event()
        self.over = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        writer.write(b"220 mx.peer.example ESMTP\r\n")
        try:
            while line := await reader.readline():
                await self._answer(line[:4].decode().strip().upper(), writer)
                if line.startswith(b"DATA") and b"354" in self.answers["DATA"]:
                    self.contents.append(await reader.readuntil(b"\r\n.\r\n"))
                    await self._answer("CONTENT", writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, command: str, writer: asyncio.StreamWriter) -> None:
        self.said.append(command)
        answer = self.answers[command]
        if answer == SAYS_NOTHING:
            self.silent.set()
            await self.over.wait()
        if answer in {SAYS_NOTHING, HANGS_UP}:
            raise ConnectionResetError
        for start in range(len(answer)) if self.split else [0]:
            writer.write(answer[start : start + 1] if self.split else answer)
            await writer.drain()
            await asyncio.sleep(0)


@asynccontextmanager
async def serving(**settings: str) -> AsyncIterator[tuple[Server, Provider]]:
    server = Server()
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    port = str(listening.sockets[0].getsockname()[1])
    given = {"host": "127.0.0.1", "port": port, "security": "none", "timeout": "60", "connect_timeout": "60"}
    provider = open_provider("smtp", {**given, **settings}, wall=wall)
    try:
        yield server, provider
    finally:
        server.over.set()
        await provider.close()
        listening.close()
        await listening.wait_closed()


async def sent(provider: Provider) -> Outcome:
    outgoing = Outgoing(
        message_id=1,
        key=uuid4().hex,
        address="jan@poczta.pl",
        sender_email="gabinet@clinic.pl",
        content=EmailContent(subject="Wizyta", text_pieces=(".kropka\n.\n",)),
        expires_at=NOW + timedelta(hours=5),
        now=NOW,
    )
    async with asyncio.timeout(30):
        return await provider.send(outgoing)


async def test_commands_go_ahead_of_their_answers_where_the_server_takes_that() -> None:
    async with serving() as (server, provider):
        server.answers |= {"MAIL": b"", "RCPT": b"", "DATA": ANSWERS["MAIL"] + ANSWERS["RCPT"] + ANSWERS["DATA"]}
        assert await sent(provider) == Accepted(provider_id="4Xyz1234")


async def test_and_wait_for_them_elsewhere() -> None:
    async with serving(timeout="0.1") as (server, provider):
        server.answers |= ONE_BY_ONE | {"MAIL": SAYS_NOTHING}
        assert isinstance(await sent(provider), Deferred)
        assert server.said == ["EHLO", "MAIL"]


@WAYS
async def test_answers_may_come_in_any_pieces_and_on_many_lines(way: dict[str, bytes]) -> None:
    async with serving() as (server, provider):
        server.answers |= way | {"MAIL": b"250-2.1.0 OK\r\n250-but\n250\n", "CONTENT": b"250-so\r\n" + ACCEPTED}
        server.split = True
        for _ in range(3):
            assert await sent(provider) == Accepted(provider_id="4Xyz1234")
        assert (server.connections, len(server.contents)) == (1, 3)


@WAYS
@STEPS
@pytest.mark.parametrize("trouble", [SAYS_NOTHING, HANGS_UP, b"HTTP/1.1 400 Bad Request\r\n", b"250-" + b"x" * 100_000])
async def test_what_is_not_answered_left_only_if_it_was_all_given(
    way: dict[str, bytes], step: str, expected: type[Outcome], trouble: bytes
) -> None:
    silent = {"timeout": "0.1", "data_timeout": "0.1"} if trouble == SAYS_NOTHING else {}
    async with serving(**silent) as (server, provider):
        server.answers |= way | {step: trouble}
        assert type(await sent(provider)) is expected
        server.answers[step] = ANSWERS[step]
        server.over.set()
        assert isinstance(await sent(provider), Accepted)
        assert server.connections == 2  # who did not answer is not asked again


@WAYS
@STEPS
@pytest.mark.parametrize("code", [b"450", b"550"])
async def test_a_refusal_leaves_the_connection_ready(
    way: dict[str, bytes], step: str, expected: type[Outcome], code: bytes
) -> None:
    del expected
    async with serving() as (server, provider):
        server.answers |= way | {step: code + b" 5.7.1 Not this one\r\n"}
        if step in {"MAIL", "RCPT"}:
            server.answers["DATA"] = b"503 5.5.1 No valid recipients\r\n"
        if step == "MAIL":
            server.answers["RCPT"] = b"503 5.5.1 Need MAIL\r\n"
        assert type(await sent(provider)) is (Deferred if code == b"450" else Refused)
        assert server.said[-1] == "RSET"
        server.answers = dict(ANSWERS)
        assert isinstance(await sent(provider), Accepted)
        assert server.connections == 1


async def test_where_data_is_taken_in_spite_of_the_refusal_nothing_follows() -> None:
    """A message without recipients would go nowhere, and an empty one must never be made (RFC 2920 3.1)."""
    async with serving() as (server, provider):
        server.answers["RCPT"] = b"550 5.1.1 Unknown\r\n"
        outcome = await sent(provider)
        assert isinstance(outcome, Refused)
        assert outcome.address_dead
        server.answers["RCPT"] = ANSWERS["RCPT"]
        assert isinstance(await sent(provider), Accepted)
        assert (server.connections, len(server.contents)) == (2, 1)


async def test_a_goodbye_with_the_acceptance_takes_nothing_back() -> None:
    async with serving() as (server, provider):
        server.answers["CONTENT"] = ACCEPTED + b"421 4.3.2 Shutting down\r\n"
        assert await sent(provider) == Accepted(provider_id="4Xyz1234")
        assert isinstance(await sent(provider), Accepted)
        assert server.connections == 2


async def test_a_goodbye_between_two_messages_costs_no_try() -> None:
    async with serving() as (server, provider):
        assert isinstance(await sent(provider), Accepted)
        server.writers[0].write(b"421 4.4.2 Idle for too long\r\n")
        await server.writers[0].drain()
        assert isinstance(await sent(provider), Accepted)
        assert server.connections == 2


@WAYS
@STEPS
async def test_who_is_cancelled_leaves_no_half_message_to_the_next(
    way: dict[str, bytes], step: str, expected: type[Outcome]
) -> None:
    del expected
    async with serving() as (server, provider):
        server.answers |= way | {step: SAYS_NOTHING}
        sending = asyncio.create_task(sent(provider))
        await server.silent.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        server.answers[step] = ANSWERS[step]
        assert isinstance(await sent(provider), Accepted)
        assert server.connections == 2


async def test_a_dot_at_the_beginning_of_a_line_ends_no_message() -> None:
    async with serving() as (server, provider):
        assert isinstance(await sent(provider), Accepted)
        content = server.contents[0].removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        assert email.message_from_bytes(content).get_payload(decode=True) == b".kropka\r\n.\r\n"


async def test_at_the_end_we_say_goodbye() -> None:
    async with serving() as (server, provider):
        await sent(provider)
        await provider.close()
        assert server.said[-1] == "QUIT"
