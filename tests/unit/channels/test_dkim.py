"""DKIM signatures, judged by the common verifier, and the DNS records that go with them."""

import asyncio
import re
from datetime import UTC, datetime

import dkim as verifier
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myosotis.channels.base import EmailContent
from myosotis.channels.config import ConfigError
from myosotis.channels.providers.smtp.dkim import (
    Signer,
    dns_records,
    new_key,
    txt_strings,
)
from myosotis.channels.providers.smtp.lines import joined, lines
from myosotis.channels.providers.smtp.message import Mail, compose
from myosotis.domain.values import utc

PEM = new_key()
SIGNER = Signer.read("clinic.pl", "m2027", PEM)
RECORDS = dns_records("clinic.pl", "m2027", PEM, sending_hosts=("mail.clinic.pl", "include:_spf.poczta.pl"))


def mail(
    text: str = "Zażółć gęślą jaźń", subject: str = "Środa, 9:30", html: str = "<p>Ż</p>", name: str = "Żółw"
) -> Mail:
    return compose(
        EmailContent(
            subject=subject,
            text_pieces=(text,),
            html_pieces=(html,),
            calendar=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            calendar_method="REQUEST",
            unsubscribe_url="https://wizyta.clinic.pl/u/abcdefghijklmnopq",
        ),
        key="3f0c9a5b7d1e4c2f8a6b0d9e8c7f6a5b",
        message_domain="clinic.pl",
        sender="gabinet@clinic.pl",
        sender_name=name,
        recipient="jan@poczta.pl",
        recipient_name=name,
        reply_to="recepcja@clinic.pl",
        now=utc(2027, 3, 29, 8),
    )


def signed(message: Mail) -> bytes:
    at = datetime(2026, 1, 1, tzinfo=UTC)  # the verifier refuses signatures from the future
    return b"%b: %b\r\n" % asyncio.run(SIGNER.signature(message, at)) + bytes(message)


def is_valid(raw: bytes) -> bool:
    def published(name: bytes, timeout: int = 5) -> bytes:
        (record,) = [record for record in RECORDS if f"{record.name}.".encode() == name]
        return record.value.encode()

    return bool(verifier.verify(raw, dnsfunc=published))


def test_the_common_verifier_agrees() -> None:
    assert is_valid(signed(mail()))


@settings(max_examples=25)
@given(st.text(), st.text(max_size=300), st.text())
def test_it_agrees_for_any_text(text: str, subject: str, html: str) -> None:
    assert is_valid(signed(mail(text, subject, html or "-", subject[:60])))


@pytest.mark.parametrize(
    ("part", "forged"),
    [
        (b"wizyta.clinic.pl/u/", b"wizyta.clinic.pl/x/"),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"To: ", b"To: x"),
        (b"-Type: text/calendar", b"-Type: text/calendaR"),
        (b"\r\nSubject:", b"\r\nFrom: Bank <bank@bank.pl>\r\nSubject:"),
    ],
)
def test_whatever_is_changed_or_added_breaks_it(part: bytes, forged: bytes) -> None:
    raw = signed(mail())
    assert part in raw
    assert not is_valid(raw.replace(part, forged, 1))


def test_spaces_that_servers_change_do_not_break_it() -> None:
    raw = signed(mail())
    assert is_valid(raw.replace(b"Subject: ", b"Subject:   ", 1) + b"\r\n\r\n")


def test_the_lines_of_the_signature_are_short_enough() -> None:
    header = b"%b: %b" % asyncio.run(SIGNER.signature(mail(), utc(2026, 1, 1)))
    assert all(len(line) <= 78 for line in header.split(b"\r\n"))


ANY_LINE = st.lists(st.sampled_from([b" ", b"\t", b"a", b".", b"=20"])).map(lambda parts: b"".join(parts) + b"\r\n")
ANY_RUN = st.lists(ANY_LINE, max_size=3).map(b"".join)


@given(st.lists(ANY_RUN, min_size=1).filter(any))
def test_the_body_is_made_alike_as_the_verifier_does(runs: list[bytes]) -> None:
    theirs = verifier.canonicalization.Relaxed.canonicalize_body(b"".join(runs))
    assert Mail(headers=(), body=joined(map(lines, runs))).relaxed_body == theirs


@pytest.mark.parametrize(
    ("address", "aligned"),
    [
        ("a@clinic.pl", True),
        ("a@CLINIC.pl", True),
        ("a@mail.clinic.pl", True),
        ("a@otherclinic.pl", False),
        ("a@clinic.pl.evil.pl", False),
    ],
)
def test_only_senders_of_the_domain_are_signed_for(address: str, aligned: bool) -> None:
    assert SIGNER.signs_for(address) is aligned


@pytest.mark.parametrize("pem", ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_refused(pem: str) -> None:
    with pytest.raises(ConfigError, match="dkim_key"):
        Signer.read("clinic.pl", "m", pem)


def test_the_records_to_publish() -> None:
    by_name = {(record.name, record.type): record.value for record in RECORDS}
    assert by_name["clinic.pl", "TXT"] == "v=spf1 a:mail.clinic.pl include:_spf.poczta.pl ~all"
    assert re.fullmatch(r"v=DKIM1; k=rsa; p=[A-Za-z0-9+/=]{300,}", by_name["m2027._domainkey.clinic.pl", "TXT"])
    assert by_name["_dmarc.clinic.pl", "TXT"].startswith("v=DMARC1; p=")


def test_a_domain_for_bounces_gets_its_own_records() -> None:
    records = dns_records(
        "clinic.pl", "m", PEM, bounce_domain="zwroty.clinic.pl", bounce_host="mx.clinic.pl", report_to="it@clinic.pl"
    )
    assert [(record.name, record.type) for record in records[3:]] == [
        ("zwroty.clinic.pl", "TXT"),
        ("zwroty.clinic.pl", "MX"),
    ]
    assert records[-1].value == "10 mx.clinic.pl."
    assert records[2].value.endswith("rua=mailto:it@clinic.pl")


def test_a_long_record_is_cut_as_zone_files_need_it() -> None:
    strings = txt_strings(RECORDS[1].value)
    assert len(strings) == 2
    assert all(len(string) <= 255 for string in strings)
    assert "".join(strings) == RECORDS[1].value
