"""The check of numbers and addresses at every door."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.intake.emails import find_emails, parse_email
from myosotis.intake.phones import Phone, find_phones, parse_phone, parse_phones, preferred
from myosotis.intake.problems import Code, ValueRefusedError
from tests.unit.intake.conftest import taken


@pytest.mark.parametrize(
    "written",
    ["601234567", "601 234 567", "601-234-567", "+48 601 234 567", "0048601234567", "48601234567", "(+48) 601.234.567",
     "tel. 601 234 567", "kom: 601234567"],
)  # fmt: skip
def test_ways_of_writing_one_mobile_number(written: str) -> None:
    assert parse_phone(written) == Phone(e164="+48601234567", is_mobile=True)


@pytest.mark.parametrize("written", ["12 345 67 89", "(22) 123-45-67", "800 123 456"])
def test_a_fixed_line_is_valid_but_no_sms_address(written: str) -> None:
    assert not parse_phone(written).is_mobile


def test_numbers_of_other_countries_keep_theirs() -> None:
    assert parse_phone("+380 50 123 45 67") == Phone(e164="+380501234567", is_mobile=True)
    assert parse_phone("030 123456", region="DE").e164 == "+4930123456"


@pytest.mark.parametrize(
    "written",
    [
        "60123456",
        "6012345678",
        "6,01235E+08",
        "601234567.0",
        "brak",
        "112",
        "+48",
        "601 234 567 wew. 12",
        "1" * 50,
        "٦٠١٢٣٤٥٦٧",
    ],
)
def test_wrong_numbers_are_refused(written: str) -> None:
    with pytest.raises(ValueRefusedError) as refused:
        parse_phone(written)
    assert refused.value.code is Code.PHONE_WRONG
    assert "601 234 567" in refused.value.allowed


def test_of_several_numbers_the_card_gets_one_for_sms() -> None:
    both = parse_phones("12 345 67 89, 601 234 567")
    assert [phone.e164 for phone in both] == ["+48123456789", "+48601234567"]
    assert preferred(both) == both[1]
    assert preferred(both[:1]) == both[0]
    assert preferred(()) is None


def test_numbers_in_a_text() -> None:
    text = "Kowalska 601234567 (córka: +48 602-345-678), 31-147 Kraków, 29.03.2027 10:00, nr 12"
    assert find_phones(text) == ("+48601234567", "+48602345678")


def test_a_national_number_is_no_phone() -> None:
    # Born in December 1948: without its check digit it would pass for a Kraków number with the prefix 48.
    assert find_phones("PESEL 48120112344") == ()
    assert find_phones("48120112347") == ("+48120112347",)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Anna.Kowalska@Example.COM", "anna.kowalska@example.com"),
        (" mailto:a+b@example.pl ", "a+b@example.pl"),
        ("jan@żółw.pl", "jan@xn--w-uga1v8h.pl"),
    ],
)
def test_addresses_as_mail_takes_them(written: str, address: str) -> None:
    assert parse_email(written) == address


@pytest.mark.parametrize(
    "written",
    ["anna", "anna@", "@example.com", "anna@example", "anna(at)example.com", "a b@example.com", "a@b@example.com",
     "anna@example..com", ".anna@example.com", "łucja@example.com", "a@-example.com", "a" * 65 + "@example.com",
     "a@example.com\r\nBcc: b@example.com"],
)  # fmt: skip
def test_wrong_addresses_are_refused(written: str) -> None:
    with pytest.raises(ValueRefusedError) as refused:
        parse_email(written)
    assert refused.value.code is Code.EMAIL_WRONG


def test_addresses_in_a_text() -> None:
    assert find_emails("pisać: Anna@Example.com, <b@example.pl>; a@b, x@@y.pl") == ("anna@example.com", "b@example.pl")


@given(st.text(max_size=200))
def test_any_text_is_either_taken_or_refused(text: str) -> None:
    for check in (parse_phone, parse_email):
        taken(partial(check, text))
    find_phones(text)
    find_emails(text)
