"""`myosotis import`: a file in Windows-1250 goes in, once, and can be taken back."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from myosotis import clock
from myosotis.domain.values import utc
from myosotis.ops import cli
from myosotis.sandbox.demo.practice import make_practice
from myosotis.store.models import AuditEntry, BlockedTime, ImportBatch, Message, Patient, Practice, Visit
from tests.db.make import ahead, send_due

NOW = utc(2027, 3, 1, 8)
VISITS = (
    "Data;Godzina;Pacjent;Telefon;E-mail;Lekarz;Adres;Id wizyty\r\n"
    "29.03.2027;10:00;Żaneta Łęcka;600 100 200;zaneta@example.com;Nowicka;Błękitna;a1\r\n"
    "28.03.2027;02:30;Jan Kowalski;600 100 201;;Nowicka;Błękitna;a2\r\n"
    "30.03.2027;11:00;Ewa Żak;12;;Nowicka;Błękitna;a3\r\n"
    "31.03.2027;12:00;Adam Śliwa;;;Zieliński;Rynek;a4\r\n"
)
EVENTS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n"
    "BEGIN:VEVENT\r\nUID:e1\r\n"
    "DTSTART:20270310T090000Z\r\nDTEND:20270310T093000Z\r\nSUMMARY:Kowalski Jan kontrola\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:e2\r\n"
    "DTSTART:20270311T090000Z\r\nDTEND:20270311T093000Z\r\nSUMMARY:Serwis aparatu\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n"
)
Run = Callable[..., int]


@pytest.fixture
def practice(db: None, monkeypatch: pytest.MonkeyPatch) -> Practice:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_practice(NOW)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("myosotis.ops.commands.intake.bring_up", lambda: settings.MYOSOTIS)

    def run(*words: str | Path) -> int:
        return cli.main(["import", *map(str, words)])

    return run


def file(tmp_path: Path, text: str, encoding: str) -> Path:
    path = tmp_path / "file"
    path.write_bytes(text.encode(encoding))
    return path


def test_visits_go_in_and_bad_rows_are_named(
    practice: Practice, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, report = file(tmp_path, VISITS, "cp1250"), tmp_path / "report.csv"
    cards, audited = Patient.objects.count(), AuditEntry.objects.count()
    assert run("visits", path, "--dry-run") == 0
    foretold = capsys.readouterr().out
    assert (Visit.objects.count(), Patient.objects.count(), ImportBatch.objects.count()) == (0, cards, 0)
    assert (Message.objects.count(), AuditEntry.objects.count()) == (0, audited)
    assert run("visits", path, "--report", report) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[:-1] == foretold.splitlines()[:-1], "a dry run says what the import says"
    assert said.splitlines()[0] == "Read as Windows-1250, 4 rows"
    assert "2 added, 0 changed, 0 unchanged, 2 left out" in said
    assert set(Visit.objects.values_list("external_id", flat=True)) == {"a1", "a4"}
    assert Visit.objects.get(external_id="a1").start == utc(2027, 3, 29, 8)
    assert Patient.objects.filter(last_name="Łęcka", phone="+48600100200").count() == 1
    assert "Wiersz 3" in said
    assert "Wiersz 4" in said
    assert "Kowalski" not in said + report.read_text(encoding="utf-8-sig")
    assert not Message.objects.filter(kind="details", status="planned").exists()


def test_the_same_file_again_changes_nothing(practice: Practice, run: Run, tmp_path: Path) -> None:
    path = file(tmp_path, VISITS, "cp1250")
    run("visits", path)
    before = list(Message.objects.order_by("id").values("id", "status", "due_at"))
    cards = Patient.objects.count()
    run("visits", path)
    assert list(Message.objects.order_by("id").values("id", "status", "due_at")) == before
    assert (Visit.objects.count(), Patient.objects.count()) == (2, cards)


def test_an_import_is_undone_with_the_cards_that_it_made(practice: Practice, run: Run, tmp_path: Path) -> None:
    cards = Patient.objects.count()
    run("visits", file(tmp_path, VISITS, "cp1250"))
    batch = ImportBatch.objects.get(what="visits")
    assert run("--undo", str(batch.uuid)) == 0
    assert (Visit.objects.count(), Patient.objects.count()) == (0, cards)
    assert run("--undo", "nonsense") == 2


def test_an_import_of_which_patients_were_told_is_cancelled_for_them(
    practice: Practice, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    practice.provider_accounts.create(channel="email", provider="smtp", receipt_key="k")
    run("visits", file(tmp_path, VISITS, "cp1250"), "--announce")
    told = Visit.objects.get(external_id="a1")
    left = send_due(told, NOW + timedelta(minutes=2))
    assert [row.kind for row in left] == ["details"]
    undo = capsys.readouterr().out.rpartition("--undo ")[2].rstrip(")\n")
    assert run("--undo", undo) == 0
    assert "visits: 1 removed, 1 cancelled (their patients knew)" in capsys.readouterr().out
    assert list(Visit.objects.values_list("external_id", "status")) == [("a1", "cancelled")]
    assert ("cancelled", "email") in ahead(told)
    assert Patient.objects.filter(last_name="Łęcka").exists()
    assert not Patient.objects.filter(last_name="Śliwa").exists()
    assert run("--undo", undo) == 2, "once"


def test_a_person_who_looks_on_sees_how_far_it_is(
    practice: Practice, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, VISITS, "cp1250")
    run("visits", path, "--dry-run")
    assert "█" not in capsys.readouterr().err, "a log file wants no bar"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    run("visits", path)
    assert capsys.readouterr().err.endswith(f"{'█' * 40} 4/4\n")


def test_an_event_of_nobody_blocks_time(practice: Practice, run: Run, tmp_path: Path) -> None:
    path = file(tmp_path, EVENTS, "utf-8")
    calendar = practice.calendars.earliest("id")
    assert run("calendar", path) == 2, "which calendar must be said"
    assert run("calendar", path, "--calendar", str(calendar.pk)) == 0
    visit = Visit.objects.get()
    assert visit.patient.full_name == "Jan Kowalski"
    assert [row.source_uid for row in BlockedTime.objects.all()] == ["e2"]
    assert run("calendar", path, "--calendar", str(calendar.pk)) == 0
    assert (Visit.objects.count(), BlockedTime.objects.count()) == (1, 1)


def test_a_file_that_is_none_is_refused(practice: Practice, run: Run, tmp_path: Path) -> None:
    assert run("visits", tmp_path / "nothing.csv") in (1, 2)
    assert run("visits", file(tmp_path, "a;b\r\n1;2\r\n", "utf-8")) == 1
