"""A column "Gabinet" is a place or a room, and the report says for which it was taken."""

from zoneinfo import ZoneInfo

import pytest

from myosotis.domain.words import Language
from myosotis.intake import CalendarReference, Code, open_visits, problem_text
from myosotis.intake.offices import looks_like_room
from tests.unit.intake.conftest import WARSAW, Write


def in_warsaw(_: CalendarReference) -> ZoneInfo:
    return WARSAW


@pytest.mark.parametrize(
    ("headings", "cells", "code", "address", "room"),
    [
        ("Gabinet", ("Krowodrza", "Podgórze"), Code.COLUMN_AS_ADDRESS, "Krowodrza", ""),
        ("Gabinet", ("ul. Długa 5", "Krótka 2"), Code.COLUMN_AS_ADDRESS, "ul. Długa 5", ""),
        ("Gabinet", ("3", "Podgórze"), Code.COLUMN_AS_ADDRESS, "3", ""),
        ("Gabinet", ("3", "12a"), Code.COLUMN_AS_ROOM, "", "3"),
        ("Gabinet", ("gab. nr 3", ""), Code.COLUMN_AS_ROOM, "", "gab. nr 3"),
        ("Gabinet", ("", ""), Code.COLUMN_AS_ROOM, "", ""),
        ("Adres;Gabinet", ("Długa 5;Krowodrza", "Długa 5;2"), Code.COLUMN_AS_ROOM, "Długa 5", "Krowodrza"),
        ("Pokój", ("3", "4"), None, "", "3"),
    ],
)
def test_it_is_told_by_its_cells_and_its_neighbours(
    write: Write, headings: str, cells: tuple[str, str], code: Code | None, address: str, room: str
) -> None:
    rows = "".join(f"Kowalska;601234567;2027-03-29 1{n}:00;{cell}\n" for n, cell in enumerate(cells))
    file = open_visits(write(f"Pacjent;Telefon;Termin;{headings}\n{rows}"), zone_of=in_warsaw)
    assert [problem.code for problem in file.problems] == ([] if code is None else [code])
    assert not any(problem.is_error for problem in file.problems)
    first = next(iter(file.rows())).value
    assert first is not None
    assert first.calendar == CalendarReference(address=address, room=room)


@pytest.mark.parametrize(("language", "word"), [(Language.PL, "Gabinet"), (Language.EN, "Gabinet")])
def test_the_report_names_the_column_and_the_way_out(write: Write, language: Language, word: str) -> None:
    path = write("Pacjent;Telefon;Termin;Gabinet\nKowalska;601234567;2027-03-29 10:00;Krowodrza\n")
    (problem,) = open_visits(path, zone_of=in_warsaw).problems
    said = problem_text(problem, language)
    assert word in said
    assert ("Pokój" if language is Language.PL else "Room") in said
    assert "Krowodrza" not in said


@pytest.mark.parametrize(
    "text", ["3", "12a", "12 A", "gab. 3", "Gabinet 3", "pokój nr 7", "B 12", "IV", "sala 2", "Nr 5"]
)
def test_rooms(text: str) -> None:
    assert looks_like_room(text)


@pytest.mark.parametrize(
    "text", ["Długa 5", "Krowodrza", "Gabinet Krowodrza", "Centrum Zdrowia 2", "Kraków", "ul. 3 Maja 5"]
)
def test_places(text: str) -> None:
    assert not looks_like_room(text)
