"""Mail that comes back: bounces (RFC 3464, and the plain texts of older servers), automatic replies (RFC 3834), people.

In doubt a mail is automatic, and a failure is not of the address: a reply taken for a person's would keep back the SMS
that the patient needs, and an address marked dead stops all mail to it (docs/rules.md 3).
"""

import email
import email.errors
import email.header
import re
from collections.abc import Iterator
from email.message import Message
from enum import StrEnum

from myosotis.channels.base import Receipt, ReceiptEvent
from myosotis.channels.providers.smtp.status import enhanced_code, is_dead
from myosotis.value_class import value_class

LARGEST = 1_000_000
"""Octets that are read; a bounce says what it says at its beginning."""
DEEPEST = 40
"""Parts that are looked at; a mail of thousands is an attack."""
VERP = re.compile(r"\bbounce\+([0-9a-f]{32})@", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<([0-9a-f]{32})@[A-Za-z0-9.-]+>", re.IGNORECASE)
RETURNED_ID = re.compile(r"^[ \t>|]*Message-ID:\s*<([0-9a-f]{32})@[A-Za-z0-9.-]+>", re.IGNORECASE | re.MULTILINE)
BASIC_CODE = re.compile(r"(?<![\d.])(5\d\d)[ -]")
DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery (?:sub)?system|mdaemon", re.IGNORECASE)
DELAY = re.compile(r"delayed|warning|opóźni|still trying|nie została jeszcze", re.IGNORECASE)
RETURNED_BELOW = re.compile(
    r"^-{2,}.*(?:below this line|returned message|original message|copy of (?:the|your) message)",
    re.IGNORECASE | re.MULTILINE,
)
AUTOMATIC_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic)?[ -]?(?:reply|response)|autoodpowied|automatyczna odpowied|out of (?:the )?office|"
    r"poza biurem|nieobecno|odpowiedź automatyczna|vacation)",
    re.IGNORECASE,
)
AUTOMATIC_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply-From",
    "X-Auto-Response-Suppress",
    "X-Mail-Autoreply",
    "List-Id",
)
AUTOMATIC_PRECEDENCE = {"auto_reply", "bulk", "junk", "list"}


class MailKind(StrEnum):
    """What a mail that came in is."""

    BOUNCE = "bounce"
    """Delivery failed (or, rarely, a report that it succeeded); `receipt` says which."""
    DELAYED = "delayed"
    """The other server still tries; changes nothing."""
    AUTOMATIC = "automatic"
    """Nobody read anything."""
    REPLY = "reply"
    """A person answered, so a person has read it."""


@value_class
class InboundMail:
    """One mail, understood as far as we need it. Its text is not kept."""

    kind: MailKind
    key: str
    """Our key of the message it is about; empty if that cannot be told."""
    receipt: Receipt | None = None


def read(raw: bytes, *, recipient: str = "", sender: str | None = None) -> InboundMail:
    """What a mail says. `recipient` and `sender` are the envelope's, as LMTP or the pipe gives them.

    The recipient is the address that we sent from; a sender that is empty (not None, which is unknown) is a machine.
    """
    mail = email.message_from_bytes(raw[:LARGEST])
    verp = _verp_key(mail, recipient)
    statuses = list(_status_blocks(mail))
    if statuses:
        return _report(statuses, verp or _returned_key(mail))
    machine = sender == "" or _field(mail, "Return-Path") == "<>"
    if _is_from_daemon(mail) or (verp and machine and enhanced_code(_own_text(mail)).startswith("5")):
        return _plain_bounce(mail, verp or _returned_key(mail))
    # People answer the address that they see; at the one for bounces only machines write.
    automatic = bool(verp) or machine or is_automatic(mail)
    return InboundMail(kind=MailKind.AUTOMATIC if automatic else MailKind.REPLY, key=verp or _answered_key(mail))


def _report(statuses: list[Message], key: str) -> InboundMail:
    """A delivery status notification: of the actions in it, the one that matters most."""
    by_action = {_field(block, "Action").lower(): block for block in reversed(statuses)}
    if "failed" in by_action:
        block = by_action["failed"]
        return InboundMail(kind=MailKind.BOUNCE, key=key, receipt=_failure(block, key))
    if "delivered" in by_action:
        receipt = Receipt(event=ReceiptEvent.DELIVERED, key=key, detail="DSN delivered")
        return InboundMail(kind=MailKind.BOUNCE, key=key, receipt=receipt)
    return InboundMail(kind=MailKind.DELAYED, key=key)


