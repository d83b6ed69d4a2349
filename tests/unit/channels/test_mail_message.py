"""E-mails as bytes: what the standard library's parser, and so every mail program, reads in them."""

import email
import email.policy
from base64 import b64decode
from binascii import a2b_qp
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myosotis.channels.base import EmailContent
from myosotis.channels.providers.smtp.lines import joined, lines, quoted
from myosotis.channels.providers.smtp.message import Mail, ascii_address, compose
from myosotis.domain.values import utc

KEY = "3f0c9a5b7d1e4c2f8a6b0d9e8c7f6a5b"
ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Wizyta, dr Łucja Źdźbło\r\nEND:VCALENDAR\r\n".encode()


def content(**changed: object) -> EmailContent:
    values: dict[str, object] = {
        "subject": "Wizyta", "text_pieces": ("Dzień dobry",), "html_pieces": ("<p>Dzień dobry</p>",),
    }  # fmt: skip
    return EmailContent(**{**values, **changed})  # type: ignore[arg-type]  # a test may give any field


def sent(mail: EmailContent, **changed: object) -> bytes:
    values: dict[str, object] = {
        "key": KEY,
        "message_domain": "clinic.pl",
        "sender": "gabinet@clinic.pl",
        "sender_name": "Przychodnia",
        "recipient": "jan@poczta.pl",
        "recipient_name": "Jan Kowalski",
        "reply_to": "",
        "now": utc(2027, 3, 29, 8),
    }
    return bytes(compose(mail, **{**values, **changed}))  # type: ignore[arg-type]  # a test may give any field


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert not part.defects
    return message


def mailbox(raw: bytes, header: str) -> tuple[str, str]:
    """Name and address, decoded by RFC 2047 to the letter (the newer parser keeps spaces between encoded words)."""
    name, address = parseaddr(email.message_from_bytes(raw)[header])
    return str(make_header(decode_header(name))) if name else "", address


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def test_people_see_names_and_subject_in_polish() -> None:
    raw = sent(
        content(subject="Wizyta: środa 31 marca, 9:30, dr Łucja Źdźbło-Święcicka, ul. Żurawia 3, Łódź"),
        sender_name="Przychodnia „Żółw”, sp. z o.o.",
        recipient_name='Józef "Ziutek" Świeżyński',
    )
    assert parsed(raw)["Subject"] == "Wizyta: środa 31 marca, 9:30, dr Łucja Źdźbło-Święcicka, ul. Żurawia 3, Łódź"
    assert mailbox(raw, "From") == ("Przychodnia „Żółw”, sp. z o.o.", "gabinet@clinic.pl")
    assert mailbox(raw, "To") == ('Józef "Ziutek" Świeżyński', "jan@poczta.pl")


@pytest.mark.parametrize("name", ["", "Clinic", "Clinic, Ltd.", 'A "B" \\C', "=?utf-8?q?x?=", "x" * 300, "ż" * 300])
def test_any_name_stays_a_name(name: str) -> None:
    assert mailbox(sent(content(), sender_name=name), "From") == (name, "gabinet@clinic.pl")


def test_the_headers_that_machines_read() -> None:
    message = parsed(sent(content(), reply_to="recepcja@clinic.pl"))
    assert message["Message-ID"] == f"<{KEY}@clinic.pl>"
    assert message["Date"].datetime == utc(2027, 3, 29, 8)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"
    assert message["Reply-To"] == "recepcja@clinic.pl"


def test_two_tries_are_the_same_message() -> None:
    assert sent(content()) == sent(content())


def test_one_click_unsubscribe_only_where_given() -> None:
    assert "List-Unsubscribe" not in parsed(sent(content()))
    message = parsed(sent(content(unsubscribe_url="https://wizyta.clinic.pl/u/abcdefghijklmnopq")))
    assert message["List-Unsubscribe"] == "<https://wizyta.clinic.pl/u/abcdefghijklmnopq>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_text_and_html_are_alternatives() -> None:
    message = parsed(sent(content()))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body(message, "plain") == "Dzień dobry\n"
    assert body(message, "html") == "<p>Dzień dobry</p>\n"


def test_an_invitation_is_an_alternative_and_a_file() -> None:
    message = parsed(sent(content(calendar=ICS, calendar_method="REQUEST")))
    shown, file = message.iter_parts()
    assert isinstance(shown, EmailMessage)
    calendar = list(shown.iter_parts())[-1]
    assert calendar.get_content_type() == "text/calendar"
    assert calendar["Content-Type"].params == {"charset": "UTF-8", "method": "REQUEST"}
    assert calendar.get_payload(decode=True) == ICS
    assert (file.get_content_disposition(), file.get_filename()) == ("attachment", "wizyta.ics")
    assert file.get_payload(decode=True) == ICS


