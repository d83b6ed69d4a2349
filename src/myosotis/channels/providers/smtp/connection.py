"""One kept-open SMTP connection: the library connects, encrypts and logs in, and mails are then handed over in a
conversation of ours (docs/adr/0066)."""

import asyncio
import ssl
from pathlib import Path
from typing import cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from myosotis.channels.providers.smtp.config import Config
from myosotis.channels.providers.smtp.conversation import (
    Conversation,
    Envelope,
    NoAnswerError,
    RefusalError,
    Reply,
    Stage,
)
from myosotis.channels.tls import client_context

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
        self._conversation: Conversation | None = None
        self.sent = 0
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        return self._conversation is not None and self._conversation.is_open and self.sent < self._config.per_connection

    async def open(self) -> None:
        """Connect, encrypt, log in. Raises NoAnswerError or RefusalError."""
        cancellations = _cancellations()
        try:
            async with asyncio.timeout(4 * self._config.connect_timeout):  # connect, TLS, greeting, login
                await self._smtp.connect()
                if self._smtp.is_ehlo_or_helo_needed:
                    await self._smtp.ehlo()
        except SMTPAuthenticationError as error:
            self.abort()
            raise RefusalError(Stage.LOGIN, Reply(error.code, error.message)) from None
        except SMTPResponseException as error:
            self.abort()
            raise RefusalError(Stage.CONNECT, Reply(error.code, error.message)) from None
        except (OSError, SMTPException) as error:
            self.abort()
            raise _not_connected(error) from None
        if _cancellations() > cancellations:
            # Python 3.11's wait_for, which the library uses, loses a cancellation that meets its result.
            self.abort()
            raise asyncio.CancelledError
        self._conversation = self._begun()

    def _begun(self) -> Conversation:
        """From here on the server talks to us. Raises NoAnswerError."""
        transport = self._smtp.transport
        if transport is None:
            raise NoAnswerError(Stage.CONNECT, "connection lost")
        conversation = Conversation(
            cast("asyncio.Transport", transport),  # uvloop's own is no subclass
            pipelining=self._smtp.supports_extension("pipelining"),
            timeout=self._config.timeout,
            data_timeout=self._config.data_timeout,
        )
        transport.set_protocol(conversation)
        return conversation

    async def hand_over(self, envelope: Envelope) -> Reply:
        """Give one message to the server; its answer if it took it. Raises NoAnswerError or RefusalError."""
        if self._conversation is None:
            raise NoAnswerError(Stage.SENDER, "connection lost")
        self.sent += 1
        return await self._conversation.hand_over(envelope)

    async def reset(self) -> None:
        """Make ready for the next message after a refusal; a connection that cannot is given up."""
        if self._conversation is not None:
            await self._conversation.reset()

    async def quit(self) -> None:
        """Say goodbye and close."""
        if self._conversation is not None:
            await self._conversation.quit(self._config.connect_timeout)

    def abort(self) -> None:
        """Close without a word."""
        if self._conversation is not None:
            self._conversation.abort()
        else:
            self._smtp.close()


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


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
