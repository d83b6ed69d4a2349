"""Whom to call, how it went, what patients wrote, and messages that staff send themselves."""

from pathlib import Path
from typing import Any

import pytest

from myosotis import clock
from myosotis.flows.api_access import Scope
from myosotis.store.models import AuditEntry, IncomingMessage, Message, MessageText, StoppedNumber, Visit
from tests.db.api.conftest import NOW, Caller, caller_of
from tests.db.make import Scene, book, hours, make_calendar, make_patient, make_practice, messages

START = NOW + hours(30)
"""Tomorrow, Tuesday, in the afternoon."""


def unreached(scene: Scene) -> Visit:
    """A visit that belongs on the call list."""
    visit = book(scene.calendar, scene.patient, START, now=NOW - hours(3))
    Message.objects.filter(visit=visit).update(status="failed", attempts=1, reason="not_delivered")
    return visit


def listed(call: Caller, name: str = "call-list") -> list[int]:
    return [item["id"] for item in call.get(name).json()["items"]]


def noted(call: Caller, visit: Visit, result: str, **given: object) -> Any:
    answer = call.post(f"visits/{visit.pk}/calls", {"result": result, **given})
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.mark.parametrize("result", ["reached", "confirmed", "cancelled"])
def test_a_call_that_settles_it_takes_the_visit_off_the_list_until_it_is_taken_back(
    call: Caller, scene: Scene, result: str
) -> None:
    visit = unreached(scene)
    assert listed(call) == [visit.pk]
    note = noted(call, visit, result, note="rozmowa z córką")
    assert listed(call) == []
    assert (note["result"], note["note"], note["by"]) == (
        result,
        "rozmowa z córką",
        AuditEntry.objects.latest("id").actor,
    )
    undone = call.post(f"calls/{note['id']}/undo")
    assert undone.json()["taken_back_at"] == "2027-03-22T09:00:00Z"
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert call.get(f"visits/{visit.pk}/calls").json()["items"] == [undone.json()]
    assert [item["calls"] for item in call.get("call-list").json()["items"]] in ([], [[]])


@pytest.mark.parametrize("result", ["left_message", "not_reached"])
def test_a_call_that_reached_nobody_keeps_the_visit_with_its_note(call: Caller, scene: Scene, result: str) -> None:
    visit = unreached(scene)
    noted(call, visit, result, note="po 16")
    (item,) = call.get("call-list").json()["items"]
    assert (item["id"], [(one["result"], one["note"]) for one in item["calls"]]) == (visit.pk, [(result, "po 16")])


def test_cancelled_by_phone_is_asked_by_the_patient(call: Caller, scene: Scene) -> None:
    visit = unreached(scene)
    noted(call, visit, "cancelled")
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_by, visit.event_by, visit.event_via) == (
        "cancelled",
        "patient",
        "patient",
        "desk",
    )


def test_moved_by_phone_and_back(call: Caller, scene: Scene) -> None:
    visit = unreached(scene)
    later = START + hours(24)
    note = noted(call, visit, "moved", start=later.isoformat())
    visit.refresh_from_db()
    assert (visit.start, visit.status, visit.event_by, note["revision"]) == (later, "confirmed", "patient", 2)
    assert call.post(f"calls/{note['id']}/undo").status_code == 200
    visit.refresh_from_db()
    assert visit.start == START


def test_after_the_undo_time_a_cancellation_by_phone_stays(call: Caller, scene: Scene, frozen: Path) -> None:
    note = noted(call, unreached(scene), "cancelled")
    clock.set_virtual(frozen, NOW + hours(1), frozen=True)
    answer = call.post(f"calls/{note['id']}/undo")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:myosotis:problem:undo_time_over")
    assert call.get(f"visits/{note['visit_id']}/calls").json()["items"][0]["taken_back_at"] is None


