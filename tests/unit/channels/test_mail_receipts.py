"""Mail that comes back, by the forms of many servers: whose fault, of which message, and whether a person wrote it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.channels.base import ReceiptEvent
from myosotis.channels.providers.smtp import receipts
from myosotis.channels.providers.smtp.receipts import MailKind, read
from myosotis.channels.providers.smtp.status import is_dead

PAYLOADS = Path(receipts.__file__).parent / "payloads"
KEY = "3f0c9a5b7d1e4c2f8a6b0d9e8c7f6a5b"
DEAD, FAILED = ReceiptEvent.ADDRESS_DEAD, ReceiptEvent.FAILED

BOUNCES = {
    "postfix-unknown-user.eml": (DEAD, "DSN 550 5.1.1"),
    "postfix-mailbox-full.eml": (FAILED, "DSN 552 5.2.2"),
    "exim-no-such-user.eml": (DEAD, "DSN 550 5.0.0"),
    "exim-old-relay-denied.eml": (FAILED, "bounce 550 5.7.1"),
    "exchange-recipient-not-found.eml": (DEAD, "DSN 550 5.1.10"),
    "gmail-no-such-account.eml": (DEAD, "DSN 550 5.1.1"),
    "qmail-no-mailbox.eml": (DEAD, "bounce 5.1.1"),
    "portal-polish-no-mailbox.eml": (DEAD, "bounce 550"),
    "forwarded-elsewhere-failed.eml": (FAILED, "DSN 550 5.1.1"),
}
OTHERS = {
    "postfix-delayed.eml": MailKind.DELAYED,
    "outlook-out-of-office.eml": MailKind.AUTOMATIC,
    "portal-autoresponder.eml": MailKind.AUTOMATIC,
    "person-replies.eml": MailKind.REPLY,
}


def payload(name: str) -> bytes:
    return (PAYLOADS / name).read_bytes().replace(b"\n", b"\r\n")


@pytest.mark.parametrize("name", list(BOUNCES))
def test_a_bounce_names_the_message_and_says_whether_the_address_is_dead(name: str) -> None:
    event, detail = BOUNCES[name]
    mail = read(payload(name))
    assert (mail.kind, mail.key) == (MailKind.BOUNCE, KEY)
    assert mail.receipt is not None
    assert (mail.receipt.event, mail.receipt.key, mail.receipt.detail) == (event, KEY, detail)


@pytest.mark.parametrize("name", list(OTHERS))
def test_what_is_no_failure_reports_none(name: str) -> None:
    mail = read(payload(name))
    assert (mail.kind, mail.key, mail.receipt) == (OTHERS[name], KEY, None)


def test_every_payload_is_expected_to_say_something() -> None:
    assert {path.name for path in PAYLOADS.glob("*.eml")} == set(BOUNCES) | set(OTHERS)


@pytest.mark.parametrize("name", list(BOUNCES))
def test_no_address_stands_in_what_is_kept(name: str) -> None:
    assert "@" not in repr(read(payload(name)))
    assert ".invalid" not in repr(read(payload(name)))


def test_the_envelope_s_recipient_decides_which_message_it_is() -> None:
    other = "0" * 32
    assert read(payload("qmail-no-mailbox.eml"), recipient=f"bounce+{other}@zwroty.clinic.pl").key == other


def test_a_bounce_of_somebody_else_s_message_has_no_key() -> None:
    mail = read(payload("qmail-no-mailbox.eml").replace(KEY.encode(), b"CAF-xyz"))
    assert (mail.kind, mail.key) == (MailKind.BOUNCE, "")


@pytest.mark.parametrize(
    "header", ["Precedence: bulk", "List-Id: <x.y>", "Auto-Submitted: auto-replied", "X-Autoreply: yes"]
)
def test_in_doubt_a_machine_wrote_it(header: str) -> None:
    raw = (
        payload("person-replies.eml")
        .replace(b"MIME-Version", b"X")
        .replace(b"\r\n\r\n", f"\r\n{header}\r\n\r\n".encode(), 1)
    )
    assert read(raw).kind is MailKind.AUTOMATIC


VERP = f"bounce+{KEY}@zwroty.clinic.pl"


@pytest.mark.parametrize(("recipient", "sender"), [(VERP, "jan@poczta.pl"), ("gabinet@clinic.pl", "")])
def test_what_comes_to_the_bounce_address_or_from_nobody_is_no_person_s(recipient: str, sender: str) -> None:
    mail = read(payload("person-replies.eml"), recipient=recipient, sender=sender)
    assert (mail.kind, mail.key, mail.receipt) == (MailKind.AUTOMATIC, KEY, None)


def test_a_bounce_under_a_name_that_nobody_knows() -> None:
    raw = payload("person-replies.eml").replace(b"Dziekuje, bede.", b"Wiadomosc odrzucona (#5.1.1)")
    mail = read(raw, recipient=VERP, sender="")
    assert mail.receipt is not None
    assert mail.receipt.event is DEAD


def test_a_report_of_success_is_a_delivery() -> None:
    raw = (
        payload("postfix-unknown-user.eml").replace(b"Action: failed", b"Action: delivered").replace(b"5.1.1", b"2.0.0")
    )
    mail = read(raw)
    assert mail.receipt is not None
    assert mail.receipt.event is ReceiptEvent.DELIVERED


@given(st.binary(max_size=2000))
def test_nothing_that_comes_in_breaks_it(raw: bytes) -> None:
    read(raw)


def test_a_subject_in_letters_of_no_name_breaks_nothing() -> None:
    assert read(b"From: a@example.org\r\nSubject: =?\x80iso-8859-2?Q?Poza_biurem?=\r\n\r\nx\r\n") is not None


@given(st.sampled_from(sorted(BOUNCES | OTHERS)), st.data())
def test_nor_does_a_mail_that_was_cut_or_spoiled(name: str, data: st.DataObject) -> None:
    raw = bytearray(payload(name))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 200))] = data.draw(st.binary(max_size=40))
    read(bytes(raw))


@pytest.mark.parametrize(
    ("code", "text", "dead"),
    [
        (550, "5.1.1 User unknown", True),
        (550, "5.1.10 not found", True),
        (550, "5.2.1 Mailbox disabled", True),
        (550, "No such user here", True),
        (553, "no such mailbox", True),
        (551, "User not local", True),
        (550, "5.7.1 blocked by policy", False),
        (550, "5.1.8 Sender address rejected", False),
        (550, "5.1.7 bad sender", False),
        (550, "relay not permitted", False),
        (550, "Message rejected as spam", False),
        (552, "5.2.2 Mailbox full", False),
        (552, "quota exceeded", False),
        (554, "Transaction failed", False),
        (450, "4.1.1 try later", False),
    ],
)
def test_an_address_is_dead_only_if_the_answer_is_about_the_mailbox(code: int, text: str, dead: bool) -> None:
    assert is_dead(code, text) is dead
