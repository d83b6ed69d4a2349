"""Patient files as practices have them: what is taken, flagged, refused, and in which words."""

import csv
import io
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.words import Language, OptOut
from myosotis.intake import Code, FileRefusedError, PatientRow, PersonName, RowResult, open_patients, problem_text
from myosotis.intake.encoding import Encoding
from tests.unit.intake.conftest import Write, taken


def values(path: Path) -> list[PatientRow]:
    return [result.value for result in open_patients(path).rows() if result.value is not None]


def only(path: Path) -> RowResult[PatientRow]:
    (result,) = open_patients(path).rows()
    return result


def codes(result: RowResult[PatientRow]) -> list[Code]:
    return [problem.code for problem in result.problems]


def refusal(path: Path) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as refused:
        open_patients(path)
    return refused.value


def test_a_file_of_polish_excel(data: Path) -> None:
    file = open_patients(data / "pacjenci-excel-windows1250.csv")
    assert (file.encoding, file.delimiter, file.total) == (Encoding.WINDOWS_1250, ";", 8)
    assert [(problem.code, problem.column) for problem in file.problems] == [(Code.COLUMN_IGNORED, "Uwagi")]
    results = {result.row: result for result in file.rows()}
    assert results[2].value == PatientRow(
        row=2,
        external_id="0001",
        name=PersonName(given="Świętosława", family="Żółkiewska"),
        phone="+48601234567",
        phone_is_mobile=True,
        email="swietoslawa.zolkiewska@example.com",
        language=Language.PL,
        marketing_consent=True,
        marketing_consent_on=date(2026, 1, 12),
    )
    assert {row: codes(result) for row, result in results.items() if result.problems} == {
        4: [Code.ONLY_FIXED_LINE],
        5: [Code.NO_CONTACT],
        6: [Code.PHONE_WRONG],
        7: [Code.EMAIL_WRONG],
        8: [Code.WORD_UNKNOWN],
    }
    assert [row for row, result in results.items() if result.value is None] == [6, 7, 8]
    assert list(results) == [2, 3, 4, 5, 6, 7, 8, 10], "rows count as Excel shows them, the empty one included"


def test_each_refusal_names_row_column_and_what_is_allowed(data: Path) -> None:
    results = open_patients(data / "pacjenci-excel-windows1250.csv").rows()
    texts = [problem_text(problem, Language.PL) for result in results for problem in result.problems]
    assert texts[2:4] == [
        "Wiersz 6, kolumna „Tel. kom.”: Nieprawidłowy numer telefonu. Dozwolone: 601 234 567, +48 601 234 567, 12 345 67 89.",
        "Wiersz 7, kolumna „E-mail”: Nieprawidłowy adres e-mail. Dozwolone: anna.kowalska@example.com.",
    ]


def test_neither_phone_nor_email_is_taken_and_flagged(write: Write) -> None:
    result = only(write("Imię;Nazwisko;Telefon;E-mail\nAnna;Kowalska;;\n"))
    assert result.value is not None
    assert codes(result) == [Code.NO_CONTACT]
    assert not result.problems[0].is_error


def test_several_faults_of_a_row_are_told_at_once(write: Write) -> None:
    result = only(write("Nazwisko;Telefon;E-mail;Zgoda marketingowa\n;12;x@;może\n"))
    assert codes(result) == [Code.VALUE_MISSING, Code.PHONE_WRONG, Code.EMAIL_WRONG, Code.WORD_UNKNOWN]
    assert result.value is None


@pytest.mark.parametrize(
    "heading", ["Zgoda RODO", "Zgoda na coś", "marketing_ok", "Newsletter", "SMS", "GDPR accepted", "opt out"]
)
def test_an_unknown_column_about_consent_refuses_the_file(write: Write, heading: str) -> None:
    error = refusal(write(f"Nazwisko;Telefon;{heading}\nKowalska;601234567;nie\n"))
    (problem,) = error.problems
    assert (problem.code, problem.column) == (Code.CONSENT_COLUMN_UNKNOWN, heading)
    assert "Zgoda marketingowa" in problem.allowed
    assert heading in problem_text(problem, Language.EN)
    assert "Zgoda marketingowa" in problem_text(problem, Language.EN)