def test_news_after_the_call_need_a_call_of_their_own(call: Caller, scene: Scene) -> None:
    visit = unreached(scene)
    noted(call, visit, "reached")
    call.post(f"visits/{visit.pk}/move", {"start": (START + hours(2)).isoformat()})
    Message.objects.filter(visit=visit).update(status="failed", attempts=1, reason="not_delivered")
    assert listed(call) == [visit.pk]


def test_only_the_last_call_is_taken_back(call: Caller, scene: Scene) -> None:
    visit = unreached(scene)
    first = noted(call, visit, "not_reached")
    noted(call, visit, "reached")
    assert call.post(f"calls/{first['id']}/undo").json()["type"] == "urn:myosotis:problem:newer_call"


def test_the_unconfirmed_are_confirmed_with_one_click(call: Caller, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, START, now=NOW - hours(3))
    assert listed(call, "unconfirmed") == [visit.pk]
    note = noted(call, visit, "confirmed", expected_revision=1)
    assert listed(call, "unconfirmed") == []
    call.post(f"calls/{note['id']}/undo")
    assert listed(call, "unconfirmed") == [visit.pk]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"result": "shouted"}, 422, "result"),
        ({"result": "moved"}, 422, "start"),
        ({"result": "reached", "start": "2027-03-30T10:00:00Z"}, 422, "start"),
        ({"result": "moved", "start": "2027-03-30T10:00:00"}, 422, "start"),
        ({"result": "reached", "note": "x" * 501}, 422, "note"),
        ({"result": "reached", "expected_revision": 7}, 409, None),
        ({}, 422, "result"),
    ],
)
def test_what_a_call_cannot_be(call: Caller, scene: Scene, body: object, status: int, field: str | None) -> None:
    answer = call.post(f"visits/{unreached(scene).pk}/calls", body)
    assert answer.status_code == status
    assert [error["field"] for error in answer.json().get("errors", [])] == ([field] if field else [])


def test_what_patients_wrote_is_marked_as_handled(call: Caller, scene: Scene) -> None:
    incoming = IncomingMessage.objects.create(
        practice=scene.practice,
        channel="sms",
        sender="+48600000001",
        text="Czy mogę prosić o receptę?",
        received_at=NOW,
    )
    assert [item["id"] for item in call.get("incoming-messages?handled=false").json()["items"]] == [incoming.pk]
    handled = call.put(f"incoming-messages/{incoming.pk}/handled", {})
    assert handled.json()["handled_at"] == "2027-03-22T09:00:00Z"
    assert call.get("incoming-messages?handled=false").json()["items"] == []
    again = call.put(f"incoming-messages/{incoming.pk}/handled", {"handled": False})
    assert again.json()["handled_at"] is None
    assert call.get("incoming-messages?handled=perhaps").status_code == 422


def test_what_a_reply_is_about_is_said(call: Caller, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, START, now=NOW - hours(3))
    asked = messages(visit)[0]
    given = {"practice": scene.practice, "channel": "sms", "sender": "+48600000001", "received_at": NOW}
    IncomingMessage.objects.create(**given, text="Dziękuję!", about=asked)
    IncomingMessage.objects.create(**given, text="Kiedy otwieracie?")
    rows = {row["text"]: row for row in call.get("incoming-messages").json()["items"]}
    about = {text: (row["about_message_id"], row["about_visit_id"]) for text, row in rows.items()}
    assert about == {"Dziękuję!": (asked.pk, visit.pk), "Kiedy otwieracie?": (None, None)}


def test_a_sent_message_goes_once_more_as_the_next_copy(call: Caller, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, START, now=NOW - hours(3))
    mail = Message.objects.get(visit=visit, kind="details", channel="email")
    assert call.post(f"messages/{mail.pk}/resend").json()["type"] == "urn:myosotis:problem:not_sent"
    Message.objects.filter(pk=mail.pk).update(status="sent", attempts=1, sent_at=NOW - hours(2), provider_parts=None)
    copy = call.post(f"messages/{mail.pk}/resend?language=en")
    assert copy.status_code == 201
    assert (copy.json()["copy_number"], copy.json()["kind"], copy.json()["status"]) == (1, "details", "planned")
    assert call.post(f"messages/{mail.pk}/resend").status_code == 409
    assert call.post("messages/999999/resend").status_code == 404


