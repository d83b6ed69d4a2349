"""A file is recognised by itself, and read on from where an earlier reading stopped."""

from io import BytesIO

import pytest

from myosotis.domain.words import Language
from myosotis.intake import Code, Field, FileRefusedError, field_text, open_patients, recognise

PATIENTS = "Nr karty;Nazwisko;Telefon\n1;Żak;601234567\n2;Lis;12\n\n1;Wilk;601234568\n3;Kos;601234569\n"


@pytest.mark.parametrize("after", range(6))
def test_the_rest_is_what_the_whole_would_have_said(after: int) -> None:
    """Identifiers of rows that were passed over still count: row 5 repeats that of row 2."""
    file = open_patients(BytesIO(PATIENTS.encode()))
    whole = list(file.rows())
    assert [problem.code for row in whole for problem in row.problems] == [Code.PHONE_WRONG, Code.ID_REPEATED]
    assert list(file.rows(after)) == whole[after:]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (PATIENTS, "patients"),
        ("Nazwisko;Telefon;Zgoda marketingowa;Data zgody\nŻak;601234567;tak;1.02.2026\n", "patients"),
        ("Pacjent;Data;Godzina\nŻak;29.03.2027;10:00\n", "visits"),
        ("Eksport z programu\nPacjent,Termin\nŻak,29.03.2027 10:00\n", "visits"),
        ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "events"),
    ],
)
def test_what_a_file_holds_is_told_from_itself(text: str, what: str) -> None:
    assert recognise(BytesIO(text.encode())) == what


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(FileRefusedError):
        recognise(BytesIO(b"to nie jest tabela"))


@pytest.mark.parametrize("field", Field)
@pytest.mark.parametrize("language", Language)
def test_every_column_has_words(field: Field, language: Language) -> None:
    assert field_text(field, language)
