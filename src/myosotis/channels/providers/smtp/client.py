"""The SMTP provider: a few kept-open connections, each hand-over turned into an outcome."""

import asyncio
import re
import ssl
from collections import deque

from myosotis.channels.base import Check, EmailContent, Finding, Outgoing, TooLateError
from myosotis.channels.config import Wall, not_allowed
from myosotis.channels.providers.smtp.config import SMTP, Config
from myosotis.channels.providers.smtp.connection import SERVICE_CLOSING, Connection, tls_context
from myosotis.channels.providers.smtp.conversation import Envelope, NoAnswerError, RefusalError, Reply, Stage
from myosotis.channels.providers.smtp.dkim import Signer
from myosotis.channels.providers.smtp.message import ascii_address, compose
from myosotis.channels.providers.smtp.status import FOR_GOOD, FOR_NOW, detail, is_dead
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble, Unclear
from myosotis.domain.words import Reason

IDLE_SECONDS = 25.0
"""Servers close a silent connection after 30 s or more; better we do."""
LOGIN_CODES = {530, 534, 535, 538}
"""Authentication required or refused (RFC 4954 6): the account's trouble, whatever the message."""
QUEUE_ID = re.compile(r"(?:queued(?: mail for delivery| as)?|id=|OK id=)[ :]*([A-Za-z0-9._-]{4,64})", re.IGNORECASE)


