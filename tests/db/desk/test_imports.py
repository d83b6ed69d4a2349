"""Importing at the desk: looked through first, taken in a piece at a time, looked back at, taken back."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from myosotis.domain.words import Role
from myosotis.importing import pieces, run
from myosotis.store.models import AuditEntry, ImportBatch, ImportFile, Message, Patient, Visit
from tests.db.desk.conftest import Staff, browser_of, make_staff
from tests.db.make import Scene, make_calendar, make_practice

URL = "/desk/settings/import"
DATA = Path(__file__).resolve().parents[2] / "data" / "intake"
PATIENTS = "Nazwisko;Imię;Telefon;=SUMA(A1)\nŻak;Ewa;601 234 567;1\nLis;Jan;12;2\nWilk;Ola;601234569;3\n"
VISITS = "Pacjent;Telefon;Termin\nEwa Żak;601234567;2027-03-29 10:00\nOla Wilk;601234569;2027-03-29 11:00\n"


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is one row."""
    monkeypatch.setattr(run, "LOT", 1)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", -1.0)


def upload(client: Client, text: str | bytes, name: str = "plik.csv", **given: object) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(URL, {"file": SimpleUploadedFile(name, data), "what": "", "calendar": "", **given})


def piece(client: Client, file: int, *, htmx: bool = True) -> Any:
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(f"{URL}/files/{file}/piece", headers=headers)


def pieces_of(client: Client, file: int) -> Iterator[Any]:
    """The answers of the pieces until the page is sent elsewhere."""
    for _ in range(30):
        answer = piece(client, file)
        yield answer
        if answer.headers.get("HX-Redirect"):
            return
    raise AssertionError("it never ended")


def tried(client: Client, text: str, **given: Any) -> ImportFile:
    upload(client, text, **given)
    file = ImportFile.objects.get()
    list(pieces_of(client, file.pk))
    file.refresh_from_db()
    return file


def taken(client: Client, text: str, **given: str) -> ImportBatch:
    file = tried(client, text)
    client.post(f"{URL}/files/{file.pk}/begin", given)
    last = list(pieces_of(client, file.pk))[-1]
    batch = ImportBatch.objects.latest("id")
    assert last.headers["HX-Redirect"] == reverse("desk:import_batch", args=[batch.pk])
    return batch


def test_a_file_is_looked_through_first_and_nothing_is_written(staff: Staff, scene: Scene) -> None:
    patients = Patient.objects.count()
    file = tried(staff.receptionist, PATIENTS)
    page = staff.receptionist.get(f"{URL}/files/{file.pk}").content.decode()
    assert (file.counts["added"], file.counts["refused"]) == (2, 1)
    assert "Wiersz 3, kolumna „Telefon”" in page
    assert "601234569" not in page
    assert Patient.objects.count() == patients
    assert not ImportBatch.objects.exists()


def test_it_is_taken_in_pieces_with_progress(staff: Staff, scene: Scene) -> None:
    file = tried(staff.receptionist, PATIENTS)
    staff.receptionist.post(f"{URL}/files/{file.pk}/begin")
    answers = list(pieces_of(staff.receptionist, file.pk))
    shown = [answer.content.decode() for answer in answers[:-1]]
    assert ['value="1"' in shown[0], 'value="2"' in shown[1]] == [True, True]
    assert all('max="3"' in one for one in shown)
    assert Patient.objects.filter(last_name__in=["Żak", "Wilk"]).count() == 2
    assert not ImportFile.objects.exists()
    looked_back = staff.receptionist.get(answers[-1].headers["HX-Redirect"])
    assert [(one.row, one.column) for one in looked_back.context["problems"]] == [(3, "telefon")]


def test_a_closed_page_goes_on_where_it_was(staff: Staff, scene: Scene) -> None:
    file = tried(staff.receptionist, PATIENTS)
    staff.receptionist.post(f"{URL}/files/{file.pk}/begin")
    piece(staff.receptionist, file.pk)
    assert reverse("desk:import_file", args=[file.pk]) in staff.owner.get(URL).content.decode()
    assert 'value="1"' in staff.owner.get(f"{URL}/files/{file.pk}").content.decode()
    list(pieces_of(staff.owner, file.pk))
    assert Patient.objects.filter(last_name__in=["Żak", "Wilk"]).count() == 2
    assert ImportBatch.objects.count() == 1


def test_it_works_without_scripts(staff: Staff, scene: Scene) -> None:
    upload(staff.receptionist, PATIENTS)
    file = ImportFile.objects.get()
    here = reverse("desk:import_file", args=[file.pk])
    while file.tried_at is None:
        assert piece(staff.receptionist, file.pk, htmx=False).headers["Location"] == here
        file.refresh_from_db()


@pytest.mark.parametrize(("given", "told"), [({}, False), ({"announce": "on"}, True)])
def test_patients_are_told_of_imported_visits_only_if_wanted(
    staff: Staff, scene: Scene, given: dict[str, str], told: bool
) -> None:
    taken(staff.owner, VISITS, **given)
    assert Visit.objects.count() == 2
    assert Message.objects.filter(kind="details", status="planned").exists() is told


