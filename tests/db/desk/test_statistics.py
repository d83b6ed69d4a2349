"""The page of statistics: charts with tables, the file, and who sees what."""

import csv
import io
import re
from datetime import date, timedelta
from http import HTTPStatus
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.words import Party, Role, Via
from myosotis.flows import visit_marked
from myosotis.flows.visit_marked import Mark
from myosotis.store import statistics_kept
from myosotis.store.models import Doctor
from myosotis.web.desk.statistics import drawing
from myosotis.web.desk.statistics.drawing import Series, axis_top
from tests.db.desk.conftest import Staff, browser_of, make_staff
from tests.db.make import ACTOR, NEXT_WEEK, Scene, book, hours, make_calendar, make_patient, make_practice
from tests.db.web.letters import Hand

PAGE = reverse("desk:statistics")
FILE = reverse("desk:statistics_table")
LATER = NEXT_WEEK + timedelta(days=2)


@pytest.fixture
def held(scene: Scene, hand: Hand) -> None:
    """Three visits, one of them missed and one booked online; and one of a colleague."""
    visits = [
        book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(at), by=by, via=via)
        for at, (by, via) in enumerate(
            [(Party.PRACTICE, Via.DESK), (Party.PRACTICE, Via.DESK), (Party.PATIENT, Via.PORTAL)]
        )
    ]
    colleague = Doctor.objects.create(practice=scene.practice, name="=Ewa Lis")
    book(make_calendar(scene.practice, colleague), make_patient(scene.practice))
    visit_marked.mark(
        practice=scene.practice, visit_id=visits[0].pk, mark=Mark.NO_SHOW, via=Via.DESK, actor=ACTOR, now=LATER
    )
    hand.set(LATER)


def rows_of(client: Client, **query: str) -> list[list[str]]:
    answer = client.get(FILE, query)
    assert answer.status_code == HTTPStatus.OK
    text = answer.content.decode("utf-8")
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";"))


def text_of(client: Client, **query: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(PAGE, query).content.decode()))


@pytest.mark.usefixtures("held")
def test_the_numbers_stand_in_tiles_charts_and_tables(staff: Staff) -> None:
    page = staff.owner.get(PAGE).content.decode()
    shown = text_of(staff.owner)
    assert "odbyte wizyty 3" in shown
    assert "Marzec 2027 3 1 0 0 0 25,0 %" in shown
    assert "Razem 3 1 0 0 0 25,0 %" in shown
    drawings = re.findall(r"<svg class=\"chart\".*?</svg>", page, re.DOTALL)
    assert len(drawings) >= 3
    for one in drawings:
        root = ET.fromstring(one)  # noqa: S314 - our own drawing
        assert root.get("role") == "img"
        assert root.get("aria-label")
        assert "style" not in {name for element in root.iter() for name in element.attrib}
    assert "<title>03.27: odbyte 3</title>" in page


@pytest.mark.usefixtures("held")
def test_a_doctor_sees_own_calendars_only(staff: Staff, scene: Scene) -> None:
    assert "odbyte wizyty 2" in text_of(staff.doctor)
    assert "Ewa Lis" not in text_of(staff.doctor)
    assert {row[1] for row in rows_of(staff.doctor)[1:]} == {scene.calendar.doctor.full_name}
    colleague = Doctor.objects.get(name="=Ewa Lis").calendars.get()
    for page in (PAGE, FILE):
        assert staff.doctor.get(page, {"calendar": colleague.pk}).status_code == HTTPStatus.NOT_FOUND
    assert "odbyte wizyty 1" in text_of(staff.owner, calendar=str(colleague.pk))


@pytest.mark.usefixtures("held")
def test_another_practice_sees_nothing_of_it(scene: Scene) -> None:
    stranger = browser_of(make_staff(make_practice(name="Obok"), Role.OWNER))
    assert "Nie ma jeszcze czego liczyć" in text_of(stranger)
    assert stranger.get(PAGE, {"calendar": scene.calendar.pk}).status_code == HTTPStatus.NOT_FOUND
    assert rows_of(stranger)[1:] == []


@pytest.mark.usefixtures("held")
def test_the_file_opens_in_a_polish_spreadsheet(staff: Staff, scene: Scene) -> None:
    header, *rows = rows_of(staff.owner, chart="visits", **{"from": "2027-03", "to": "2027-03"})
    assert header[:5] == ["Miesiąc", "Lekarz", "Adres", "odbyte", "nieobecności"]
    by_doctor = {row[1]: row for row in rows if row[1]}
    own = by_doctor[scene.calendar.doctor.full_name]
    assert [own[0], *own[3:]] == ["2027-03", "2", "1", "0", "0", "0", "33,3"]
    assert "'=Ewa Lis" in by_doctor, "a name is no formula"
    assert staff.owner.get(FILE, {"chart": "nothing"}).status_code == HTTPStatus.NOT_FOUND
    assert staff.owner.get(FILE).headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.usefixtures("held")
def test_months_are_chosen_and_nonsense_is_not_heeded(staff: Staff) -> None:
    assert {row[0] for row in rows_of(staff.owner, **{"from": "2027-03", "to": "2027-01"})[1:]} == {
        "2027-01", "2027-02", "2027-03",
    }  # fmt: skip
    assert len({row[0] for row in rows_of(staff.owner, **{"from": "1900-01", "to": "x"})[1:]}) == 12
    assert staff.owner.get(PAGE, {"calendar": "x"}).status_code == HTTPStatus.NOT_FOUND


def test_the_page_takes_few_queries_whatever_was_counted(
    staff: Staff, scene: Scene, hand: Hand, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(20):
        book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(days=day))
    hand.set(NEXT_WEEK + timedelta(days=100))
    statistics_kept.keep(NEXT_WEEK + timedelta(days=100))
    with django_assert_max_num_queries(30):
        staff.owner.get(PAGE, {"from": "2027-03"})
    with django_assert_max_num_queries(25):
        staff.owner.get(PAGE, {"from": "2027-03", "to": "2027-05"})


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 4), (1, 4), (4, 4), (5, 8), (9, 10), (17, 20), (21, 40), (99, 100), (1300, 2000), (41_000, 80_000)],
)
def test_an_axis_ends_at_a_round_number(largest: float, top: float) -> None:
    assert axis_top(largest) == top


def test_a_line_is_broken_where_there_is_nothing_to_say() -> None:
    series = Series(label="a < b", values=[1.0, None, 2.0, 4.0], shown=["1", "-", "2", "4"])
    drawn = drawing.lines("Tytuł", [f"{date(2027, month, 1):%m}" for month in range(1, 5)], [series])
    assert drawn.count("<circle") == 3
    assert re.findall(r'd="([^"]+)"', drawn)[0].count("M") == 2
    assert "a &lt; b" in drawn
