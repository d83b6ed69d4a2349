"""Visit files: times local to the address of each row's calendar."""

import io
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.words import Language, Party, VisitStatus
from myosotis.intake import (
    CalendarFault,
    CalendarReference,
    Code,
    FileRefusedError,
    RowResult,
    VisitRow,
    open_visits,
    problem_text,
)
from myosotis.intake.encoding import Encoding
from tests.unit.intake.conftest import WARSAW, Write, taken

naive_times = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - what a file says before its zone is known
    datetime(2030, 1, 1),  # noqa: DTZ001 - the same
)


def in_warsaw(_: CalendarReference) -> ZoneInfo:
    return WARSAW


def only(path: Path) -> RowResult[VisitRow]:
    (result,) = open_visits(path, zone_of=in_warsaw).rows()
    return result


def visit(path: Path) -> VisitRow:
    result = only(path)
    assert result.value is not None, result.problems
    return result.value


def codes(result: RowResult[VisitRow]) -> list[Code]:
    return [problem.code for problem in result.problems]


def of_sliwa(reference: CalendarReference) -> ZoneInfo | CalendarFault:
    return WARSAW if "Śliwa" in reference.doctor else CalendarFault.UNKNOWN


def test_a_file_of_polish_excel(data: Path) -> None:
    file = open_visits(data / "wizyty-excel-windows1250.csv", zone_of=of_sliwa, calendars=("lek. Ewa Śliwa, Długa 1",))
    results = {result.row: result for result in file.rows()}
    assert (file.encoding, file.total) == (Encoding.WINDOWS_1250, 9)
    taken = {row: result.value for row, result in results.items() if result.value is not None}
    assert [(row, value.start) for row, value in taken.items()] == [
        (2, datetime(2027, 3, 29, 8, 0, tzinfo=UTC)),
        (3, datetime(2027, 3, 29, 8, 30, tzinfo=UTC)),
        (6, datetime(2027, 11, 1, 9, 0, tzinfo=UTC)),
    ]
    assert taken[2].patient.name.full == "Świętosława Żółkiewska"
    assert taken[2].booked_at == datetime(2027, 3, 20, 8, 15, tzinfo=UTC)
    assert taken[3].service == "Zabieg – łuszczyca"
    assert [value.duration_minutes for value in taken.values()] == [30, 45, 30]
    assert (taken[6].status, taken[6].cancelled_by) == (VisitStatus.CANCELLED, Party.PATIENT)
    assert {row: codes(result) for row, result in results.items() if result.problems} == {
        4: [Code.HOUR_SKIPPED],
        5: [Code.HOUR_TWICE],
        6: [Code.BOOKED_WITHOUT_HOUR],
        7: [Code.DATE_WRONG],
        8: [Code.VALUE_MISSING],
        9: [Code.CALENDAR_UNKNOWN],
        10: [Code.ID_REPEATED],
    }
    assert problem_text(results[9].problems[0], Language.PL) == (
        "Wiersz 9, kolumna „Lekarz”: Nie ma takiego kalendarza. Dozwolone: lek. Ewa Śliwa, Długa 1."
    )


def test_unicode_text_of_excel(data: Path) -> None:
    file = open_visits(data / "wizyty-excel-unicode.txt", zone_of=in_warsaw)
    (result,) = file.rows()
    assert (file.encoding, file.delimiter) == (Encoding.UTF_16, "\t")
    assert result.value is not None
    assert (result.value.patient.name.full, result.value.duration_minutes) == ("Łucja Ćwikła", 40)
    assert result.value.start == datetime(2027, 3, 29, 6, 0, tzinfo=UTC)


def test_each_calendar_has_its_own_zone_asked_once(write: Write) -> None:
    asked: list[CalendarReference] = []

    def zone_of(reference: CalendarReference) -> ZoneInfo:
        asked.append(reference)
        return ZoneInfo("Europe/Lisbon") if reference.address == "Lizbona" else WARSAW

    row = "Kowalska;601234567;2027-03-29 10:00;dr Lis;{}\n"
    text = "Pacjent;Telefon;Termin;Lekarz;Adres\n" + row.format("Kraków") + row.format("Lizbona") + row.format("Kraków")
    starts = [result.value.start for result in open_visits(write(text), zone_of=zone_of).rows() if result.value]
    assert [start.hour for start in starts] == [8, 9, 8]
    assert asked == [CalendarReference(doctor="dr Lis", address=address) for address in ("Kraków", "Lizbona")]


