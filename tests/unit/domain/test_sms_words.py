"""Words that patients send back (docs/rules.md 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.sms_words import WORDS, SmsWord, recognise


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("TAK", SmsWord.YES),
        ("tak", SmsWord.YES),
        (" Tak. ", SmsWord.YES),
        ("tak!!!", SmsWord.YES),
        ("YES", SmsWord.YES),
        ("NIE", SmsWord.NO),
        ("nie\n", SmsWord.NO),
        ("„Nie”", SmsWord.NO),
        ("no", SmsWord.NO),
        ("STOP", SmsWord.STOP),
        ("Stop.", SmsWord.STOP),
        ("ＳＴＯＰ", SmsWord.STOP),
        ("start", SmsWord.START),
    ],
)
def test_the_word_alone_is_recognised_in_any_case(text: str, word: SmsWord) -> None:
    assert recognise(text) is word


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "?",
        "tak, będę",
        "nie dam rady",
        "NIE STOP",
        "stop nie",
        "nie wiem",
        "STOP 12345",
        "niestety",
        "taki",
        "nope",
        "yesterday",
        "kto to?",
        "T A K",
    ],
)
def test_anything_else_is_for_a_person_to_read(text: str) -> None:
    assert recognise(text) is None


def test_no_never_means_stop_and_stop_never_means_no() -> None:
    assert {word for word, meaning in WORDS.items() if meaning is SmsWord.NO} == {"nie", "no"}
    assert {word for word, meaning in WORDS.items() if meaning is SmsWord.STOP} == {"stop"}


@given(st.text())
def test_any_text_at_all_can_come_in(text: str) -> None:
    assert recognise(text) in {None, *SmsWord}
