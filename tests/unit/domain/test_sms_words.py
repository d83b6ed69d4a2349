"""Words and codes that patients send back (docs/rules.md 5)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.sms_words import WORDS, Reply, SmsWord, recognise

CASES = st.sampled_from([str.upper, str.lower, str.title, str.swapcase])
PUNCTUATION = st.text(alphabet=" .,;:!?\"'()[]„”“’«»-–—\t\r\n", max_size=5)
CODED = [word for word, meaning in WORDS.items() if meaning in (SmsWord.YES, SmsWord.NO)]


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
    assert recognise(text) == Reply(word)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("1", Reply(None, 1)),
        (" 2. ", Reply(None, 2)),
        ("TAK 1", Reply(SmsWord.YES, 1)),
        ("nie2", Reply(SmsWord.NO, 2)),
        ("1 tak", Reply(SmsWord.YES, 1)),
        ("2: NIE!", Reply(SmsWord.NO, 2)),
        ("No - 3", Reply(SmsWord.NO, 3)),
        ("(1)", Reply(None, 1)),
    ],
)
def test_a_code_stands_alone_or_beside_the_word(text: str, reply: Reply) -> None:
    assert recognise(text) == reply


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "?", "tak, będę", "nie dam rady", "NIE STOP", "stop nie", "nie wiem", "STOP 12345", "STOP 1", "1 stop",
        "start 1", "niestety", "taki", "nope", "yesterday", "kto to?", "T A K", "12", "1 2", "TAK 1 2", "tak nie",
        "nie 1 tak 2", "o 10", "10:00", "-", "٣",
    ],
)  # fmt: skip
def test_anything_else_is_for_a_person_to_read(text: str) -> None:
    assert recognise(text) == Reply()


def test_no_never_means_stop_and_stop_never_means_no() -> None:
    assert {word for word, meaning in WORDS.items() if meaning is SmsWord.NO} == {"nie", "no"}
    assert {word for word, meaning in WORDS.items() if meaning is SmsWord.STOP} == {"stop"}


@given(word=st.sampled_from(sorted(WORDS)), case=CASES, before=PUNCTUATION, after=PUNCTUATION)
def test_case_and_punctuation_around_change_nothing(
    word: str, case: Callable[[str], str], before: str, after: str
) -> None:
    assert recognise(f"{before}{case(word)}{after}") == Reply(WORDS[word])


@given(
    word=st.sampled_from(CODED), case=CASES, code=st.integers(0, 9), between=PUNCTUATION, code_first=st.booleans(),
    around=PUNCTUATION,
)  # fmt: skip
def test_word_and_code_in_either_order(
    word: str, case: Callable[[str], str], code: int, between: str, code_first: bool, around: str
) -> None:
    pair = (str(code), case(word)) if code_first else (case(word), str(code))
    assert recognise(around + between.join(pair) + around) == Reply(WORDS[word], code)


@given(word=st.sampled_from(sorted(WORDS)), more=st.text(alphabet="abcdeknostyząęłóż", min_size=1), space=st.booleans())
def test_a_word_among_others_is_no_command(word: str, more: str, space: bool) -> None:
    text = f"{word}{' ' if space else ''}{more}"
    assert recognise(text) == Reply(WORDS.get(text))


@given(st.text())
def test_any_text_at_all_can_come_in(text: str) -> None:
    found = recognise(text)
    assert found.code is None or found.word in (None, SmsWord.YES, SmsWord.NO)