def test_a_harmless_unknown_column_is_left_out_and_told(write: Write) -> None:
    file = open_patients(write("Nazwisko;Telefon;Środowisko;Zawód\nKowalska;601234567;x;y\n"))
    assert [problem.column for problem in file.problems] == ["Środowisko", "Zawód"]
    assert file.total == 1


def test_no_consent_column_means_nothing_was_said(write: Write) -> None:
    assert values(write("Nazwisko;Telefon\nKowalska;601234567\n"))[0].marketing_consent is None


def test_opt_outs_from_columns_of_either_sense(write: Write) -> None:
    text = (
        "Nazwisko;Zgoda na SMS;Rezygnacja z e-mail;Zgoda push;E-mail\nA;nie;tak;tak;a@example.com\nB;;;;b@example.com\n"
    )
    first, second = values(write(text))
    assert first.opt_outs == {OptOut.SMS, OptOut.EMAIL}
    assert second.opt_outs == frozenset()


def test_deceased_and_silent(write: Write) -> None:
    first, second = values(
        write("Nazwisko;Telefon;Data zgonu;Nie wysyłaj niczego\nA;601234567;1.02.2026;\nB;601234567;;tak\n")
    )
    assert (first.deceased, first.silent) == (True, False)
    assert (second.deceased, second.silent) == (False, True)


def test_a_child_is_reached_through_the_guardian(write: Write) -> None:
    text = "Imię;Nazwisko;Opiekun;Tel. opiekuna;Opiekun do\nZosia;Mała;Ewa Mała;601 234 567;1.09.2035\n"
    result = only(write(text))
    assert result.problems == ()
    assert result.value is not None
    assert result.value.guardian is not None
    assert (result.value.guardian.phone, result.value.guardian.until) == ("+48601234567", date(2035, 9, 1))


def test_a_guardian_without_an_address_does_not_hide_the_patients_own(write: Write) -> None:
    (row,) = values(write("Nazwisko;Telefon;Opiekun\nMała;601234567;Ewa Mała\n"))
    assert row.guardian is None


def test_a_name_too_long_for_a_card_is_refused_rather_than_cut(write: Write) -> None:
    result = only(write(f"Pacjent;Telefon\nAnna {'a' * 101};601234567\n"))
    assert codes(result) == [Code.TOO_LONG]


def test_two_phone_columns_make_one_number_for_sms(write: Write) -> None:
    (row,) = values(write("Nazwisko,Telefon stacjonarny,Tel. kom.\nKowalska,12 345 67 89,601 234 567\n"))
    assert (row.phone, row.phone_is_mobile) == ("+48601234567", True)


@pytest.mark.parametrize(
    "heading", ["TEL KOM", "tel. kom.", "Tel.kom", "Telefon komórkowy (SMS)", "Mobile phone", " Telefon\u00a0"]
)
def test_headings_are_known_however_they_are_written(write: Write, heading: str) -> None:
    (row,) = values(write(f"NAZWISKO;{heading}\nKowalska;601234567\n"))
    assert row.phone == "+48601234567"


def test_titles_above_the_heading_are_passed_over(write: Write) -> None:
    path = write("Lista pacjentów;;\nstan na 1.03.2027;;\n;;\nNazwisko;Imię;Telefon\nKowalska;Anna;601234567\n")
    assert [row.row for row in values(path)] == [5]


def test_the_line_that_tells_excel_the_delimiter(write: Write) -> None:
    (row,) = values(write("sep=,\nNazwisko,Telefon\nKowalska,601234567\n"))
    assert row.row == 2


def test_cells_that_excel_must_not_touch(write: Write) -> None:
    (row,) = values(write('ID;Nazwisko;Telefon\n"=""0012""";Kowalska;="601234567"\n'))
    assert (row.external_id, row.phone) == ("0012", "+48601234567")


def test_a_stray_delimiter_refuses_the_row_alone(write: Write) -> None:
    results = list(
        open_patients(write("Nazwisko;Telefon\nNowak;601234567;;\nKowalska; Anna;601234567\nLis;601234567\n")).rows()
    )
    assert [codes(result) for result in results] == [[], [Code.TOO_MANY_CELLS, Code.PHONE_WRONG], []]