class SmtpProvider:
    """One account at one SMTP server."""

    name = SMTP.name
    channel = SMTP.channel
    abilities = SMTP.abilities

    def __init__(self, config: Config, *, wall: Wall) -> None:
        """Raises ConfigError if the DKIM key or the file of certificates cannot be used."""
        self._config = config
        self._wall = wall
        self._signer = (
            Signer.read(config.dkim_domain, config.dkim_selector, config.dkim_key) if config.dkim_key else None
        )
        try:
            self._context = tls_context(config)
        except (OSError, ssl.SSLError):
            raise not_allowed("ca_file", "the path of a PEM file with certificates that can be read") from None
        self._idle: deque[Connection] = deque()
        self._places = asyncio.Semaphore(config.connections)
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    async def send(self, outgoing: Outgoing) -> Outcome:
        envelope = await self._envelope(outgoing)
        if isinstance(envelope, Refused):
            return envelope
        async with self._places:
            if self._closed:
                return Deferred(detail="the account was closed")
            try:
                reply = await self._deliver(envelope, outgoing)
            except NoAnswerError as error:
                return _lost(error)
            except RefusalError as error:
                return _answered(error)
        found = QUEUE_ID.search(reply.text)
        return Accepted(provider_id=found.group(1) if found else "")

    async def _envelope(self, outgoing: Outgoing) -> Envelope | Refused:
        content = outgoing.content
        if not isinstance(content, EmailContent):
            return Refused(reason=Reason.CANNOT_RENDER, detail="not an e-mail")
        recipient = ascii_address(outgoing.address)
        if recipient is None:
            return Refused(
                reason=Reason.ADDRESS_REFUSED, detail="not an address that mail can reach", address_dead=True
            )
        sender = ascii_address(outgoing.sender_email or self._config.from_address)
        if sender is None:
            return Refused(detail="no sender address, or not a valid one")
        mail = compose(
            content,
            key=outgoing.key,
            message_domain=self._config.message_domain or sender.rpartition("@")[2],
            sender=sender,
            sender_name=outgoing.sender,
            recipient=recipient,
            recipient_name=outgoing.name,
            reply_to=(ascii_address(outgoing.reply_to) if outgoing.reply_to else None) or "",
            now=outgoing.now,
        )
        signer = self._signer if self._signer is not None and self._signer.signs_for(sender) else None
        message = mail.carried(*([await signer.signature(mail, self._wall())] if signer else []))
        back = f"bounce+{outgoing.key}@{self._config.bounce_domain}" if self._config.bounce_domain else sender
        return Envelope(back.encode("ascii"), recipient.encode("ascii"), message)

    async def _deliver(self, envelope: Envelope, outgoing: Outgoing) -> Reply:
        """Over a kept connection if there is one; over a fresh one if the kept one turns out to be closed.

        Raises TooLateError if it takes too long until there is one.
        """
        while (kept := self._kept()) is not None:
            try:
                return await self._in_time(kept, envelope, outgoing)
            except NoAnswerError as error:
                if error.stage is not Stage.SENDER:
                    raise
            except RefusalError as error:
                if error.code != SERVICE_CLOSING or error.stage is not Stage.SENDER:
                    raise
        fresh = Connection(self._config, self._context)
        await fresh.open()
        return await self._in_time(fresh, envelope, outgoing)

    async def _in_time(self, connection: Connection, envelope: Envelope, outgoing: Outgoing) -> Reply:
        if outgoing.too_late:
            self._keep(connection)
            raise TooLateError
        return await self._over(connection, envelope)

    async def _over(self, connection: Connection, envelope: Envelope) -> Reply:
        try:
            reply = await connection.hand_over(envelope)
        except RefusalError as error:
            if error.code == SERVICE_CLOSING:
                connection.abort()
            else:
                await connection.reset()
            self._keep(connection)
            raise
        self._keep(connection)
        return reply

    def _kept(self) -> Connection | None:
        """The connection used last, if one is still open."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
            connection.abort()
        return None

    def _keep(self, connection: Connection) -> None:
        if not connection.usable or self._closed:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        """Close what nobody used for a while; the oldest stand on the left."""
        loop = asyncio.get_running_loop()
        self._sweep = None
        while self._idle and self._idle[0].idle_since + IDLE_SECONDS <= loop.time() + 0.001:
            self._idle.popleft().abort()
        if self._idle:
            self._sweep = loop.call_at(self._idle[0].idle_since + IDLE_SECONDS, self._close_idle)

    async def check(self) -> Check:
        connection = Connection(self._config, self._context)
        try:
            await connection.open()
        except NoAnswerError as error:
            finding = Finding.NOT_TRUSTED if error.untrusted else Finding.UNREACHABLE
            return Check(ok=False, finding=finding, detail=f"{error.why}: check host, port, encryption and firewall")
        except RefusalError as error:
            if error.stage is Stage.LOGIN or error.code in LOGIN_CODES:
                return Check(ok=False, finding=Finding.LOGIN_REFUSED, detail=detail(error.code, error.text))
            return Check(ok=False, finding=Finding.UNREACHABLE, detail=detail(error.code, error.text))
        await connection.quit()
        return Check(
            ok=True, finding=Finding.WORKS, detail="connected" + (", logged in" if self._config.username else "")
        )

    async def close(self) -> None:
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        idle, self._idle = list(self._idle), deque()
        await asyncio.gather(*(connection.quit() for connection in idle))


def _lost(error: NoAnswerError) -> Outcome:
    """Before the final dot it was surely not taken; after it nobody knows."""
    if error.stage is Stage.CONTENT:
        return Unclear(detail=str(error))
    return Deferred(detail=str(error), trouble=Trouble.ACCOUNT if error.untrusted else Trouble.PROVIDER)


def _answered(error: RefusalError) -> Outcome:
    said = f"{error.stage}: {detail(error.code, error.text)}"
    if error.code in LOGIN_CODES or (error.stage is Stage.LOGIN and error.code in FOR_GOOD):
        return Deferred(detail=said, trouble=Trouble.ACCOUNT)
    if error.stage in {Stage.CONNECT, Stage.LOGIN}:
        return Deferred(detail=said)  # a server that greets with 554 takes no mail now; it says nothing of this message
    if error.code in FOR_NOW:
        mine = error.stage in {Stage.RECIPIENT, Stage.CONTENT} and error.code != SERVICE_CLOSING
        return Deferred(detail=said, trouble=Trouble.MESSAGE if mine else Trouble.PROVIDER)
    dead = error.stage in {Stage.RECIPIENT, Stage.CONTENT} and is_dead(
        error.code if error.stage is Stage.RECIPIENT else 0, error.text
    )
    return Refused(reason=Reason.ADDRESS_REFUSED if dead else Reason.PROVIDER_REFUSED, detail=said, address_dead=dead)