def _failure(block: Message, key: str) -> Receipt:
    status = enhanced_code(_field(block, "Status"))
    said = _field(block, "Diagnostic-Code")
    inner = enhanced_code(said)
    telling = inner if inner.startswith("5") else status  # some servers put 5.0.0 and say more in the diagnosis
    basic = BASIC_CODE.search(said)
    dead = is_dead(int(basic.group(1)) if basic else 0, said if inner or status in {"", "5.0.0"} else telling)
    dead = dead and not _was_forwarded(block)
    return Receipt(
        event=ReceiptEvent.ADDRESS_DEAD if dead else ReceiptEvent.FAILED,
        key=key,
        detail=" ".join(filter(None, ("DSN", basic.group(1) if basic else "", telling))),
    )


def _was_forwarded(block: Message) -> bool:
    """The patient's own address works and passed it on; what failed is where it leads."""
    original, final = _address(block, "Original-Recipient"), _address(block, "Final-Recipient")
    return bool(original and final) and original != final


def _address(block: Message, name: str) -> str:
    return _field(block, name).partition(";")[2].strip().strip("<>").lower()


def _plain_bounce(mail: Message, key: str) -> InboundMail:
    """A bounce in plain words (qmail, older Exim and others)."""
    text = _own_text(mail)
    if DELAY.search(_field(mail, "Subject")):
        return InboundMail(kind=MailKind.DELAYED, key=key)
    basic = BASIC_CODE.search(text)
    said = enhanced_code(text)
    dead = is_dead(int(basic.group(1)) if basic else 0, text) if (basic or said) else False
    receipt = Receipt(
        event=ReceiptEvent.ADDRESS_DEAD if dead else ReceiptEvent.FAILED,
        key=key,
        detail=" ".join(filter(None, ("bounce", basic.group(1) if basic else "", said))),
    )
    return InboundMail(kind=MailKind.BOUNCE, key=key, receipt=receipt)


def is_automatic(mail: Message) -> bool:
    """Whether a machine wrote it (RFC 3834 5, and what programs do that never read it)."""
    submitted = _field(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in {"", "no"}
        or _field(mail, "Precedence").lower() in AUTOMATIC_PRECEDENCE
        or any(name in mail for name in AUTOMATIC_HEADERS)
        or _field(mail, "Return-Path") == "<>"
        or AUTOMATIC_SUBJECT.match(_decoded_subject(mail)) is not None
    )


def _is_from_daemon(mail: Message) -> bool:
    return (
        "X-Failed-Recipients" in mail
        or DAEMON.search(_field(mail, "From")) is not None
        or mail.get_content_type() == "multipart/report"
    )


def _verp_key(mail: Message, recipient: str) -> str:
    for text in (recipient, _field(mail, "Delivered-To"), _field(mail, "X-Original-To"), _field(mail, "To")):
        found = VERP.search(text)
        if found:
            return found.group(1).lower()
    return ""


def _returned_key(mail: Message) -> str:
    """The key in the returned message's own Message-ID, wherever the server put it."""
    for part in _parts(mail):
        own = MESSAGE_ID.search(_field(part, "Message-ID")) if part is not mail else None
        found = own or RETURNED_ID.search(_text(part))
        if found:
            return found.group(1).lower()
    return _answered_key(mail)


def _answered_key(mail: Message) -> str:
    """The key of the message that this one answers; the last one named is the nearest."""
    for name in ("In-Reply-To", "References", "X-MS-Exchange-Parent-Message-Id"):
        found = MESSAGE_ID.findall(_field(mail, name))
        if found:
            return str(found[-1]).lower()
    return ""


def _status_blocks(mail: Message) -> Iterator[Message]:
    """The blocks about recipients of each `message/delivery-status` part (RFC 3464 2.3)."""
    for part in _parts(mail):
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                if isinstance(block, Message) and "Action" in block:
                    yield block


def _parts(mail: Message) -> Iterator[Message]:
    for number, part in enumerate(mail.walk()):
        if number >= DEEPEST:
            return
        yield part


def _own_text(mail: Message) -> str:
    """What the server itself says: without the message that it returns."""
    for part in _parts(mail):
        if part.get_content_maintype() == "text":
            text = _text(part)
            cut = RETURNED_BELOW.search(text)
            return text[: cut.start()] if cut else text[:4000]
    return ""


def _text(part: Message) -> str:
    if part.get_content_maintype() != "text":
        return ""
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _field(mail: Message, name: str) -> str:
    return " ".join(str(mail.get(name, "")).split())


def _decoded_subject(mail: Message) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(_field(mail, "Subject"))))
    except (UnicodeError, LookupError, ValueError, email.errors.MessageError):
        return ""
