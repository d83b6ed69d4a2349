"""Who may come in, what is remembered, what is limited."""

from pathlib import Path

import pytest
from django.test import Client

from myosotis.api.app import description
from myosotis.flows.actor import SYSTEM
from myosotis.flows.api_access import Scope, revoke_key
from tests.db.api.conftest import NOW, Caller, caller_of
from tests.db.make import Scene, make_patient, make_practice

START = "2027-03-29T10:00:00+02:00"


def test_without_a_key_nothing_is_told(scene: Scene, frozen: Path) -> None:
    answer = Client().get("/api/v1/visits/1")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["status"] == 401


@pytest.mark.parametrize("secret", ["", "myo", "myo_a_b", "myo_00000000_guess", "x" * 3000])
def test_a_wrong_key_is_refused(scene: Scene, frozen: Path, secret: str) -> None:
    assert Caller(secret=secret).get("visits").status_code == 401


def test_a_revoked_key_is_refused(call: Caller, scene: Scene) -> None:
    key = scene.practice.api_keys.get()
    revoke_key(practice=scene.practice, key_id=key.pk, actor=SYSTEM, now=NOW)

    assert call.get("visits").status_code == 401


def test_a_key_does_only_what_its_scopes_say(scene: Scene, frozen: Path) -> None:
    reader = caller_of(scene.practice, Scope.VISITS_READ)

    assert reader.get("visits").status_code == 200
    assert reader.post("visits", {}).status_code == 403
    assert reader.get("patients").status_code == 403


def test_another_practice_is_out_of_reach(call: Caller, scene: Scene) -> None:
    foreign = make_patient(make_practice("Obca"))
    answers = [
        call.get(f"patients/{foreign.pk}"),
        call.patch(f"patients/{foreign.pk}", {"last_name": "X"}),
        call.delete(f"patients/{foreign.pk}"),
        call.post("visits", {"calendar_id": scene.calendar.pk, "patient_id": foreign.pk, "start": START}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert foreign.last_name not in b"".join(answer.content for answer in answers).decode()


def test_no_answer_is_kept_on_the_way(call: Caller, scene: Scene) -> None:
    for path in (f"patients/{scene.patient.pk}", "patients/999999", "nowhere"):
        assert call.get(path).headers["Cache-Control"] == "no-store", path


def test_a_repeated_write_is_answered_again_and_done_once(call: Caller, scene: Scene) -> None:
    body = {"calendar_id": scene.calendar.pk, "patient_id": scene.patient.pk, "start": START}
    first = call.post("visits", body, Idempotency_Key="order-7")
    second = call.post("visits", body, Idempotency_Key="order-7")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert scene.practice.visits.count() == 1


def test_a_key_used_for_another_write_is_refused(call: Caller) -> None:
    call.post("patients", {"last_name": "Nowak"}, Idempotency_Key="order-7")
    answer = call.post("patients", {"last_name": "Kowal"}, Idempotency_Key="order-7")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "Idempotency-Key", "code": "used_for_another_request"}]


def test_a_refused_write_is_not_remembered(call: Caller) -> None:
    call.post("patients", {"last_name": "Nowak", "phone": "12"}, Idempotency_Key="order-7")

    assert call.post("patients", {"last_name": "Nowak"}, Idempotency_Key="order-7").status_code == 201


def test_too_many_requests_are_told_when_to_come_back(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myosotis.api.middleware.requests_a_minute", lambda: 2)
    monkeypatch.setattr("myosotis.clock.wall", lambda: NOW)  # or the three could fall on the end of a minute
    answers = [call.get("practice") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_the_description_is_kept_up_to_date() -> None:
    kept = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"

    assert kept.read_text(encoding="utf-8").strip() == description(), "run: myosotis openapi > docs/openapi.json"


@pytest.mark.django_db
def test_the_description_needs_no_key() -> None:
    assert Client().get("/api/v1/openapi.json").json()["info"]["title"] == "Myosotis"