def test_a_broken_quotation_does_not_take_the_rest_along(write: Write) -> None:
    text = 'Nazwisko;Telefon\n"Nowak"x;601234567\nKowalska;601234567\n"Lis;601234567\n'
    results = list(open_patients(write(text)).rows())
    assert [(result.row, codes(result)) for result in results] == [
        (2, [Code.ROW_BROKEN]),
        (3, []),
        (4, [Code.ROW_BROKEN]),
    ]


def test_a_swallowed_stretch_is_counted_in_right_polish(write: Write) -> None:
    text = 'Nazwisko;Telefon\n"Nowak;601234567\n' + "Lis;601234567\n" * 21
    (result,) = open_patients(write(text)).rows()
    assert "pominięto 22 wiersze" in problem_text(result.problems[0], Language.PL)


def test_a_second_row_with_the_same_identifier_is_refused(write: Write) -> None:
    first, second = open_patients(write("ID;Nazwisko;Telefon\n7;Nowak;601234567\n7;Lis;602345678\n")).rows()
    assert first.value is not None
    assert codes(second) == [Code.ID_REPEATED]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.EMPTY_FILE),
        ("\n \n\n", Code.EMPTY_FILE),
        ("Jan;Nowak;601234567\n", Code.NO_HEADER),
        ("Telefon;E-mail\n601234567;\n", Code.COLUMN_MISSING),
        ("Nazwisko;Surname;Telefon\nA;B;601234567\n", Code.COLUMN_TWICE),
        ("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", Code.CALENDAR_NOT_TABLE),
    ],
)
def test_files_that_are_refused_as_a_whole(write: Write, text: str, code: Code) -> None:
    (problem,) = refusal(write(text)).problems
    assert problem.code is code
    assert "601234567" not in problem_text(problem, Language.PL)


def test_an_open_upload_stays_open(data: Path) -> None:
    upload = io.BytesIO((data / "pacjenci-excel-windows1250.csv").read_bytes())
    file = open_patients(upload)
    first = [result.value for result in file.rows()]
    assert first == [result.value for result in file.rows()], "rows can be read again, for a dry run and the import"
    assert not upload.closed


names = st.text(alphabet="abcxyzAŁĄĆĘŃÓŚŹŻąćęłńóśźż", min_size=2, max_size=12).map(str.capitalize)
patients = st.lists(
    st.tuples(
        st.from_regex(r"[A-Z]{2}[0-9]{1,6}", fullmatch=True),
        names,
        st.one_of(names, st.tuples(names, names).map(" ".join)),
        st.integers(600_000_000, 609_999_999).map(lambda number: f"+48{number}"),
        st.sampled_from(["", "anna@example.com", "jan.nowak@example.pl"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[0],
)


@given(
    patients,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1250"]),
    st.sampled_from([";", ",", "\t", "|"]),
    st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
)
def test_whatever_is_written_is_read_again(
    rows: list[tuple[str, ...]], encoding: str, delimiter: str, quoting: Literal[0, 1]
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    writer.writerows([("Identyfikator", "Nazwisko", "Imię", "Telefon", "E-mail"), *rows])
    file = open_patients(io.BytesIO(text.getvalue().encode(encoding)))
    assert (file.total, file.delimiter) == (len(rows), delimiter)
    read = [result.value for result in file.rows()]
    assert [(v.external_id, v.name.family, v.name.given, v.phone, v.email) for v in read if v is not None] == rows


@given(st.one_of(st.binary(max_size=400), st.text(alphabet='Nazwisko;,\t"\r\n =łĄ0', max_size=300).map(str.encode)))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    for start in (b"", b"Nazwisko;Telefon\r\n"):
        file = taken(partial(open_patients, io.BytesIO(start + content)))
        assert file is None or sum(1 for _ in file.rows()) == file.total


@pytest.mark.parametrize("word", ["ang.", "ANG", "angielski", "j. angielski", "po angielsku", "EN", "English"])
def test_english_by_many_names(write: Write, word: str) -> None:
    (result,) = open_patients(write(f"Nazwisko;Telefon;Język\nSmith;601234567;{word}\n")).rows()
    assert result.value is not None, result.problems
    assert result.value.language is Language.EN
