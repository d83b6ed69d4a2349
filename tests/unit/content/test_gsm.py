"""SMS characters and parts against the alphabet of GSM 03.38 and a naive count."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.content import gsm
from myosotis.content.gsm import Encoding

# GSM 03.38, table by table position, as the Unicode consortium maps it (0x1B is the escape and no character).
SEPTETS = (
    *(0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5),
    *(0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6, 0xE6, 0xDF, 0xC9),
    *(0x20, 0x21, 0x22, 0x23, 0xA4, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F),
    *range(0x30, 0x40),
    *(0xA1, *range(0x41, 0x5B), 0xC4, 0xD6, 0xD1, 0xDC, 0xA7),
    *(0xBF, *range(0x61, 0x7B), 0xE4, 0xF6, 0xF1, 0xFC, 0xE0),
)
POLISH = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"


def naive_parts(text: str, encoding: Encoding) -> int:
    """Fill parts one character after the other, never dividing a pair."""

    def width(character: str) -> int:
        if encoding is Encoding.GSM7:
            return 2 if character in "^{}\\[~]|€\f" else 1
        return 2 if ord(character) > 0xFFFF else 1

    if sum(map(width, text)) <= (160 if encoding is Encoding.GSM7 else 70):
        return 1
    limit, parts, filled = (153 if encoding is Encoding.GSM7 else 67), 1, 0
    for character in text:
        if filled + width(character) > limit:
            parts, filled = parts + 1, 0
        filled += width(character)
    return parts


def test_the_basic_table_is_that_of_gsm_03_38() -> None:
    assert len(SEPTETS) == 127
    assert {chr(code) for code in SEPTETS} == gsm.BASIC


def test_extension_characters_count_twice() -> None:
    assert {"^", "{", "}", "\\", "[", "~", "]", "|", "€", "\f"} == gsm.EXTENSION
    assert gsm.length_of("5€", Encoding.GSM7) == 3


@pytest.mark.parametrize("letter", list(POLISH))
def test_no_polish_letter_is_in_gsm_7_and_each_loses_its_mark(letter: str) -> None:
    assert gsm.encoding_of(letter) is Encoding.UCS2
    assert gsm.to_gsm7(letter) == gsm.EXPLICIT.get(letter, unicodedata.normalize("NFD", letter)[0])
    assert gsm.to_gsm7(letter).isascii()


def test_the_letter_o_with_an_accent_is_stripped_though_its_neighbours_are_in_the_alphabet() -> None:
    assert gsm.to_gsm7("Zażółć gęślą jaźń") == "Zazolc gesla jazn"
    assert gsm.to_gsm7("éèùìòàäöüñ") == "éèùìòàäöüñ"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("„Tak”", '"Tak"'),
        ("od 8–9", "od 8-9"),
        ("godz.\u00a010", "godz. 10"),
        ("o\u0301", "o"),
        ("…", "..."),
        ("Łódź", "Lodz"),
        ("ﬁ", "fi"),
        ("a\u200bb", "ab"),
        ("Олена", "?????"),
        ("😀", "?"),
    ],
)
def test_stripping(written: str, sent: str) -> None:
    assert gsm.to_gsm7(written) == sent


def test_what_is_replaced_and_what_is_lost_is_told() -> None:
    assert gsm.replaced("Żółw 😀 Żuk") == ("Żół", "😀")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ą" * 70, 1),
        ("ą" * 71, 2),
        ("ą" * 134, 2),
        ("ą" * 135, 3),
        ("ą" * 66 + "😀" + "ą" * 66, 3),
    ],
)
def test_parts_at_the_edges(text: str, parts: int) -> None:
    encoding = gsm.encoding_of(text)
    assert gsm.parts_of(text, encoding, gsm.length_of(text, encoding)) == parts


@given(st.text(alphabet=st.sampled_from("aZ 9€[]~^ąół😀é"), max_size=500))
def test_parts_agree_with_a_naive_count(text: str) -> None:
    encoding = gsm.encoding_of(text)
    assert gsm.parts_of(text, encoding, gsm.length_of(text, encoding)) == naive_parts(text, encoding)


@given(st.text())
def test_what_is_stripped_is_always_gsm_7_and_stripping_again_changes_nothing(text: str) -> None:
    stripped = gsm.to_gsm7(text)
    assert gsm.encoding_of(stripped) is Encoding.GSM7
    assert gsm.to_gsm7(stripped) == stripped


@given(st.text())
def test_the_encoding_is_gsm_7_exactly_if_no_character_is_foreign(text: str) -> None:
    assert (gsm.encoding_of(text) is Encoding.GSM7) == (gsm.foreign(text) == "") == (set(text) <= gsm.ALL)