def test_what_the_provider_counted_is_told(call: Caller, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, START, now=NOW - hours(3))
    Message.objects.filter(visit=visit, channel="sms").update(parts=1, provider_parts=2)
    rows = call.get(f"visits/{visit.pk}/messages").json()
    assert {(row["parts"], row["provider_parts"]) for row in rows if row["channel"] == "sms"} == {(1, 2)}


def test_a_trial_goes_to_oneself(call: Caller, scene: Scene) -> None:
    body = {"kind": "reminder", "channel": "sms", "address": "600 700 800"}
    answer = call.post(f"calendars/{scene.calendar.pk}/trials", body)
    assert (answer.status_code, answer.json()["status"]) == (201, "planned")
    assert MessageText.objects.get(message_id=answer.json()["id"]).address == "+48600700800"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "code"}, "kind"),
        ({"channel": "push"}, "channel"),
        ({"channel": "email"}, "address"),
        ({"address": "12 345"}, "address"),
        ({"address": "22 555 66 77"}, "address"),
    ],
)
def test_what_a_trial_cannot_be(call: Caller, scene: Scene, wrong: dict[str, str], field: str) -> None:
    body = {"kind": "reminder", "channel": "sms", "address": "600700800", **wrong}
    answer = call.post(f"calendars/{scene.calendar.pk}/trials", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "600700800" not in answer.content.decode()


def test_stop_from_the_cards_number_is_a_warning(call: Caller, scene: Scene) -> None:
    StoppedNumber.objects.create(practice=scene.practice, phone=scene.patient.phone, stopped_at=NOW)
    other = make_patient(scene.practice, phone="")
    assert call.get(f"patients/{scene.patient.pk}").json()["warnings"] == ["sms_stopped"]
    by_id = {item["id"]: item["warnings"] for item in call.get("patients").json()["items"]}
    assert by_id == {scene.patient.pk: ["sms_stopped"], other.pk: ["no_phone"]}


def test_another_practice_sees_and_does_nothing_of_it(call: Caller, scene: Scene) -> None:
    visit = unreached(scene)
    note = noted(call, visit, "not_reached")
    incoming = IncomingMessage.objects.create(
        practice=scene.practice, channel="sms", sender="+48600000001", text="?", received_at=NOW
    )
    elsewhere = caller_of(make_practice("Gabinet obok"))
    mail = Message.objects.filter(visit=visit).first()
    assert mail is not None
    assert listed(elsewhere) == []
    for method, path in (
        ("GET", f"visits/{visit.pk}/calls"),
        ("POST", f"visits/{visit.pk}/calls"),
        ("POST", f"calls/{note['id']}/undo"),
        ("PUT", f"incoming-messages/{incoming.pk}/handled"),
        ("POST", f"messages/{mail.pk}/resend"),
        ("POST", f"calendars/{scene.calendar.pk}/trials"),
    ):
        body = {"result": "reached"} if path.endswith("calls") else {}
        if path.endswith("trials"):
            body = {"kind": "reminder", "channel": "sms", "address": "600700800"}
        assert elsewhere(method, path, None if method == "GET" else body).status_code == 404, path
    incoming.refresh_from_db()
    assert incoming.handled_at is None


@pytest.mark.parametrize(
    ("path", "body"), [("visits/{visit}/calls", {"result": "reached"}), ("messages/{message}/resend", {})]
)
def test_a_key_that_may_only_read_writes_nothing(scene: Scene, frozen: Path, path: str, body: object) -> None:
    del frozen
    visit = unreached(scene)
    message = Message.objects.filter(visit=visit).first()
    assert message is not None
    reader = caller_of(make_calendar(scene.practice).practice, Scope.VISITS_READ)
    assert reader.post(path.format(visit=visit.pk, message=message.pk), body).status_code == 403
