"""One kept-open SMTP connection, and where in the conversation something went wrong.

The library's `sendmail` cannot say whether a connection was lost before or after the message's final dot, and that is
the difference between "try again" and "unclear" (docs/rules.md 7.4); so the commands are given here one by one.
"""

import asyncio
import ssl
from enum import StrEnum
from pathlib import Path

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from myosotis.channels.providers.smtp.config import Config
from myosotis.channels.providers.smtp.status import GOING_ON, TAKEN
from myosotis.channels.tls import client_context
from myosotis.value_class import value_class


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


class RefusalError(Exception):
    """The server said no, for now (4xx) or for good (5xx)."""

    def __init__(self, stage: Stage, response: SMTPResponse) -> None:
        super().__init__(f"{stage}: {response.code}")
        self.stage = stage
        self.code = response.code
        self.text = response.message


@value_class(kw_only=False)
class Envelope:
    """From and to whom the post carries it, and the message's bytes."""

    sender: bytes
    recipient: bytes
    message: bytes


SERVICE_CLOSING = 421


def tls_context(config: Config) -> ssl.SSLContext | None:
    """The one TLS context of an account (made once: reading the authorities takes milliseconds). Raises OSError."""
    if config.security == "none":
        return None
    return client_context(Path(config.ca_file) if config.ca_file else None)


class Connection:
    """Logged in and ready, or not usable any more."""

    def __init__(self, config: Config, context: ssl.SSLContext | None) -> None:
        self._config = config
        self._smtp = SMTP(
            hostname=config.host,
            port=config.port,
            username=config.username or None,
            password=config.password if config.username else None,
            use_tls=config.security == "tls",
            start_tls=config.security == "starttls",
            tls_context=context,
            local_hostname=config.bounce_domain or config.message_domain or "localhost",
            timeout=config.connect_timeout,
        )
        self.sent = 0
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        return self._smtp.is_connected and self.sent < self._config.per_connection

    async def open(self) -> None:
        """Connect, encrypt, log in. Raises NoAnswerError or RefusalError."""
        cancellations = _cancellations()
        try:
            async with asyncio.timeout(4 * self._config.connect_timeout):  # connect, TLS, greeting, login
                await self._smtp.connect()
                if self._smtp.is_ehlo_or_helo_needed:
                    await self._smtp.ehlo()
        except SMTPAuthenticationError as error:
            raise RefusalError(Stage.LOGIN, SMTPResponse(error.code, error.message)) from None
        except SMTPResponseException as error:
            raise RefusalError(Stage.CONNECT, SMTPResponse(error.code, error.message)) from None
        except (OSError, SMTPException) as error:
            self.abort()
            raise _not_connected(error) from None
        if _cancellations() > cancellations:
            # Python 3.11's wait_for, which the library uses, loses a cancellation that meets its result.
            self.abort()
            raise asyncio.CancelledError

    async def hand_over(self, envelope: Envelope) -> SMTPResponse:
        """Give one message to the server; its answer if it took it. Raises NoAnswerError or RefusalError."""
        self.sent += 1
        await self._expect(Stage.SENDER, b"MAIL", b"FROM:<%b>" % envelope.sender)
        await self._expect(Stage.RECIPIENT, b"RCPT", b"TO:<%b>" % envelope.recipient)
        await self._expect(Stage.DATA, b"DATA")
        return await self._content(envelope.message)

    async def _expect(self, stage: Stage, *command: bytes) -> SMTPResponse:
        try:
            response = await self._smtp.execute_command(*command, timeout=self._config.timeout)
        except (OSError, SMTPException) as error:
            self.abort()
            raise NoAnswerError(stage, _why(error)) from None
        except asyncio.CancelledError:
            self.abort()
            raise
        if response.code not in GOING_ON:
            raise RefusalError(stage, response)
        return response

    async def _content(self, message: bytes) -> SMTPResponse:
        """Written in one piece: from here on a lost connection says nothing of whether the server has it all."""
        protocol = self._smtp.protocol
        if protocol is None:
            raise NoAnswerError(Stage.DATA, "connection lost")
        try:
            protocol.write(dot_stuffed(message))
            response = await protocol.read_response(timeout=self._config.data_timeout)
        except (OSError, SMTPException) as error:
            self.abort()
            raise NoAnswerError(Stage.CONTENT, _why(error)) from None
        except asyncio.CancelledError:
            self.abort()
            raise
        if response.code not in TAKEN:
            raise RefusalError(Stage.CONTENT, response)
        return response

    async def reset(self) -> None:
        """Make ready for the next message after a refusal; a connection that cannot is given up."""
        try:
            response = await self._smtp.execute_command(b"RSET", timeout=self._config.timeout)
        except (OSError, SMTPException):
            self.abort()
        else:
            if response.code not in TAKEN:
                self.abort()

    async def quit(self) -> None:
        """Say goodbye and close."""
        try:
            await self._smtp.execute_command(b"QUIT", timeout=self._config.connect_timeout)
        except (OSError, SMTPException):
            pass  # it is closed all the same
        finally:
            self.abort()

    def abort(self) -> None:
        """Close without a word."""
        self._smtp.close()


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def dot_stuffed(message: bytes) -> bytes:
    """The message as DATA carries it (RFC 5321 4.5.2), with the final dot. It must end with CRLF."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def _not_connected(error: Exception) -> NoAnswerError:
    cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NoAnswerError(Stage.CONNECT, "certificate not trusted", untrusted=True)
    if isinstance(cause, ssl.SSLError):
        return NoAnswerError(Stage.CONNECT, "no TLS at this port", untrusted=True)
    if isinstance(error, SMTPException) and not isinstance(error, OSError):
        return NoAnswerError(Stage.CONNECT, "STARTTLS or the login is not offered", untrusted=True)
    return NoAnswerError(Stage.CONNECT, _why(error))


def _why(error: Exception) -> str:
    """In our own words: the library's texts hold host names and answers."""
    if isinstance(error, (SMTPTimeoutError, TimeoutError)):
        return "timed out"
    if isinstance(error, SMTPServerDisconnected):
        return "connection lost"
    if isinstance(error, SMTPResponseException):
        return "answer not understood"
    return "cannot connect" if isinstance(error, ConnectionError) else type(error).__name__
