"""What one practice's statements see and write of another's: nothing (docs/rules.md 7.7, docs/database.md)."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import ProgrammingError

from myosotis.store import bulk
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import ApiKey, AuditEntry, Doctor, Message, Patient, Practice, Visit
from tests.db.apart.conftest import as_web
from tests.db.make import Scene, book, make_calendar, make_patient, make_practice


@pytest.fixture
def other(scene: Scene, left_open: frozenset[str]) -> Visit:
    """A visit in another practice."""
    practice = make_practice(name="Obok")
    return book(make_calendar(practice), make_patient(practice, last_name="Obca"))


def test_every_table_with_a_practice_is_locked_by_a_migration(db: None, left_open: frozenset[str]) -> None:
    assert left_open == frozenset(), "a new table with a practice needs policies.lock in a migration"


def test_without_a_scope_nothing_is_there(scene: Scene, other: Visit) -> None:
    with as_web():
        assert [Practice.objects.count(), Visit.objects.count(), Message.objects.count()] == [0, 0, 0]


def test_the_own_rows_are_read_and_written(scene: Scene, other: Visit) -> None:
    with as_web(), scope.of_practice(scene.practice.pk):
        patient = make_patient(scene.practice)
        visit = book(scene.calendar, patient)
        Patient.objects.filter(pk=patient.pk).update(first_name="Ewa")
        assert Patient.objects.get(pk=patient.pk).first_name == "Ewa"
        assert set(Visit.objects.values_list("practice_id", flat=True)) == {scene.practice.pk}
        assert visit.messages.exists()
        assert make_patient(scene.practice).delete()[0]


def test_a_foreign_row_is_not_found(scene: Scene, other: Visit) -> None:
    with as_web(), scope.of_practice(scene.practice.pk):
        assert Visit.objects.filter(pk=other.pk).first() is None
        assert not Visit.objects.filter(uuid=other.uuid).exists()
        assert not Patient.objects.filter(last_name="Obca").exists()
        assert Visit.objects.filter(pk=other.pk).update(revision=9) == 0
        assert Visit.objects.filter(pk=other.pk).delete()[0] == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM store_message WHERE visit_id = %s", [other.pk])
            assert cursor.fetchone() == (0,)
            cursor.execute("UPDATE store_patient SET first_name = 'x' -- all of them")
            assert cursor.rowcount == scene.practice.patients.count()
    other.patient.refresh_from_db()
    assert other.patient.first_name != "x"


def refused(write: Callable[[], object]) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        write()


def test_nothing_is_written_into_another_practice(scene: Scene, other: Visit) -> None:
    mine, foreign = scene.calendar.doctor, other.practice_id
    theirs = other.calendar.doctor
    with as_web(), scope.of_practice(scene.practice.pk):
        refused(lambda: Doctor.objects.create(practice_id=foreign, name="Nikt"))
        refused(lambda: Doctor.objects.bulk_create([Doctor(practice_id=foreign, name=name) for name in "ab"]))
        refused(lambda: Doctor.objects.filter(pk=mine.pk).update(practice_id=foreign))
        refused(lambda: bulk.insert(Doctor, ["practice_id", "name", *BLANK], [[foreign, "Nikt", *FILLED]]))
        bulk.insert(Doctor, ["practice_id", "name", *BLANK], [[scene.practice.pk, "Ktoś", *FILLED]])
        bulk.update(Doctor, ["name"], [["Zmieniona", doctor.pk] for doctor in (mine, theirs)])
    assert not Doctor.objects.filter(practice_id=foreign, name__in=["Nikt", "Zmieniona", "a", "b"]).exists()
    assert set(scene.practice.doctors.values_list("name", flat=True)) == {"Ktoś", "Zmieniona"}


BLANK = ("external_id", "title", "specialty", "sensitive", "slug", "profile", "review_address")
FILLED = ("", "", "", False, "", "", "")


def divide_by_zero(practice_id: int) -> None:
    with scope.of_practice(practice_id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def test_a_scope_ends_also_after_an_error_and_within_one_transaction(scene: Scene, other: Visit) -> None:
    with as_web():
        with pytest.raises(DatabaseError):
            divide_by_zero(scene.practice.pk)
        assert Practice.objects.count() == 0
        with scope.of_practice(other.practice_id):
            with scope.of_practice(scene.practice.pk):
                assert Practice.objects.get() == scene.practice
            assert Practice.objects.get() == other.practice
        assert Practice.objects.count() == 0


def test_looking_across_tells_whose_it_is_and_no_more(scene: Scene, other: Visit) -> None:
    message = Message.objects.filter(practice_id=other.practice_id).latest("id")
    with as_web():
        with scope.across(Why.LINK):
            assert Message.objects.filter(uuid=message.uuid).values_list("practice_id").get() == (other.practice_id,)
            for query in (Visit.objects.all(), Patient.objects.values("last_name"), Message.objects.values("price")):
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                    query.first()
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                ApiKey.objects.update(name="x")
        assert Message.objects.count() == 0, "and it is over"


def test_several_practices_are_seen_together_and_no_third(scene: Scene, other: Visit) -> None:
    make_practice(name="Trzecia")
    with as_web(), scope.of_practices([scene.practice.pk, other.practice_id]):
        assert set(Practice.objects.all()) == {scene.practice, other.practice}
        with scope.of_practice(scene.practice.pk):
            assert Practice.objects.get() == scene.practice


def test_the_web_removes_neither_an_entry_of_the_audit_log_nor_a_practice(
    scene: Scene, left_open: frozenset[str]
) -> None:
    with as_web(), scope.of_practice(scene.practice.pk):
        for rows in (AuditEntry.objects.all(), Practice.objects.all()):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                rows._raw_delete(rows.db)