def test_an_ambiguous_calendar_is_told(write: Write) -> None:
    path = write("Pacjent;Telefon;Termin;Lekarz\nKowalska;601234567;2027-03-29 10:00;dr Lis\n")
    (result,) = open_visits(path, zone_of=lambda _: CalendarFault.AMBIGUOUS).rows()
    assert codes(result) == [Code.CALENDAR_AMBIGUOUS]


@pytest.mark.parametrize(
    "text",
    [
        "Pacjent;Telefon;Data;Godzina;Czas trwania\nA;601234567;29.03.2027;8.00;30\n",
        "Pacjent;Telefon;Data;Godzina;Koniec\nA;601234567;29/03/2027;08:00;8:30\n",
        "Pacjent;Telefon;Data;Od;Do\nA;601234567;29-03-2027 00:00;08:00:00;08:30:00\n",
        "Pacjent;Telefon;Data;Godzina\nA;601234567;29.03.2027;8:00-8:30\n",
        "Pacjent;Telefon;Data wizyty;Minuty\nA;601234567;29.03.2027 8:00;30\n",
        "Patient,Phone,Start,End\nA,601234567,2027-03-29T06:00:00Z,2027-03-29T06:30:00Z\n",
        "Patient,Phone,Date,Time,Duration (min)\nA,601234567,2027-03-29,08:00,30\n",
    ],
)
def test_ways_of_writing_the_same_visit(write: Write, text: str) -> None:
    row = visit(write(text))
    assert (row.start, row.duration_minutes) == (datetime(2027, 3, 29, 6, 0, tzinfo=UTC), 30)


def test_a_visit_through_the_clock_change_lasts_its_elapsed_time(write: Write) -> None:
    row = visit(write("Pacjent;Telefon;Data;Od;Do\nA;601234567;28.03.2027;1:30;3:30\n"))
    assert row.duration_minutes == 60


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ("29.03.2027;10:00;;9:00", Code.END_WRONG, "Do"),
        ("29.03.2027;10:00;20;10:30", Code.END_WRONG, "Do"),
        ("29.03.2027;10:00;długo;", Code.DURATION_WRONG, "Minuty"),
        ("29.03.2027 9:00;10:00;;", Code.MOMENT_CONTRADICTORY, "Od"),
        (";10:00;;", Code.VALUE_MISSING, "Data"),
        ("29.03.2027;;;", Code.VALUE_MISSING, "Od"),
        ("29.03.2027;dziesiąta;;", Code.DATE_WRONG, "Od"),
    ],
)
def test_wrong_times_name_their_column(write: Write, cells: str, code: Code, column: str) -> None:
    result = only(write(f"Pacjent;Telefon;Data;Od;Minuty;Do\nA;601234567;{cells}\n"))
    assert result.value is None
    assert [(problem.code, problem.column) for problem in result.problems] == [(code, column)]


def test_a_booking_after_the_visit_is_refused(write: Write) -> None:
    result = only(write("Pacjent;Telefon;Termin;Data rezerwacji\nA;601234567;29.03.2027 10:00;30.03.2027 10:00\n"))
    assert codes(result) == [Code.BOOKED_AFTER_START]


def test_booked_on_the_day_of_a_morning_visit_is_not_after_it(write: Write) -> None:
    result = only(write("Pacjent;Telefon;Termin;Data rezerwacji\nA;601234567;29.03.2027 10:00;29.03.2027\n"))
    assert result.value is not None
    assert result.value.booked_at == result.value.start


def test_no_booking_time_is_left_to_the_import(write: Write) -> None:
    assert visit(write("Pacjent;Telefon;Termin\nA;601234567;29.03.2027 10:00\n")).booked_at is None


