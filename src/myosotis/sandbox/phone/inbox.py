"""What stands on one patient's phone."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any, Final

from myosotis.sandbox.peers.faults import Peer
from myosotis.sandbox.peers.ledger import Received, received
from myosotis.store.models import Patient
from myosotis.value_class import value_class

OTHERS: Final = 3
LINK: Final = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])")


@value_class
class Bubble:
    """One SMS: received from the practice, or written by the patient."""

    at: datetime
    pieces: tuple[tuple[str, bool], ...]
    """Its text cut at the links: (text, whether it is a link)."""
    mine: bool
    parts: int = 1


@value_class
class Mail:
    """One e-mail in the list of a mailbox."""

    id: int
    at: datetime
    sender: str
    subject: str
    preview: str
    files: tuple[str, ...]


@value_class
class Notice:
    """What a locked screen shows of a message."""

    peer: Peer
    at: datetime
    title: str
    body: str
    id: int
    url: str = ""
    """Where a tap leads."""
    click: str = ""
    """What is told of the tap by POST."""


@value_class
class Phone:
    """Everything on a phone, newest first on the screen and in the mailbox, oldest first in the conversation."""

    notices: tuple[Notice, ...]
    bubbles: tuple[Bubble, ...]
    mails: tuple[Mail, ...]


def addresses(database: sqlite3.Connection, patient: Patient) -> tuple[str, ...]:
    """Where messages of a patient go, the guardian's addresses and the app's included."""
    paths = database.execute("SELECT path FROM subscription WHERE owner = ?", (patient.pk,))
    own = (patient.phone, patient.email.lower(), patient.guardian_phone, patient.guardian_email.lower())
    return tuple(dict.fromkeys(address for address in (*own, *(path for (path,) in paths)) if address))


def phone_of(database: sqlite3.Connection, patient: Patient) -> Phone:
    """The phone of a patient."""
    found = addresses(database, patient)
    marks = ", ".join("?" * len(found)) or "''"
    messages = received(database, f"address IN ({marks})", found)
    by_peer = {peer: [row for row in messages if row.channel == peer] for peer in Peer}
    mails = tuple(_mail(row) for row in reversed(by_peer[Peer.EMAIL]))
    notices = [*_pushes(by_peer[Peer.PUSH]), *map(_sms_notice, by_peer[Peer.SMS]), *map(_mail_notice, mails)]
    notices.sort(key=lambda notice: (notice.at, notice.id), reverse=True)
    return Phone(notices=tuple(notices), bubbles=tuple(_bubbles(database, by_peer[Peer.SMS], patient)), mails=mails)


def sms_to_others(database: sqlite3.Connection) -> list[Received]:
    """The last SMS to numbers of nobody yet, the newest first: codes for those who book for the first time."""
    known = {number for pair in Patient.objects.values_list("phone", "guardian_phone") for number in pair}
    messages = received(database, "channel = ?", (Peer.SMS,))
    return [row for row in reversed(messages) if row.address not in known][:OTHERS]


def numbers_of(patient: Patient) -> tuple[str, ...]:
    return tuple(dict.fromkeys(number for number in (patient.phone, patient.guardian_phone) if number))


def _bubbles(database: sqlite3.Connection, messages: Iterable[Received], patient: Patient) -> list[Bubble]:
    bubbles = [
        Bubble(at=row.at, pieces=_pieces(row.text), mine=False, parts=int(row.detail.get("parts", 1)))
        for row in messages
    ]
    for number in numbers_of(patient):
        rows = database.execute("SELECT at, text FROM written WHERE address = ?", (number,))
        bubbles += [Bubble(at=datetime.fromisoformat(at), pieces=((text, False),), mine=True) for at, text in rows]
    return sorted(bubbles, key=lambda bubble: bubble.at)


def _pieces(text: str) -> tuple[tuple[str, bool], ...]:
    return tuple((piece, index % 2 == 1) for index, piece in enumerate(LINK.split(text)) if piece)


def _pushes(messages: list[Received]) -> Iterator[Notice]:
    """A newer notice with the same tag replaces the older one, as on a real screen."""
    newest = {(row.address, row.key): row for row in messages}
    for row in newest.values():
        payload = _payload(row.text)
        yield Notice(
            peer=Peer.PUSH,
            at=row.at,
            id=row.id,
            title=str(payload.get("title", "")),
            body=str(payload.get("body", "")),
            url=str(payload.get("url", "")),
            click=str(payload.get("click", "")),
        )


def _payload(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except ValueError:
        return {"title": "?", "body": text}
    return payload if isinstance(payload, dict) else {}


def _sms_notice(row: Received) -> Notice:
    return Notice(peer=Peer.SMS, at=row.at, id=row.id, title=row.sender, body=row.text)


def _mail_notice(mail: Mail) -> Notice:
    return Notice(peer=Peer.EMAIL, at=mail.at, id=mail.id, title=mail.sender, body=mail.subject)


def parsed(row: Received) -> EmailMessage:
    """An e-mail as mail programs read it."""
    return message_from_bytes(row.raw, policy=policy.default)


def html_of(mail: EmailMessage) -> str:
    """The HTML of an e-mail, or nothing."""
    part = mail.get_body(("html",))
    return str(part.get_content()) if part is not None else ""


def text_of(mail: EmailMessage) -> str:
    """The plain text of an e-mail, or nothing."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def files_of(mail: EmailMessage) -> dict[str, bytes]:
    """Attached files by name."""
    return {
        part.get_filename() or "plik": bytes(part.get_payload(decode=True) or b"") for part in mail.iter_attachments()
    }


class _Preheader(HTMLParser):
    """Finds the text that mail programs show in the list: that of the element of class `preheader`."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._inside = False

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = dict(attrs).get("class") == "preheader"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data

    def handle_endtag(self, _tag: str) -> None:
        self._inside = False


def _mail(row: Received) -> Mail:
    mail = parsed(row)
    finder = _Preheader()
    finder.feed(html_of(mail))
    addresses_ = mail["From"].addresses if mail["From"] else ()
    sender = (addresses_[0].display_name or addresses_[0].addr_spec) if addresses_ else ""
    preview = finder.text.strip() or " ".join(text_of(mail).split())
    return Mail(
        id=row.id, at=row.at, sender=sender, subject=row.text, preview=preview[:160], files=tuple(files_of(mail))
    )
