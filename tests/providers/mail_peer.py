"""An SMTP server on loopback that behaves as it is told."""

import asyncio
import email
import email.policy
import ssl
import warnings
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.providers.peers import Behaviour, Peer, Taken, hang_up


class SmtpPeer(Peer):
    """An SMTP server with STARTTLS (or TLS from the start) and a login."""

    user, password = "gabinet", "tajne-hasło"

    def __init__(self, context: ssl.SSLContext | None, *, implicit_tls: bool = False, offers_tls: bool = True) -> None:
        super().__init__()
        self.pipelining = True
        """Says that it takes commands ahead of its answers (RFC 2920); taking them it does in any case."""
        self._context = context
        self._implicit = implicit_tls
        self._offers = offers_tls
        self.answers: dict[str, str] = {}
        """Answers to MAIL, RCPT, DATA (the command) or CONTENT, where the behaviour is not enough."""
        self.commands: list[str] = []
        self.sessions: list[SmtpSession] = []
        self.logins: list[bool] = []

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        tls = self._context if self._implicit else None
        self._server = await loop.create_server(lambda: SmtpSession(self), "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.stopped.set()
        self._server.close()
        for session in self.sessions:
            session.hang_up()
        await self.connections.all_closed()

    def login(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and data == LoginPassword(self.user.encode(), self.password.encode())
        self.logins.append(right)
        return AuthResult(success=right, handled=False, message=None if right else "535 5.7.8 Bad credentials")

    async def handle_EHLO(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self.pipelining else []), *responses[1:]]

    async def handle_MAIL(  # noqa: N802 - the name is aiosmtpd's
        self, server: "SmtpSession", _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.commands.append("MAIL")
        if self.behaviour is Behaviour.IS_SILENT:
            await self.silence()
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: "SmtpSession", _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.commands.append("RCPT")
        if self.behaviour is Behaviour.HANGS_UP:
            server.hang_up()
        refusals = {
            Behaviour.DEAD_ADDRESS: f"550 5.1.1 <{address}>: Recipient address rejected: User unknown",
            Behaviour.BUSY: f"450 4.2.0 <{address}>: Recipient address rejected: Greylisted",
        }
        refusal = self.answers.get("RCPT") or refusals.get(self.behaviour)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: "SmtpSession", _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.commands.append("CONTENT")
        if self.behaviour is Behaviour.REFUSES:
            return "554 5.7.1 Message from gabinet@clinic.pl refused: spam"
        if "CONTENT" in self.answers:
            return self.answers["CONTENT"]
        self.taken.append(self._taken(envelope))
        if self.behaviour is Behaviour.TAKES_AND_IS_SILENT:
            await self.silence()
        if self.behaviour is Behaviour.TAKES_AND_HANGS_UP:
            server.hang_up()
        return "250 2.0.0 OK: queued as 4Xyz1234"

    def _taken(self, envelope: Envelope) -> Taken:
        raw = envelope.original_content or b""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        part = message.get_body(("plain",))
        assert part is not None
        text = part.get_content().replace("\r\n", "\n").removesuffix("\n")
        return Taken(key=message["Message-ID"].strip("<>").partition("@")[0], text=text, raw=envelope)


class SmtpSession(SMTP):
    """One connection to the SMTP peer."""

    def __init__(self, peer: SmtpPeer) -> None:
        self.peer = peer
        starttls = peer._context if peer._offers and not peer._implicit else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that a login without STARTTLS is unwise is what we test
            super().__init__(
                peer,
                hostname="mx.peer.example",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=peer.login,
                auth_required=peer._context is not None,
                auth_require_tls=starttls is not None,
                loop=asyncio.get_running_loop(),
            )
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not self._is_open:  # STARTTLS makes the same connection a second time
            self._is_open = True
            self.peer.connections.opened()
            self.peer.sessions.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self._is_open:
            self._is_open = False
            self.peer.connections.closed()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        self.peer.commands.append("DATA")
        if "DATA" in self.peer.answers:
            await self.push(self.peer.answers["DATA"])
        else:
            await super().smtp_DATA(arg)

    def hang_up(self) -> None:
        hang_up(self.transport)
