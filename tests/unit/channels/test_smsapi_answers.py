"""SMSAPI's answers and calls, by the forms that its own clients know."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.channels.base import IncomingSms, Receipt, ReceiptEvent
from myosotis.channels.providers.smsapi import receipts as module
from myosotis.channels.providers.smsapi.client import outcome, valid_until
from myosotis.channels.providers.smsapi.errors import MEANINGS
from myosotis.channels.providers.smsapi.receipts import incoming, receipts
from myosotis.channels.wire import Answer
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble, Unclear
from myosotis.domain.values import utc
from myosotis.domain.words import Reason

PAYLOADS = Path(module.__file__).parent / "payloads"
KEY = "3f0c9a5b7d1e4c2f8a6b0d9e8c7f6a5b"
NOW = utc(2027, 3, 29, 8)


def answered(name: str) -> Outcome:
    return said((PAYLOADS / name).read_bytes())


def said(body: bytes, status: int = 200, *headers: tuple[bytes, bytes]) -> Outcome:
    return outcome(Answer(status, headers, body))


def called(name: str) -> dict[str, str]:
    return dict(parse_qsl((PAYLOADS / name).read_text(encoding="ascii")))


def test_accepted_with_parts_and_price() -> None:
    assert answered("accepted.json") == Accepted(provider_id="6041A8B26139306F0B02B2C5", parts=1, price="0.165")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invalid-number.json", Refused(reason=Reason.ADDRESS_REFUSED, detail="SMSAPI 13", address_dead=True)),
        ("repeated-idx.json", Accepted()),
        ("authorization-failed.json", Deferred(detail="SMSAPI 101", trouble=Trouble.ACCOUNT)),
        ("not-enough-credits.json", Deferred(detail="SMSAPI 103", trouble=Trouble.ACCOUNT)),
    ],
)
def test_errors_inside_a_good_status_are_errors(name: str, expected: Outcome) -> None:
    assert answered(name) == expected


def test_an_error_beside_the_message_is_one_too() -> None:
    body = {"count": 1, "list": [{"id": "1", "status": "ERROR", "error": 13}]}
    assert isinstance(said(json.dumps(body).encode()), Refused)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (429, Deferred(detail="HTTP 429", retry_after=7.0)),
        (503, Deferred(detail="HTTP 503", retry_after=7.0)),
        (401, Deferred(detail="HTTP 401", trouble=Trouble.ACCOUNT)),
        (500, Unclear(detail="HTTP 500")),
        (502, Unclear(detail="HTTP 502")),
        (504, Unclear(detail="HTTP 504")),
        (404, Refused(detail="HTTP 404")),
        (302, Refused(detail="HTTP 302")),
        (200, Unclear(detail="HTTP 200, answer not understood")),
    ],
)
def test_an_answer_without_json_is_judged_by_its_status(status: int, expected: Outcome) -> None:
    assert said(b"<html>Bad gateway</html>", status, (b"retry-after", b"7")) == expected


def test_a_date_that_is_wrong_by_their_clock_is_no_fault_of_the_message() -> None:
    assert said(b'{"error": 54}') == Deferred(detail="SMSAPI 54", trouble=Trouble.MESSAGE)


def test_a_code_that_is_not_listed_ends_this_message_only() -> None:
    assert 4711 not in MEANINGS
    assert said(b'{"error":4711}') == Refused(detail="SMSAPI 4711")


@given(st.binary(max_size=300), st.sampled_from([200, 400, 500]))
def test_no_answer_breaks_it(body: bytes, status: int) -> None:
    said(body, status)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "list", "id", "parts", "points", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON)
def test_no_json_breaks_it(value: object) -> None:
    said(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("expires_in", "asked"),
    [
        (timedelta(minutes=5), timedelta(hours=1, minutes=6)),
        (timedelta(hours=4), timedelta(hours=4)),
        (timedelta(days=2), timedelta(hours=11, minutes=54)),
    ],
)
def test_the_validity_stays_within_what_the_provider_takes(expires_in: timedelta, asked: timedelta) -> None:
    assert valid_until(NOW + expires_in, NOW) == NOW + asked


def test_a_report_names_our_message() -> None:
    assert receipts(called("delivered.query")) == [
        Receipt(
            event=ReceiptEvent.DELIVERED,
            key=KEY,
            provider_id="6041A8B26139306F0B02B2C5",
            detail="404 DELIVERED",
            price="0.165",
        )
    ]


def test_of_several_in_one_call_each_gets_its_own_and_those_that_say_nothing_none() -> None:
    found = receipts(called("five-reports.query"))
    assert [(receipt.key, receipt.provider_id, receipt.event) for receipt in found] == [
        ("k1", "A1", ReceiptEvent.DELIVERED),
        ("k3", "A3", ReceiptEvent.FAILED),
        ("k4", "A4", ReceiptEvent.FAILED),
    ]


def test_values_that_do_not_line_up_are_given_to_nobody() -> None:
    found = receipts({"MsgId": "A1,A2", "status": "404", "idx": "k1,k2"})
    assert [receipt.key for receipt in found] == ["k1"]


@pytest.mark.parametrize(
    "fields", [{}, {"MsgId": ""}, {"MsgId": "1"}, {"status": "404"}, {"MsgId": "1", "status": "?"}]
)
def test_a_call_that_is_no_report_reports_nothing(fields: dict[str, str]) -> None:
    assert receipts(fields) == []


def test_a_patient_s_text() -> None:
    assert incoming(called("incoming.query")) == IncomingSms(
        sender="+48500500500", to="48600600600", text="TAK, będę", provider_id="B7"
    )


@pytest.mark.parametrize("fields", [{}, {"sms_from": "INFO", "sms_text": "x"}, {"sms_from": "48500500500"}])
def test_what_is_no_patient_s_text(fields: dict[str, str]) -> None:
    assert incoming(fields) is None