def test_an_import_is_looked_back_at_and_taken_back(staff: Staff, scene: Scene) -> None:
    before = Patient.objects.count()
    batch = taken(staff.receptionist, VISITS)
    page = staff.receptionist.get(URL).content.decode()
    assert reverse("desk:import_batch", args=[batch.pk]) in page
    assert staff.receptionist.get(f"{URL}/{batch.pk}").status_code == HTTPStatus.OK
    undo = f"{URL}/{batch.pk}/undo"
    assert staff.receptionist.get(undo).status_code == HTTPStatus.OK
    assert Visit.objects.count() == 2
    staff.receptionist.post(undo)
    assert (Visit.objects.count(), Patient.objects.count()) == (0, before)
    assert staff.receptionist.post(undo).status_code == HTTPStatus.FOUND


def test_undoing_ends_what_another_page_is_still_taking_in(staff: Staff, scene: Scene) -> None:
    file = tried(staff.receptionist, PATIENTS)
    staff.receptionist.post(f"{URL}/files/{file.pk}/begin")
    piece(staff.receptionist, file.pk)
    staff.owner.post(f"{URL}/{ImportBatch.objects.get().pk}/undo")
    assert piece(staff.receptionist, file.pk).status_code == HTTPStatus.NOT_FOUND
    assert not Patient.objects.filter(last_name__in=["Żak", "Wilk"]).exists()


def test_the_report_is_a_file_in_which_nothing_runs(staff: Staff, scene: Scene) -> None:
    file = tried(staff.receptionist, PATIENTS)
    answer = staff.receptionist.get(f"{URL}/files/{file.pk}/report.csv")
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 3
    assert rows[1].split(";")[1] == "'=SUMA(A1)"
    assert AuditEntry.objects.filter(action="import.exported").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("to nie jest tabela", "Nie znaleziono wiersza z nagłówkami"),
        (b"PK\x03\x04" + bytes(40), "skoroszyt"),
        ("Nazwisko;Zgoda na coś\nŻak;tak\n", "Nieznana kolumna zgody"),
        ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "do którego kalendarza"),
    ],
)
def test_what_cannot_be_taken_says_why_and_is_not_kept(
    staff: Staff, scene: Scene, text: str | bytes, said: str
) -> None:
    answer = upload(staff.receptionist, text)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in answer.content.decode()
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("[a-z]*")))
def test_real_files_are_looked_through(staff: Staff, scene: Scene, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOT", 1000)
    upload(staff.receptionist, (DATA / name).read_bytes(), name, calendar=str(scene.calendar.pk))
    file = ImportFile.objects.get()
    list(pieces_of(staff.receptionist, file.pk))
    page = staff.receptionist.get(f"{URL}/files/{file.pk}")
    assert page.status_code == HTTPStatus.OK
    assert "Co się stanie" in page.content.decode()


def test_a_doctor_imports_nothing(staff: Staff, scene: Scene) -> None:
    file = tried(staff.receptionist, PATIENTS)
    assert staff.doctor.get(URL).status_code == HTTPStatus.FORBIDDEN
    assert upload(staff.doctor, PATIENTS).status_code == HTTPStatus.FORBIDDEN
    for word in ("piece", "begin", "remove"):
        assert staff.doctor.post(f"{URL}/files/{file.pk}/{word}").status_code == HTTPStatus.FORBIDDEN
    assert ImportFile.objects.get().begun_at is None


def test_nothing_of_another_practice_is_there(staff: Staff, scene: Scene) -> None:
    other = make_practice("Inny")
    stranger = browser_of(make_staff(other, Role.OWNER))
    batch, file = taken(staff.receptionist, VISITS), tried(staff.receptionist, PATIENTS)
    assert "plik.csv" not in stranger.get(URL).content.decode()
    for path in (
        f"files/{file.pk}",
        f"files/{file.pk}/report.csv",
        f"{batch.pk}",
        f"{batch.pk}/report.csv",
        f"{batch.pk}/undo",
    ):
        assert stranger.get(f"{URL}/{path}").status_code == HTTPStatus.NOT_FOUND
    for path in (f"files/{file.pk}/piece", f"files/{file.pk}/begin", f"files/{file.pk}/remove", f"{batch.pk}/undo"):
        assert stranger.post(f"{URL}/{path}").status_code == HTTPStatus.NOT_FOUND
    assert ImportFile.objects.filter(begun_at=None).exists()
    foreign = make_calendar(other)
    answer = upload(staff.receptionist, VISITS, calendar=str(foreign.pk))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_queries_do_not_grow_with_history_and_report(
    staff: Staff, scene: Scene, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        ImportBatch.objects.create(
            practice=scene.practice, what="patients", file_hash=f"{number:064}", started_at=scene.practice.created_at,
            problems=[{"row": 2, "field": "phone", "code": "phone_wrong"}],
        )  # fmt: skip
    file = tried(staff.receptionist, PATIENTS)
    with django_assert_max_num_queries(11):
        staff.receptionist.get(URL)
    with django_assert_max_num_queries(9):
        staff.receptionist.get(f"{URL}/files/{file.pk}")
    with django_assert_max_num_queries(10):
        staff.receptionist.get(f"{URL}/{ImportBatch.objects.latest('id').pk}")
