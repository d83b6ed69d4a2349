"""Mail that comes back: bounces become receipts of the messages they speak of, a person's reply means "read"."""

import asyncio
import signal
import sys
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from django.db import DatabaseError, close_old_connections

from myosotis import clock
from myosotis.channels.base import Receipt
from myosotis.channels.providers.smtp.receipts import LARGEST, MailKind, read
from myosotis.domain.words import ReadSignal
from myosotis.flows import message_read, receipt_arrived
from myosotis.flows.receipt_arrived import Report, Reported
from myosotis.ops.ports import is_free, split
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Message

log = structlog.get_logger(__name__)

TAKEN = "250 2.0.0 OK"
TRY_AGAIN = "451 4.3.0 The database is away"
EX_TEMPFAIL = 75
"""Exit code by which mail servers keep a mail and hand it over again (sysexits.h)."""
LARGEST_TAKEN = 30 * LARGEST
"""Larger mail is refused; of what is taken only the beginning is read."""


def take(raw: bytes, recipient: str, sender: str | None = None) -> MailKind:
    """Understand one mail and act on it; what speaks of no message of ours changes nothing. Raises DatabaseError.

    `recipient` and `sender` are the envelope's; an empty sender (not None, which is unknown) is a machine.
    """
    mail = read(raw, recipient=recipient, sender=sender)
    now = clock.now()
    found = False
    if mail.receipt is not None:
        found = _reported(mail.key, mail.receipt, now)
    elif mail.kind is MailKind.REPLY and mail.key:
        found = _replied(UUID(mail.key), now)
    log.info("mail", kind=mail.kind.value, key=mail.key, found=found)
    return mail.kind


def _reported(key: str, receipt: Receipt, now: datetime) -> bool:
    """A bounce is a receipt; whether it speaks of a message of ours."""
    said = Reported(report=Report(receipt.event.value), key=key, detail=receipt.detail)
    [practice_id] = receipt_arrived.practices_of([said])
    if practice_id is None:
        return False
    with scope.of_practice(practice_id):
        return receipt_arrived.record_all([said], now=now)[0].found


def _replied(uuid: UUID, now: datetime) -> bool:
    """Whoever replies to a message has read it; whether it was one of ours."""
    with scope.across(Why.REPORT):
        message = Message.objects.filter(uuid=uuid).only("practice_id").first()
    if message is None:
        return False
    with scope.of_practice(message.practice_id):
        message_read.report(message_id=message.pk, signal=ReadSignal.REPLY, now=now)
    return True


def take_one(recipient: str) -> int:
    """One mail from standard input."""
    try:
        take(sys.stdin.buffer.read(LARGEST_TAKEN), recipient)
    except DatabaseError:
        log.exception("not taken")
        return EX_TEMPFAIL
    return 0


def listen(bind: str) -> int:
    """Take mail by LMTP until told to stop."""
    host, port = split(bind)
    if not is_free(port, host):
        print(f"myosotis: {bind} is taken by another program; give another with --listen", file=sys.stderr)
        return 1
    asyncio.run(_listen(host, port))
    return 0


async def _listen(host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(partial(LMTP, Intake(), data_size_limit=LARGEST_TAKEN), host, port)
    async with server:
        await stop.wait()


class Intake:
    """Takes whatever is handed over; `aiosmtpd` calls the `handle_` method by name."""

    async def handle_DATA(self, _server: LMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        try:
            for recipient in envelope.rcpt_tos:
                await asyncio.to_thread(_take_with_fresh_connection, raw, recipient, envelope.mail_from)
        except DatabaseError:
            log.exception("not taken")
            return TRY_AGAIN
        return TAKEN


def _take_with_fresh_connection(raw: bytes, recipient: str, sender: str | None) -> None:
    close_old_connections()
    take(raw, recipient, sender)
