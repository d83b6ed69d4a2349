"""Every problem has words in both languages; Polish counts in its own grammar."""

import string

import pytest

from myosotis.domain.words import Language
from myosotis.intake import Code, Counted, RowProblem, counted, problem_text
from myosotis.intake.wording import SENTENCES


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("language", Language)
def test_every_code_has_a_sentence(code: Code, language: Language) -> None:
    text = problem_text(RowProblem(row=3, field="phone", code=code, allowed=("a", "b")), language)
    assert text.startswith("Wiersz 3: " if language == Language.PL else "Row 3: ")
    assert text.endswith("a, b.")
    assert "{" not in text


def test_sentences_take_only_a_count() -> None:
    fields = {
        field for pair in SENTENCES.values() for text in pair for _, field, _, _ in string.Formatter().parse(text)
    }
    assert fields <= {None, "count"}


@pytest.mark.parametrize(
    ("number", "polish", "english"),
    [
        (0, "0 wierszy", "0 rows"),
        (1, "1 wiersz", "1 row"),
        (2, "2 wiersze", "2 rows"),
        (5, "5 wierszy", "5 rows"),
        (12, "12 wierszy", "12 rows"),
        (21, "21 wierszy", "21 rows"),
        (22, "22 wiersze", "22 rows"),
        (112, "112 wierszy", "112 rows"),
    ],
)
def test_counted_rows(number: int, polish: str, english: str) -> None:
    assert counted(number, Counted.ROW, Language.PL) == polish
    assert counted(number, Counted.ROW, Language.EN) == english


def test_a_problem_of_the_file_has_no_row() -> None:
    problem = RowProblem(
        row=0, field="consent", code=Code.CONSENT_COLUMN_UNKNOWN, column="Zgoda X", allowed=("Zgoda marketingowa",)
    )
    assert problem_text(problem, Language.PL).startswith("Kolumna „Zgoda X”: ")
    assert problem_text(problem, Language.EN).startswith("Column “Zgoda X”: ")


def test_an_event_is_named_by_its_uid() -> None:
    problem = RowProblem(row=3, field="RRULE", code=Code.RULE_WRONG, uid="a@google.com")
    assert problem_text(problem, Language.PL).startswith("Wydarzenie 3 (UID a@google.com), pole RRULE: ")
