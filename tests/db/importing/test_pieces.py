"""An uploaded file is tried and taken in a piece at a time (docs/rules.md 2)."""

from datetime import timedelta
from pathlib import Path

import pytest

from myosotis import clock
from myosotis.dispatch.pruner import prune
from myosotis.flows import import_files
from myosotis.flows.errors import Conflict, NotFound
from myosotis.importing import pieces, run
from myosotis.importing.pieces import CalendarMissingError
from myosotis.intake import FileRefusedError
from myosotis.store.models import ImportBatch, ImportFile, Message, Patient, Visit
from tests.db.make import ACTOR, NOW, Scene, make_calendar, make_practice
from tests.db.web.letters import Hand, take_clock

WHO = ACTOR
PATIENTS = "Nazwisko;Imię;Telefon;Pesel\n" + "".join(f"Żak{n};Ewa;60123456{n};1\n" for n in range(5)) + "Lis;Jan;12;2\n"
VISITS = "Pacjent;Telefon;Termin\n" + "".join(f"Ewa Żak{n};60123456{n};2027-03-29 1{n}:00\n" for n in range(5))
EVENTS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a@b\r\nDTSTART:20270329T080000Z\r\n"
    "DTEND:20270329T083000Z\r\nRRULE:FREQ=DAILY;COUNT=7\r\nSUMMARY:Urlop\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hand:
    """Each piece is two rows."""
    hand = take_clock(tmp_path, monkeypatch)
    hand.set(NOW)
    monkeypatch.setattr(run, "LOT", 2)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", -1.0)
    return hand


def upload(scene: Scene, text: str, *, what: str = "", calendar_id: int | None = None) -> ImportFile:
    return pieces.upload(
        practice=scene.practice, data=text.encode(), name="plik.csv", what=what, calendar_id=calendar_id, actor=WHO,
        now=clock.now(),
    )  # fmt: skip


def work(scene: Scene, file: ImportFile) -> ImportBatch | None:
    return pieces.work(practice=scene.practice, file_id=file.pk, actor=WHO)


def tried(scene: Scene, file: ImportFile) -> ImportFile:
    """After the whole dry run."""
    while file.tried_at is None:
        before = file.done
        assert work(scene, file) is None
        file.refresh_from_db()
        assert file.done > before or file.tried_at is not None, "a piece that does nothing never ends"
    return file


def taken(scene: Scene, file: ImportFile, *, announce: bool = False) -> ImportBatch:
    import_files.begin(practice=scene.practice, file_id=file.pk, announce=announce, now=clock.now())
    for _ in range(20):
        batch = work(scene, file)
        if batch is not None:
            return batch
    raise AssertionError("it never ended")


@pytest.mark.parametrize(("text", "what"), [(PATIENTS, "patients"), (VISITS, "visits"), (EVENTS, "events")])
def test_what_a_file_is_is_told_from_itself(scene: Scene, text: str, what: str) -> None:
    assert upload(scene, text, calendar_id=scene.calendar.pk).what == what


def test_the_file_lies_sealed(scene: Scene) -> None:
    file = upload(scene, PATIENTS)
    file.refresh_from_db()
    assert b"601234560" not in bytes(file.sealed)
    assert file.columns == [["Nazwisko", "family_name"], ["Imię", "given_name"], ["Telefon", "phone"]]
    assert [(one["code"], one["column"]) for one in file.problems] == [("column_ignored", "Pesel")]


def test_the_dry_run_counts_and_writes_nothing(scene: Scene) -> None:
    patients = Patient.objects.count()
    file = tried(scene, upload(scene, PATIENTS))
    assert file.counts == {"added": 5, "changed": 0, "unchanged": 0, "blocked": 0, "refused": 1}
    assert [one["code"] for one in file.problems] == ["column_ignored", "phone_wrong"]
    assert pieces.problem_of(file.problems[1]).row == 7
    assert (Patient.objects.count(), ImportBatch.objects.count()) == (patients, 0)


