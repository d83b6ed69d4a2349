"""Tokens of links: derived, fixed in length, separate by purpose (docs/rules.md 5)."""

import hashlib
import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.links import Purpose, hash_token, looks_like_token, matches, token
from myosotis.links.tokens import ALPHABET, _base62

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
MESSAGE = UUID("6fa459ea-ee8a-4ca4-894e-db77e160355e")


def number_of(text: str) -> int:
    value = 0
    for character in text:
        value = value * 62 + ALPHABET.index(character)
    return value


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_is_the_first_96_bits_of_the_hmac_in_base62(purpose: Purpose) -> None:
    digest = hmac.new(KEY, MESSAGE.bytes + purpose.value.encode(), hashlib.sha256).digest()
    assert number_of(token(KEY, MESSAGE, purpose)) == int.from_bytes(digest[:12], "big")


def test_a_known_token_stays_what_it_is() -> None:
    """Links in mails that were sent must open after every later release."""
    assert token(KEY, MESSAGE, Purpose.OPEN) == "0i9uu2F7D1UGnFbOH"
    assert token(KEY, MESSAGE, Purpose.IMAGE) == "0433dIWLsQyw1blTq"


def test_a_link_with_a_short_host_fits_forty_characters() -> None:
    assert len("https://" + "x" * 14 + "/" + token(KEY, MESSAGE, Purpose.OPEN)) == 40


@given(st.uuids(version=4))
def test_every_purpose_and_every_key_has_its_own_token(uuid: UUID) -> None:
    tokens = [token(key, uuid, purpose) for key in (KEY, OTHER_KEY) for purpose in Purpose]
    assert len(set(tokens)) == len(tokens)
    assert all(looks_like_token(text) and len(text) == 17 for text in tokens)


def test_a_retry_carries_the_same_link() -> None:
    assert token(KEY, MESSAGE, Purpose.OPEN) == token(KEY, UUID(int=MESSAGE.int), Purpose.OPEN)


def test_a_small_number_keeps_the_length() -> None:
    assert _base62(0) == "0" * 17
    assert _base62(2**96 - 1) != _base62(2**96 - 2)
    assert len(_base62(2**96 - 1)) == 17


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        token(b"short", MESSAGE, Purpose.OPEN)


def test_the_database_keeps_sixteen_bytes_of_a_hash() -> None:
    text = token(KEY, MESSAGE, Purpose.OPEN)
    assert hash_token(text) == hashlib.sha256(text.encode()).digest()[:16]
    assert matches(text, hash_token(text))
    assert not matches(text, hash_token(token(KEY, MESSAGE, Purpose.READ)))
    assert not matches("nonsense", hash_token(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 16,
        "a" * 18,
        "a" * 16 + "-",
        "a" * 16 + "ą",
        "a" * 16 + "\n",
        "a" * 17 + "\n",
        " " + "a" * 16,
        "٣" * 17,
    ],
)
def test_what_is_no_token_is_not_looked_up(text: str) -> None:
    assert not looks_like_token(text)
    with pytest.raises(ValueError, match="not a token"):
        hash_token(text)


@given(st.text(max_size=40))
def test_any_path_at_all_can_be_asked_for(text: str) -> None:
    assert looks_like_token(text) is (len(text) == 17 and set(text) <= set(ALPHABET))
