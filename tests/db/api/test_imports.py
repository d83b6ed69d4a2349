"""Files through the API: tried, taken in, looked at, undone, refused."""

from typing import Any

import pytest

from myosotis.flows.api_access import Scope
from myosotis.store.models import AuditEntry, ImportBatch, Patient, Visit
from tests.db.api.conftest import Answered, Caller, caller_of
from tests.db.make import Scene, make_practice

PATIENTS = "Nazwisko;Imię;Telefon;Język\nŻak;Ewa;601 234 567;ang.\nLis;Jan;12;pl\n"
VISITS = "Pacjent;Telefon;Termin;ID wizyty\nEwa Żak;601234567;2027-03-29 10:00;V1\nJan Lis;601234568;2027-03-29;V2\n"
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a@b\r\nDTSTART:20270329T080000Z\r\n"
    "DTEND:20270329T083000Z\r\nSUMMARY:Urlop\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def upload(call: Caller, path: str, text: str | bytes, content_type: str = "text/csv") -> Answered:
    data = text.encode() if isinstance(text, str) else text
    answer: Any = call.client.generic(
        "POST", f"/api/v1/imports/{path}", data, content_type=content_type,
        headers={"Authorization": f"Bearer {call.secret}"},
    )  # fmt: skip
    return answer


def counts(answer: Answered) -> tuple[int, int, int, int]:
    said = answer.json()
    return said["added"], said["changed"], said["unchanged"], said["refused"]


def test_good_rows_are_taken_and_bad_ones_named(call: Caller) -> None:
    answer = upload(call, "patients?language=en", PATIENTS)
    assert (answer.status_code, counts(answer)) == (200, (1, 0, 0, 1))
    (problem,) = answer.json()["problems"]
    assert (problem["row"], problem["column"], problem["code"], problem["refused"]) == (
        3,
        "Telefon",
        "phone_wrong",
        True,
    )
    assert problem["text"].startswith("Row 3, column “Telefon”: ")
    card = Patient.objects.get(last_name="Żak")
    assert (card.phone, card.language) == ("+48601234567", "en")
    assert counts(upload(call, "patients", PATIENTS)) == (0, 0, 1, 1)
    assert AuditEntry.objects.filter(action="import.begun").earliest("id").actor.startswith("key:")


def test_a_dry_run_says_the_same_and_writes_nothing(call: Caller, scene: Scene) -> None:
    tried = upload(call, f"visits?dry_run=true&calendar_id={scene.calendar.pk}", VISITS)
    assert tried.json()["id"] is None
    assert not Visit.objects.exists()
    assert not ImportBatch.objects.exists()
    done = upload(call, f"visits?calendar_id={scene.calendar.pk}", VISITS)
    assert counts(done) == counts(tried) == (1, 0, 0, 1)
    assert done.json()["problems"] == tried.json()["problems"]


def test_an_import_is_looked_at_and_undone_with_its_patients(call: Caller, scene: Scene) -> None:
    done = upload(call, f"visits?calendar_id={scene.calendar.pk}", VISITS).json()
    shown = call.get(f"imports/{done['id']}").json()
    assert (shown["what"], shown["added"], shown["rows_done"], shown["finished_at"]) == (
        "visits",
        1,
        2,
        "2027-03-22T09:00:00Z",
    )
    assert [(one["row"], one["code"]) for one in shown["problems"]] == [(3, "value_missing")]
    assert {item["what"] for item in call.get("imports").json()["items"]} == {"patients", "visits"}
    undone = call.post(f"imports/{done['id']}/undo")
    assert {one["what"]: one["removed"] for one in undone.json()} == {"visits": 1, "patients": 1}
    assert not Visit.objects.exists()
    assert call.post(f"imports/{done['id']}/undo").status_code == 409


def test_what_broke_off_goes_on_with_the_same_file(call: Caller, scene: Scene) -> None:
    path = f"visits?calendar_id={scene.calendar.pk}"
    first = upload(call, path, VISITS).json()["id"]
    ImportBatch.objects.update(finished_at=None, rows_done=0)
    Visit.objects.all().delete()
    again = upload(call, path, VISITS)
    assert (again.json()["id"], Visit.objects.count()) == (first, 1)


def test_events_become_blocked_time(call: Caller, scene: Scene) -> None:
    answer = upload(call, f"events?calendar_id={scene.calendar.pk}", EVENT, "text/calendar")
    assert (answer.json()["blocked"], scene.calendar.blocked_times.count()) == (1, 1)


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("patients", "", 422, "file_refused"),
        ("patients", b"PK\x03\x04" + b"\x00" * 40, 422, "file_refused"),
        ("visits", "Nazwisko;Zgoda na coś\nŻak;tak\n", 422, "file_refused"),
        ("events", EVENT, 422, "invalid"),
        ("visits?calendar_id=999999", VISITS, 404, "not_found"),
        ("patients?dry_run=perhaps", PATIENTS, 422, "invalid"),
        ("patients", b"x" * 3_000_000, 413, "too_large"),
    ],
)
def test_what_is_refused_as_a_whole(call: Caller, path: str, body: str | bytes, status: int, kind: str) -> None:
    answer = upload(call, path, body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:myosotis:problem:{kind}")
    assert not ImportBatch.objects.exists()


def test_another_practice_neither_sees_nor_undoes_it(call: Caller, scene: Scene) -> None:
    done = upload(call, f"visits?calendar_id={scene.calendar.pk}", VISITS).json()["id"]
    elsewhere = caller_of(make_practice("Gabinet obok"))
    assert elsewhere.get("imports").json()["items"] == []
    assert elsewhere.get(f"imports/{done}").status_code == 404
    assert elsewhere.post(f"imports/{done}/undo").status_code == 404
    assert upload(elsewhere, f"visits?calendar_id={scene.calendar.pk}", VISITS).status_code == 404
    reader = caller_of(scene.practice, Scope.VISITS_READ)
    assert upload(reader, "patients", PATIENTS).status_code == 403
    half = caller_of(scene.practice, Scope.VISITS_READ, Scope.VISITS_WRITE)
    assert upload(half, f"visits?calendar_id={scene.calendar.pk}", VISITS).status_code == 403
