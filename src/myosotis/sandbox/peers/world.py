"""All peers in one asyncio process: `Peers.start()`, until told to stop."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from myosotis.sandbox.peers.faults import Peer, faults_of
from myosotis.sandbox.peers.http import Handler, Request, Response, Server
from myosotis.sandbox.peers.ledger import Ledger
from myosotis.sandbox.peers.mail import MailServer
from myosotis.sandbox.peers.push import PREFIX, PushService
from myosotis.sandbox.peers.reports import Call, calls_due, settle
from myosotis.sandbox.peers.sms import SmsGateway
from myosotis.value_class import value_class

LOOK_SECONDS: Final = 0.05
"""How often the clock is read to see whether a report is due."""
CALL_TIMEOUT: Final = aiohttp.ClientTimeout(total=20)


@value_class
class Options:
    """How the peers are set up. Port 0 lets the system choose."""

    ledger: Path
    token: str
    http_port: int = 0
    smtp_port: int = 0
    bounces_to: str = ""
    reports: bool = True
    """Whether the peers call back by themselves; a test makes the calls in its own thread."""
    refuses_repeats: bool = True
    """Whether the SMS gateway refuses a message that it has already taken."""


class Peers:
    """The running peers."""

    def __init__(self, options: Options, *, now: Callable[[], datetime], wall: Callable[[], datetime]) -> None:
        self._options = options
        self._now = now
        self.ledger = Ledger(options.ledger)
        self._gateway = SmsGateway(self.ledger, token=options.token, now=now, refuses_repeats=options.refuses_repeats)
        self._push = PushService(self.ledger, now=now, wall=wall)
        self._mail = MailServer(self.ledger, now=now, bounces_to=options.bounces_to)
        self._routes: Mapping[tuple[str, str], Handler] = {
            ("POST", "/sms.do"): self._gateway.send,
            ("GET", "/profile"): self._gateway.profile,
        }
        self._stack = contextlib.AsyncExitStack()
        self.http_port = self.smtp_port = 0

    async def start(self) -> None:
        """Listen on loopback. Raises OSError if a port is taken."""
        server = Server(self._handle)
        self.http_port = await server.listen(self._options.http_port)
        self._stack.push_async_callback(server.close)
        mail = await self._mail.listen(self._options.smtp_port)
        self._stack.callback(mail.close)
        self.smtp_port = int(mail.sockets[0].getsockname()[1])
        if self._options.reports:
            self._stack.push_async_callback(_ended, asyncio.create_task(self._report()))

    async def stop(self) -> None:
        await self._stack.aclose()
        self.ledger.close()

    async def _handle(self, request: Request) -> Response:
        handler = self._routes.get((request.method, request.path))
        if handler is None and request.method == "POST" and request.path.startswith(PREFIX):
            handler = self._push.receive
        return Response(404) if handler is None else await handler(request)

    async def _report(self) -> None:
        async with aiohttp.ClientSession(timeout=CALL_TIMEOUT, trust_env=False) as session:
            while True:
                faults = faults_of(self.ledger.database, Peer.SMS)
                for call in calls_due(self.ledger.database, self._now(), faults):
                    taken = await (_hand_over(call) if call.body else _get(session, call))
                    settle(self.ledger.database, call, taken=taken, now=self._now())
                await asyncio.sleep(LOOK_SECONDS)


async def _get(session: aiohttp.ClientSession, call: Call) -> bool:
    """A callback, as SMSAPI makes it; anything but the text OK means: again later."""
    try:
        async with session.get(call.url, params=call.fields, allow_redirects=False) as response:
            return response.status == 200 and (await response.text()).strip() == "OK"  # noqa: PLR2004 - OK
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def _hand_over(call: Call) -> bool:
    """A bounce by LMTP, from the null sender."""
    parts = urlsplit(call.url)
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        return False
    try:
        return await _lmtp(reader, writer, parseaddr(call.fields["to"])[1], call.body)
    except (OSError, asyncio.IncompleteReadError):
        return False
    finally:
        writer.close()


async def _lmtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, recipient: str, body: bytes) -> bool:
    """RFC 2033 for one recipient. The library at hand speaks SMTP only, and this is all of it that is needed."""

    async def said() -> bytes:
        line = await reader.readuntil(b"\n")
        while line[3:4] == b"-":
            line = await reader.readuntil(b"\n")
        return line

    await said()
    for command in (b"LHLO poczta.test", b"MAIL FROM:<>", b"RCPT TO:<%b>" % recipient.encode("ascii"), b"DATA"):
        writer.write(command + b"\r\n")
        if not (await said()).startswith((b"2", b"3")):
            return False
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in body.split(b"\r\n"))
    writer.write(stuffed + b"\r\n.\r\n")
    taken = (await said()).startswith(b"2")
    writer.write(b"QUIT\r\n")
    return taken


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