def test_online_bookings_are_the_patients(write: Write) -> None:
    text = "Pacjent;Telefon;Termin;Rezerwacja online\nA;601234567;29.03.2027 10:00;{}\n"
    assert visit(write(text.format("tak"))).booked_by is Party.PATIENT
    assert visit(write(text.format("nie"))).booked_by is Party.PRACTICE
    assert visit(write(text.format(""))).booked_by is None


@pytest.mark.parametrize(
    ("word", "status"),
    [("Umówiona", VisitStatus.BOOKED), ("POTWIERDZONA", VisitStatus.CONFIRMED), ("Nieobecność", VisitStatus.NO_SHOW),
     ("odbyła się", VisitStatus.DONE), ("no_show", VisitStatus.NO_SHOW), ("anulowana", VisitStatus.CANCELLED)],
)  # fmt: skip
def test_words_for_the_status(write: Write, word: str, status: VisitStatus) -> None:
    assert visit(write(f"Pacjent;Telefon;Termin;Status\nA;601234567;29.03.2027 10:00;{word}\n")).status is status


def test_who_the_visit_is_for(write: Write) -> None:
    text = "Nr karty;Pacjent;Telefon;E-mail;Termin\n{};29.03.2027 10:00\n"
    assert codes(only(write(text.format(";;;")))) == [Code.NO_PATIENT]
    assert codes(only(write(text.format(";Anna Kowalska;;")))) == [Code.NO_CONTACT]
    assert codes(only(write(text.format("0007;;;")))) == [], "the card on file has the addresses"
    assert codes(only(write(text.format(";Anna Kowalska;12;")))) == [Code.PHONE_WRONG]


def test_a_file_of_known_patients_need_not_give_addresses(write: Write) -> None:
    assert codes(only(write("Pacjent;Termin\nAnna Kowalska;29.03.2027 10:00\n"))) == []


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Pacjent;Telefon;Usługa", Code.COLUMN_MISSING),
        ("Data;Godzina;Usługa", Code.COLUMN_MISSING),
        ("Pacjent;Data;Zgoda marketingowa", Code.CONSENT_AMONG_VISITS),
    ],
)
def test_files_that_are_refused_as_a_whole(write: Write, header: str, code: Code) -> None:
    with pytest.raises(FileRefusedError) as refused:
        open_visits(write(f"{header}\na;b;c\n"), zone_of=in_warsaw)
    assert refused.value.problems[0].code is code


@given(
    st.lists(naive_times, min_size=1, max_size=10),
    st.sampled_from(["{:%Y-%m-%d;%H:%M}", "{:%d.%m.%Y;%H.%M}", "{:%d/%m/%Y;%H:%M}"]),
)
def test_every_local_time_is_taken_exactly_or_refused(naive: list[datetime], shape: str) -> None:
    text = "Pacjent;Telefon;Data;Godzina\n" + "".join(f"A;601234567;{shape.format(at)}\n" for at in naive)
    for at, result in zip(naive, open_visits(io.BytesIO(text.encode()), zone_of=in_warsaw).rows(), strict=True):
        if result.value is not None:
            assert f"{result.value.start.astimezone(WARSAW):%Y%m%d%H%M}" == f"{at:%Y%m%d%H%M}"
        else:
            assert codes(result)[0] in (Code.HOUR_SKIPPED, Code.HOUR_TWICE)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    file = b"Pacjent;Telefon;Data;Godzina;Koniec;Minuty;Status;Data rezerwacji\r\n" + content
    opened = taken(lambda: open_visits(io.BytesIO(file), zone_of=in_warsaw))
    assert opened is None or sum(1 for _ in opened.rows()) == opened.total


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    first = datetime(2027, 1, 4, tzinfo=WARSAW)
    lines = (f"A;{600000000 + i};{first + timedelta(minutes=30 * i):%Y-%m-%d %H:%M}\n" for i in range(4000))
    path = tmp_path / "visits.csv"
    path.write_text("Pacjent;Telefon;Termin\n" + "".join(lines), encoding="utf-8")
    file = open_visits(path, zone_of=in_warsaw)
    rows = file.rows()
    next(rows)
    tracemalloc.start()
    taken = sum(1 for result in rows if result.value is not None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file.total == 4000
    assert taken > 3990
    assert peak < 2_000_000