def test_it_is_taken_in_pieces_and_the_file_is_gone(scene: Scene) -> None:
    file = tried(scene, upload(scene, PATIENTS))
    import_files.begin(practice=scene.practice, file_id=file.pk, announce=False, now=NOW)
    assert work(scene, file) is None
    assert Patient.objects.filter(last_name__startswith="Żak").count() == 2
    batch = taken(scene, file)
    assert (batch.added, batch.rows_done, batch.finished_at) == (5, 6, NOW)
    assert [one["code"] for one in batch.problems] == ["phone_wrong"]
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize("announce", [False, True])
def test_visits_are_announced_only_where_asked_for(scene: Scene, announce: bool) -> None:
    batch = taken(scene, tried(scene, upload(scene, VISITS)), announce=announce)
    assert (batch.what, batch.added, batch.announce) == ("visits", 5, announce)
    assert Visit.objects.count() == 5
    assert Message.objects.filter(kind="details", status="planned").exists() is announce


def test_events_need_their_calendar(scene: Scene) -> None:
    with pytest.raises(CalendarMissingError):
        upload(scene, EVENTS)
    batch = taken(scene, tried(scene, upload(scene, EVENTS, calendar_id=scene.calendar.pk)))
    assert scene.calendar.blocked_times.count() == 7
    assert batch.what == "events"


def test_events_are_those_from_the_upload_on_however_long_it_takes(scene: Scene, small_pieces: Hand) -> None:
    """Otherwise a pause would shift what the next piece passes over."""
    small_pieces.set(NOW + timedelta(days=27))
    file = tried(scene, upload(scene, EVENTS, calendar_id=scene.calendar.pk))
    import_files.begin(practice=scene.practice, file_id=file.pk, announce=False, now=clock.now())
    work(scene, file)
    small_pieces.set(NOW + timedelta(days=31))
    taken(scene, file)
    assert scene.calendar.blocked_times.count() == 7


def test_nothing_is_taken_before_it_was_tried(scene: Scene) -> None:
    with pytest.raises(Conflict, match="not_tried"):
        import_files.begin(practice=scene.practice, file_id=upload(scene, PATIENTS).pk, announce=False, now=NOW)


def test_two_pages_do_not_work_on_one_file(scene: Scene) -> None:
    file = upload(scene, PATIENTS)
    wall = clock.wall()
    import_files.occupy(practice=scene.practice, file_id=file.pk, wall=wall)
    with pytest.raises(Conflict, match="busy"):
        import_files.occupy(practice=scene.practice, file_id=file.pk, wall=wall)
    import_files.occupy(practice=scene.practice, file_id=file.pk, wall=wall + import_files.PATIENCE)


def test_a_process_that_died_at_the_very_end_takes_nothing_twice(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tried(scene, upload(scene, PATIENTS))
    with monkeypatch.context() as patch:
        patch.setattr(import_files, "remove", lambda **_given: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            taken(scene, file)
    ImportFile.objects.update(busy_until=None)
    assert taken(scene, file) == ImportBatch.objects.get()


def test_the_file_of_another_practice_is_not_there(scene: Scene) -> None:
    file = upload(scene, PATIENTS)
    other = make_practice("Inny")
    for act in (
        lambda: pieces.work(practice=other, file_id=file.pk, actor=WHO),
        lambda: import_files.begin(practice=other, file_id=file.pk, announce=False, now=NOW),
        lambda: import_files.remove(practice=other, file_id=file.pk, actor=WHO, now=NOW),
        lambda: upload(scene, VISITS, calendar_id=make_calendar(other).pk),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_file_that_nobody_takes_in_goes_after_a_day(scene: Scene) -> None:
    upload(scene, PATIENTS)
    prune(NOW + timedelta(days=1))
    assert ImportFile.objects.exists()
    prune(NOW + timedelta(days=1, seconds=1))
    assert not ImportFile.objects.exists()


def test_what_is_no_table_is_refused_and_not_kept(scene: Scene) -> None:
    with pytest.raises(FileRefusedError):
        upload(scene, "to nie jest tabela")
    assert not ImportFile.objects.exists()
