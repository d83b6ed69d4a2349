"""Practice, doctors, addresses, calendars and their switches through the API."""

from myosotis.store.sealing import unseal
from tests.db.api.conftest import Caller
from tests.db.make import Scene

ALL_ON = dict.fromkeys(("details", "reminder", "actions", "review", "offer", "rebook"), True)


def test_a_practice_can_be_set_up(call: Caller) -> None:
    doctor = call.post("doctors", {"name": "Ewa Żak", "title": "dr n. med.", "specialty": "kardiolog"}).json()
    address = call.post("addresses", {"street": "ul. Lipowa 1", "city": "Kraków", "phone": "12 345 67 89"}).json()
    calendar = call.post("calendars", {"doctor_id": doctor["id"], "address_id": address["id"]})
    path = f"calendars/{calendar.json()['id']}"
    service = call.post(f"{path}/services", {"name": "EKG", "minutes": 20, "preparation": "Bez kawy."})
    hours = call.put(f"{path}/opening-hours", {"hours": [{"weekday": 0, "opens": "08:00", "closes": "16:00"}]})

    assert (calendar.status_code, service.status_code, hours.status_code) == (201, 201, 204)
    assert {name: calendar.json()[name] for name in ALL_ON} == ALL_ON
    assert call.post("calendars", {"doctor_id": doctor["id"], "address_id": address["id"]}).status_code == 409


def test_an_unknown_zone_is_refused_by_name(call: Caller) -> None:
    answer = call.post("addresses", {"street": "x", "city": "y", "time_zone": "Europa/Warszawa"})

    assert [error["field"] for error in answer.json()["errors"]] == ["time_zone"]


def test_a_window_closes_after_it_opens(call: Caller) -> None:
    answer = call.patch("practice", {"window_opens": "20:00", "window_closes": "08:00"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "window_closes", "code": "before_opening"}]


def test_who_chose_the_basis_of_consent_is_recorded(call: Caller) -> None:
    chosen = call.put("practice/consent-basis", {"basis": "practice", "chosen_by": "Anna Nowak"}).json()

    assert (chosen["consent_basis"], chosen["consent_basis_chosen_by"]) == ("practice", "Anna Nowak")
    assert chosen["consent_basis_chosen_at"] is not None


def test_the_preview_of_switches_is_what_setting_them_does(call: Caller, scene: Scene) -> None:
    body = {"calendar_id": scene.calendar.pk, "patient_id": scene.patient.pk, "start": "2027-03-29T10:00:00+02:00"}
    call.post("visits", body)
    path = f"calendars/{scene.calendar.pk}/switches"
    preview = call.post(f"{path}/preview", {**ALL_ON, "reminder": False}).json()
    before = call.get(path).json()
    applied = call.put(path, {**ALL_ON, "reminder": False}).json()

    assert preview == applied
    assert preview["disappear"].keys() == {"reminder"}
    assert before["reminder"] is True
    assert call.get(path).json()["reminder"] is False


def test_blocked_time(call: Caller, scene: Scene) -> None:
    path = f"calendars/{scene.calendar.pk}/blocked-times"
    made = call.post(path, {"start": "2027-03-29T10:00:00+02:00", "end": "2027-03-29T12:00:00+02:00"}).json()

    assert [block["id"] for block in call.get(path).json()["items"]] == [made["id"]]
    assert call.delete(f"blocked-times/{made['id']}").status_code == 204
    assert call.get(path).json()["items"] == []


def test_a_practice_has_its_own_account_and_its_secrets_never_come_back(call: Caller, scene: Scene) -> None:
    token = "very-secret-token"
    made = call.put("providers/sms", {"provider": "smsapi", "settings": {"token": token, "sender": "Gabinet"}})
    shown = call.get("providers")

    assert made.status_code == 200
    assert made.json()["settings"] == {"sender": "Gabinet"}
    assert "token" in made.json()["secrets"]
    assert token not in made.content.decode() + shown.content.decode()
    account = scene.practice.provider_accounts.get(channel="sms")
    assert token not in str(account.settings)
    assert unseal(bytes(account.sealed)) == {"token": token}
    assert call.delete("providers/sms").status_code == 204


def test_settings_that_a_provider_does_not_take_are_named(call: Caller) -> None:
    answer = call.put("providers/sms", {"provider": "smsapi", "settings": {"sender": "Gabinet", "colour": "red"}})
    channel = call.put("providers/email", {"provider": "smsapi", "settings": {"token": "x"}})

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"token", "colour"}
    assert channel.json()["errors"][0]["field"] == "provider"


def test_a_preview_shows_parts_price_and_the_letters_that_cost(call: Caller, scene: Scene) -> None:
    path = f"calendars/{scene.calendar.pk}/preview?kind=reminder&language=pl&longest=true&channel="
    call.patch("practice", {"sms_letters": "keep", "sms_price": "0.16"})
    dear = call.get(f"{path}sms").json()
    call.patch("practice", {"sms_letters": "strip"})
    cheap = call.get(f"{path}sms").json()

    assert (dear["encoding"], dear["parts"] > 1) == ("ucs2", True)
    assert set(dear["dearer_characters"]) & set("ąćęłńóśźż")
    assert (cheap["encoding"], cheap["parts"], cheap["price"]) == ("gsm7", 1, "0.1600")
    assert cheap["replaced_characters"]
    assert cheap["dearer_characters"] == ""


def test_a_preview_of_every_kind_and_channel(call: Caller, scene: Scene) -> None:
    path = f"calendars/{scene.calendar.pk}/preview"
    for kind in ("details", "reminder", "moved", "cancelled", "review", "rebook"):
        for channel in ("email", "sms", "push"):
            assert call.get(f"{path}?kind={kind}&channel={channel}").json()["text"], (kind, channel)
    assert call.get(f"{path}?kind=code&channel=email").status_code == 422