def test_a_text_alone_is_no_multipart() -> None:
    message = parsed(sent(content(html_pieces=())))
    assert message.get_content_type() == "text/plain"
    assert body(message, "plain") == "Dzień dobry\n"


@pytest.mark.parametrize(
    "evil", ["\r\nBcc: x@y.pl", "\nBcc: x@y.pl", "\rBcc: x@y.pl", "\x00\r\n\r\nbody", "\u2028Bcc: x"]
)
def test_nothing_that_people_wrote_adds_a_header(evil: str) -> None:
    mail = content(
        subject="Wizyta" + evil,
        unsubscribe_url="https://a.pl/u/x" + evil + ">",
        calendar=ICS,
        calendar_method="REQUEST" + evil,
    )
    plain = parsed(sent(content(unsubscribe_url="https://a.pl/u/x", calendar=ICS, calendar_method="REQUEST")))
    message = parsed(sent(mail, sender_name="Gabinet" + evil, recipient_name="Jan" + evil))
    assert message.keys() == plain.keys()
    assert len(list(message.walk())) == len(list(plain.walk()))


@given(st.text(), st.text(), st.text(), st.text(max_size=200))
def test_any_text_at_all_arrives_in_lines_that_mail_can_carry(subject: str, text: str, html: str, name: str) -> None:
    raw = sent(content(subject=subject, text_pieces=(text,), html_pieces=(html or "-",)), recipient_name=name)
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    message = parsed(raw)
    assert len(message["To"].addresses) == 1
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e")))
def test_what_was_written_is_what_is_read(line: str) -> None:
    assert body(parsed(sent(content(text_pieces=(line,)))), "plain").rstrip("\n") == line


@given(st.text(st.characters(categories=["L", "N", "P", "Z"], exclude_characters="\u2028\u2029"), min_size=1))
def test_any_subject_comes_back(subject: str) -> None:
    assert parsed(sent(content(subject=subject)))["Subject"] == " ".join(subject.split())


def test_a_file_of_any_length_keeps_its_octets() -> None:
    for length in (0, 1, 56, 57, 58, 1000):
        data = bytes(range(256)) * 4
        message = parsed(sent(content(calendar=data[:length] or b"x", calendar_method="CANCEL")))
        (_, file) = message.iter_parts()
        assert b64decode(str(file.get_payload())) == (data[:length] or b"x")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("jan.kowalski+wizyty@poczta.pl", "jan.kowalski+wizyty@poczta.pl"),
        (" jan@poczta.pl ", "jan@poczta.pl"),
        ("jan@żółw.pl", "jan@xn--w-uga1v8h.pl"),
        ("józef@poczta.pl", None),  # only servers with SMTPUTF8 could take it
        ("jan@poczta.pl>\r\nRCPT TO:<x@y.pl", None),
        ("jan kowalski@poczta.pl", None),
        ("jan@poczta..pl", None),
        ("jan", None),
        ("@poczta.pl", None),
        ("", None),
        ('"a b"@poczta.pl', None),
    ],
)
def test_only_addresses_that_smtp_can_carry_are_handed_over(given: str, taken: str | None) -> None:
    assert ascii_address(given) == taken


@pytest.mark.parametrize(
    ("runs", "carried"),
    [
        ([b"a\r\n"], b"a\r\n.\r\n"),
        ([b".\r\na\r\n"], b"..\r\na\r\n.\r\n"),
        ([b"a\r\n", b".\r\n..b\r\n"], b"a\r\n..\r\n...b\r\n.\r\n"),
        ([b"a\r\n.\r\n", b"b\r\n"], b"a\r\n..\r\nb\r\n.\r\n"),
    ],
)
def test_a_line_that_begins_with_a_dot_does_not_end_the_message(runs: list[bytes], carried: bytes) -> None:
    assert Mail(headers=(), body=joined(map(lines, runs))).carried() == b"\r\n" + carried


@example(["a" * 149 + " "])
@example(["a" * 75 + "\t", "b"])
@given(st.lists(st.text(st.sampled_from(" .=aż\n\t-")) | st.text(st.sampled_from("ab ."), min_size=70), min_size=1))
def test_a_text_in_pieces_is_the_text(pieces: list[str]) -> None:
    runs = quoted(pieces)
    encoded = b"".join(run.sent for run in runs)
    whole = "".join(pieces).replace("\n", "\r\n")
    assert a2b_qp(encoded).decode().rstrip("\r\n") == whole.rstrip("\r\n")
    assert b"\n" not in encoded.replace(b"\r\n", b"")
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
    assert all(run.sent.endswith(b"\r\n") or not run.sent for run in runs)
    assert not any(line.endswith((b" ", b"\t")) for line in encoded.split(b"\r\n"))
