"""The mail server: takes mail for everybody, keeps it as it came, and bounces what it is told to bounce."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from myosotis.sandbox.peers.bounce import bounce
from myosotis.sandbox.peers.faults import Fault, Peer, faults_of
from myosotis.sandbox.peers.hold import hold, slowed
from myosotis.sandbox.peers.ledger import Ledger, Received, Report
from myosotis.sandbox.peers.reports import troubled

BOUNCE_AFTER: Final = timedelta(minutes=2)
LARGEST: Final = 10 * 1024 * 1024


class MailServer:
    """The mailbox of every demo patient; `aiosmtpd` calls the `handle_` methods by name."""

    def __init__(self, ledger: Ledger, *, now: Callable[[], datetime], bounces_to: str) -> None:
        self._ledger = ledger
        self._now = now
        self._bounces_to = bounces_to
        """Where bounces are handed over: lmtp://host:port, or nothing."""

    async def listen(self, port: int, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        """Listen on loopback. With `tls`, STARTTLS is offered."""

        def protocol() -> SMTP:
            return SMTP(self, hostname="poczta.test", data_size_limit=LARGEST, tls_context=tls, enable_SMTPUTF8=True)

        return await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        faults = faults_of(self._ledger.database, Peer.EMAIL)
        await slowed(faults)
        if Fault.ERROR in faults:
            return "451 4.3.0 Mail server temporarily unavailable"
        if Fault.REFUSES in faults:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        faults = faults_of(self._ledger.database, Peer.EMAIL)
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = message_from_bytes(raw, policy=policy.default)
        for recipient in envelope.rcpt_tos:
            await self._take(mail, raw, envelope.mail_from or "", recipient, faults)
        if Fault.SILENT in faults:
            await hold()
        return "250 2.0.0 OK queued as SANDBOX"

    async def _take(self, mail: EmailMessage, raw: bytes, back: str, recipient: str, faults: frozenset[Fault]) -> None:
        message = Received(
            channel=Peer.EMAIL,
            provider_id="",
            key=str(mail["Message-ID"] or ""),
            address=recipient.lower(),
            sender=str(mail["From"] or ""),
            at=self._now(),
            text=str(mail["Subject"] or ""),
            raw=raw,
            detail={"return_path": back},
        )
        await self._ledger.add(message, *self._bounces(message, back, faults))

    def _bounces(self, message: Received, back: str, faults: frozenset[Fault]) -> list[Report]:
        if Fault.BOUNCES not in faults or not back or not self._bounces_to:
            return []
        body = bounce(message.raw, back=back, recipient=message.address, at=message.at)
        report = Report(due=message.at + BOUNCE_AFTER, url=self._bounces_to, fields={"to": back}, body=body)
        return list(troubled(report, faults))
