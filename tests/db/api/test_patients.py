"""Patient cards through the API."""

import pytest

from tests.db.api.conftest import Caller
from tests.db.make import Scene, make_patient


def test_a_card_keeps_numbers_as_e164_and_knows_fixed_lines(call: Caller) -> None:
    mobile = call.post("patients", {"last_name": "Łoś", "phone": "601-234-567"}).json()
    fixed = call.post("patients", {"last_name": "Łoś", "phone": "12 345 67 89"}).json()

    assert (mobile["phone"], mobile["phone_is_mobile"]) == ("+48601234567", True)
    assert (fixed["phone"], fixed["warnings"]) == ("+48123456789", ["no_email", "fixed_line"])


@pytest.mark.parametrize(
    ("field", "value"), [("phone", "501-55"), ("phone", "kowalski"), ("email", "a@b"), ("guardian_phone", "000")]
)
def test_a_wrong_address_is_refused_at_the_card(call: Caller, field: str, value: str) -> None:
    answer = call.post("patients", {"last_name": "Nowak", field: value})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert value not in answer.content.decode()


def test_a_card_without_addresses_is_taken_and_flagged(call: Caller) -> None:
    answer = call.post("patients", {"last_name": "Nowak"})

    assert answer.status_code == 201
    assert answer.json()["warnings"] == ["no_email", "no_phone"]


def test_the_search_takes_names_without_polish_letters_and_numbers_as_written(call: Caller) -> None:
    call.post("patients", {"first_name": "Żaneta", "last_name": "Wójcik-Łęcka", "phone": "601 234 567"})

    for text in ("wojcik", "LECKA zaneta", "601 234 567", "601234567"):
        assert [found["last_name"] for found in call.post("patients/search", {"text": text}).json()["items"]] == [
            "Wójcik-Łęcka"
        ], text


def test_opt_outs_and_consents(call: Caller, scene: Scene) -> None:
    path = f"patients/{scene.patient.pk}"
    changed = call.patch(path, {"opt_outs": ["review", "sms"]}).json()
    call.post(f"{path}/consents", {"purpose": "commercial", "how": "na papierze"})
    call.delete(f"{path}/consents/commercial")

    assert changed["opt_outs"] == ["sms", "review"]
    assert call.patch(path, {"opt_outs": []}).json()["opt_outs"] == []
    assert call.get(f"{path}/consents").json()["items"][0]["withdrawn_at"] is not None


def test_erasing_empties_the_card(call: Caller, scene: Scene) -> None:
    path = f"patients/{scene.patient.pk}"

    assert call.delete(path).status_code == 204
    erased = call.get(path).json()
    assert (erased["last_name"], erased["phone"], erased["email"]) == ("", "", "")
    assert call.patch(path, {"last_name": "Nowak"}).status_code == 409


def test_a_push_subscription_makes_an_app_user(call: Caller, scene: Scene) -> None:
    path = f"patients/{scene.patient.pk}/push-subscriptions"
    keys = {"p256dh": "B" * 87, "auth": "a" * 22}
    made = call.post(path, {"endpoint": "https://push.example/abc", "keys": keys})
    again = call.post(path, {"endpoint": "https://push.example/abc", "keys": keys})

    assert made.status_code == 201
    assert again.json()["id"] == made.json()["id"]
    assert call.delete(f"{path}/{made.json()['id']}").status_code == 204
    assert call.get(path).json()["items"] == []


def test_a_double_is_merged_for_good(scene: Scene, call: Caller) -> None:
    double = make_patient(scene.practice)
    answer = call.post(f"patients/{scene.patient.pk}/merge", {"double_id": double.pk})
    assert (answer.status_code, answer.json()["id"]) == (200, scene.patient.pk)
    assert call.get(f"patients/{double.pk}").json()["merged_into_id"] == scene.patient.pk
    assert [item["id"] for item in call.get("patients").json()["items"]] == [scene.patient.pk]
    for body, status in (
        ({"double_id": 0}, 422),
        ({}, 422),
        ({"double_id": 10**9}, 404),
        ({"double_id": double.pk}, 409),
    ):
        assert call.post(f"patients/{scene.patient.pk}/merge", body).status_code == status
