"""Every mail from its words to its octets, as the standard library reads it and the common verifier checks it."""

import asyncio
import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import dkim as verifier
import pytest

from myosotis.channels.providers.smtp.dkim import Signer, dns_records, new_key
from myosotis.channels.providers.smtp.message import compose
from myosotis.content.render import render_email
from myosotis.content.rendered import RenderedEmail
from myosotis.content.samples import longest, sample
from myosotis.content.texts import CHANNELS
from myosotis.dispatch.renderer import email_content
from myosotis.domain.values import utc
from myosotis.domain.words import Channel, Kind, Language

NOW = utc(2027, 3, 20)
REAL = datetime(2026, 1, 1, tzinfo=UTC)
"""The verifier refuses signatures from the future."""
PEM = new_key()
SIGNER = Signer.read("niezapominajka.example", "m", PEM)
RECORD = dns_records("niezapominajka.example", "m", PEM)[1].value.encode()


def octets(rendered: RenderedEmail, recipient: str) -> bytes:
    mail = compose(
        email_content(rendered),
        key="3f0c9a5b7d1e4c2f8a6b0d9e8c7f6a5b",
        message_domain="niezapominajka.example",
        sender="wizyty@niezapominajka.example",
        sender_name="Przychodnia „Niezapominajka”",
        recipient=recipient,
        recipient_name="Świętosława Wójcik",
        reply_to="",
        now=NOW,
    )
    carried = mail.carried(asyncio.run(SIGNER.signature(mail, REAL)))
    return carried.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", [kind for kind, channels in CHANNELS.items() if Channel.EMAIL in channels])
def test_what_was_worded_is_what_is_read(kind: Kind, language: Language) -> None:
    for context in (sample(kind, language), longest(kind, language), sample(kind, language, actions=False)):
        rendered = render_email(context, now=NOW)
        raw = octets(rendered, context.patient.email)
        assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
        assert verifier.verify(raw, dnsfunc=lambda *_, **__: RECORD)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        assert not any(part.defects for part in message.walk())
        assert message["Subject"] == rendered.subject
        assert body(message, "plain") == rendered.text
        assert body(message, "html").rstrip("\n") == rendered.html.rstrip("\n")
        files = [part.get_payload(decode=True) for part in message.walk() if part.get_filename()]
        assert files == ([rendered.calendar] if rendered.calendar else [])


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")
