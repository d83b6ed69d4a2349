"""Handing mails over on a connection that is logged in: commands, and the server's replies to them in their order.

Whether a connection was lost before or after the message's final dot is the difference between "try again" and "unclear"
(docs/rules.md 7.4). So what was answered is known at every moment, also where commands are sent ahead (RFC 2920).
"""

import asyncio
from collections import deque
from enum import StrEnum
from typing import Final, NamedTuple

from myosotis.channels.providers.smtp.status import GOING_ON, TAKEN
from myosotis.value_class import value_class

LONGEST_REPLY: Final = 32 * 1024
"""Octets; a server cannot fill our memory."""
CODES: Final = range(100, 600)
REFUSED: Final = range(400, 600)
SEPARATORS: Final = frozenset({b"", b" ", b"-", b"\r", b"\t"})
"""What may follow a code."""


class Stage(StrEnum):
    """How far a hand-over got."""

    CONNECT = "connect"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    """The DATA command; nothing of the message is with the server yet."""
    CONTENT = "content"
    """The message and its final dot are on their way."""


class NoAnswerError(Exception):
    """No answer: the connection could not be made, was lost, or stayed silent."""

    def __init__(self, stage: Stage, why: str, *, untrusted: bool = False) -> None:
        super().__init__(f"{stage}: {why}")
        self.stage = stage
        self.why = why
        self.untrusted = untrusted
        """TLS failed: no encryption offered, or a certificate that is not trusted."""


class Reply(NamedTuple):
    """What the server said: a code, and its lines without it."""

    code: int
    text: str


class RefusalError(Exception):
    """The server said no, for now (4xx) or for good (5xx)."""

    def __init__(self, stage: Stage, reply: Reply) -> None:
        super().__init__(f"{stage}: {reply.code}")
        self.stage = stage
        self.code = reply.code
        self.text = reply.text


@value_class(kw_only=False)
class Envelope:
    """From and to whom the post carries it, and the message as DATA carries it, with its final dot (RFC 5321 4.5.2)."""

    sender: bytes
    recipient: bytes
    message: bytes


class Conversation(asyncio.Protocol):
    """One client's side, from MAIL on."""

    def __init__(self, transport: asyncio.Transport, *, pipelining: bool, timeout: float, data_timeout: float) -> None:
        """`pipelining`: the server takes commands before it answered those before. Seconds for each reply."""
        self._transport: asyncio.Transport | None = transport
        self._pipelining = pipelining
        self._timeout = timeout
        self._data_timeout = data_timeout
        self._loop = asyncio.get_running_loop()
        self._came = b""
        """The beginning of a reply."""
        self._replies: deque[Reply] = deque()
        self._owed = 0
        """So many commands have no reply yet."""
        self._waiting: asyncio.Future[None] | None = None
        self._why = "connection lost"
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    async def hand_over(self, envelope: Envelope) -> Reply:
        """Give one message to the server; its answer if it took it. Raises NoAnswerError or RefusalError.

        After a refusal `reset` makes ready for the next one.
        """
        try:
            await self._announce(b"MAIL FROM:<%b>\r\n" % envelope.sender, b"RCPT TO:<%b>\r\n" % envelope.recipient)
            # Written in one piece: from here on a lost connection says nothing of whether the server has it all.
            self._write(Stage.DATA, envelope.message, 1)
            return await self._reply(Stage.CONTENT, self._data_timeout, TAKEN)
        except asyncio.CancelledError:
            self.abort()
            raise

    async def _announce(self, sender: bytes, recipient: bytes) -> None:
        """The commands before the message; in one go where the server takes that."""
        commands = ((Stage.SENDER, sender), (Stage.RECIPIENT, recipient), (Stage.DATA, b"DATA\r\n"))
        if self._pipelining:
            self._write(Stage.SENDER, b"".join([command for _, command in commands]), len(commands))
        for stage, command in commands:
            if not self._pipelining:
                self._write(stage, command, 1)
            await self._reply(stage, self._timeout, GOING_ON)

    async def reset(self) -> None:
        """Make ready for the next message after a refusal; a connection that cannot is given up."""
        try:
            while self._owed or self._replies:  # what was sent ahead of the refusal
                await self._reply(Stage.DATA, self._timeout, REFUSED)
            self._write(Stage.SENDER, b"RSET\r\n", 1)
            await self._reply(Stage.SENDER, self._timeout, TAKEN)
        except (NoAnswerError, RefusalError):
            self.abort()  # also where DATA was taken in spite of the refusal: nothing may follow it but a message
        except asyncio.CancelledError:
            self.abort()
            raise

    async def quit(self, seconds: float) -> None:
        """Say goodbye and close."""
        try:
            self._write(Stage.SENDER, b"QUIT\r\n", 1)
            await self._reply(Stage.SENDER, seconds, CODES)
        except NoAnswerError:
            pass  # it is closed all the same
        finally:
            self.abort()

    def _write(self, stage: Stage, data: bytes, replies: int) -> None:
        if self._transport is None:
            raise NoAnswerError(stage, self._why)
        self._owed += replies
        self._transport.write(data)

    async def _reply(self, stage: Stage, seconds: float, good: range) -> Reply:
        """The next reply. Raises RefusalError if its code is not among the good ones."""
        while not self._replies:
            if self._transport is None:
                raise NoAnswerError(stage, self._why)
            self._waiting = self._loop.create_future()
            self._watch(seconds)
            try:
                await self._waiting
            finally:
                self._waiting = None
        reply = self._replies.popleft()
        if reply.code not in good:
            raise RefusalError(stage, reply)
        return reply

    def _watch(self, seconds: float) -> None:
        """A timer for many replies: when it rings, it looks whether the time of the present one is over."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._look_at_deadline()

    def _look_at_deadline(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._waiting is None:
            return
        if self._loop.time() < self._deadline:
            self._look_at_deadline()
        else:
            self._give_up("timed out")

    def data_received(self, data: bytes) -> None:
        self._came += data
        while self._came:
            if not self._owed:  # a goodbye, as a rule: in any case it answers nothing
                self._give_up("connection lost")
                return
            try:
                reply, length = parsed(self._came)
            except ValueError:
                self._give_up("answer not understood")
                return
            if reply is None:
                return
            self._came = self._came[length:]
            self._owed -= 1
            self._replies.append(reply)
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self._give_up("connection lost")

    def _give_up(self, why: str) -> None:
        if self._transport is not None:
            self._why = why
        self.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def abort(self) -> None:
        """Close without a word."""
        transport, self._transport = self._transport, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if transport is not None:
            transport.abort()


def parsed(came: bytes) -> tuple[Reply | None, int]:
    """The reply that the server's octets begin with and its length, or nothing yet (RFC 5321 4.2). Raises ValueError."""
    lines: list[bytes] = []
    begin = 0
    while (end := came.find(b"\n", begin)) >= 0:
        line = came[begin:end]
        code, begin = int(line[:3]), end + 1
        if code not in CODES or line[3:4] not in SEPARATORS:
            raise ValueError("not a reply")
        lines.append(line[4:].strip())
        if line[3:4] != b"-":
            return Reply(code, b"\n".join(lines).decode("utf-8", "surrogateescape")), begin
    if len(came) > LONGEST_REPLY:
        raise ValueError("too long")
    return None, 0
