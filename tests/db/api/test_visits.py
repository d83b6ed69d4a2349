"""Visits through the API: the whole life of one, and what is refused."""

from typing import Any

import pytest

from tests.db.api.conftest import Caller
from tests.db.make import Scene, make_patient

START = "2027-03-29T10:00:00+02:00"


def booking(scene: Scene, **given: object) -> dict[str, Any]:
    return {"calendar_id": scene.calendar.pk, "patient_id": scene.patient.pk, "start": START, **given}


def test_a_booked_visit_has_its_messages_planned(call: Caller, scene: Scene) -> None:
    answer = call.post("visits", booking(scene, minutes=30))
    visit = answer.json()
    rows = call.get(f"visits/{visit['id']}/messages?language=en").json()

    assert answer.status_code == 201
    assert visit["start"] == "2027-03-29T08:00:00Z"
    assert visit["overlaps"] == []
    reminder = next(row for row in rows if row["kind"] == "reminder" and row["channel"] == "email")
    assert reminder["due_at"] == "2027-03-27T08:00:00Z"
    assert "Sat 27 Mar 2027, 09:00" in reminder["explanation"]


@pytest.mark.parametrize("start", ["2027-03-29T10:00:00", "2027-03-29", "tomorrow"])
def test_a_time_without_offset_is_refused_by_name(call: Caller, scene: Scene, start: str) -> None:
    answer = call.post("visits", booking(scene, start=start))

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["start"]


def test_an_unknown_field_is_refused_by_name(call: Caller, scene: Scene) -> None:
    answer = call.post("visits", booking(scene, strat=START))

    assert [error["field"] for error in answer.json()["errors"]] == ["strat"]


def test_moving_raises_the_revision_and_stands_in_the_feed(call: Caller, scene: Scene) -> None:
    visit = call.post("visits", booking(scene)).json()
    moved = call.post(f"visits/{visit['id']}/move", {"start": "2027-03-30T09:30:00+02:00"}).json()
    events = call.get("visit-events").json()["items"]

    assert moved["revision"] == 2
    last = events[-1]
    assert (last["what"], last["old_start"], last["new_start"]) == (
        "moved",
        "2027-03-29T08:00:00Z",
        "2027-03-30T07:30:00Z",
    )


def test_a_move_of_an_outdated_revision_conflicts(call: Caller, scene: Scene) -> None:
    visit = call.post("visits", booking(scene)).json()
    answer = call.post(f"visits/{visit['id']}/move", {"start": START, "expected_revision": 7})

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:myosotis:problem:revision_changed"


def test_cancel_confirm_and_undo(call: Caller, scene: Scene) -> None:
    visit = call.post("visits", booking(scene, via="desk")).json()
    path = f"visits/{visit['id']}"

    assert call.post(f"{path}/confirm").json()["status"] == "confirmed"
    assert call.post(f"{path}/cancel", {"via": "desk", "reason": "choroba"}).json()["status"] == "cancelled"
    assert call.post(f"{path}/undo").json()["status"] == "confirmed"
    assert call.post(f"{path}/undo").status_code == 409


def test_an_undo_warns_of_whoever_took_the_time_meanwhile(call: Caller, scene: Scene) -> None:
    path = f"visits/{call.post('visits', booking(scene, via='desk')).json()['id']}"

    call.post(f"{path}/cancel", {"via": "desk"})
    other = call.post("visits", booking(scene, patient_id=make_patient(scene.practice).pk)).json()["id"]
    assert call.post(f"{path}/undo").json()["overlaps"] == [other]
    call.post(f"{path}/move", {"via": "desk", "start": "2027-03-29T12:00:00+02:00"})
    assert call.post(f"{path}/undo").json()["overlaps"] == [other]


def test_own_switches_of_a_visit_leave_the_calendar_alone(call: Caller, scene: Scene) -> None:
    visit = call.post("visits", booking(scene)).json()
    changed = call.patch(f"visits/{visit['id']}", {"switches": {"reminder": False}}).json()
    rows = call.get(f"visits/{visit['id']}/messages").json()

    assert changed["effective_switches"]["reminder"] is False
    assert call.get(f"calendars/{scene.calendar.pk}/switches").json()["reminder"] is True
    assert {row["reason"] for row in rows if row["kind"] == "reminder"} >= {"switch_off_for_visit"}


def test_marking_needs_a_visit_that_has_begun(call: Caller, scene: Scene) -> None:
    visit = call.post("visits", booking(scene)).json()

    assert call.post(f"visits/{visit['id']}/mark", {"mark": "no_show"}).json()["title"] == "not started"


def test_a_visit_given_to_another_patient(call: Caller, scene: Scene) -> None:
    other = call.post("patients", {"last_name": "Żółć", "phone": "601 234 568"}).json()
    visit = call.post("visits", booking(scene)).json()
    given = call.post(f"visits/{visit['id']}/exchange", {"patient_id": other["id"]}).json()

    assert given["patient_id"] == other["id"]
    assert given["revision"] == 2


def test_filters_and_pages(call: Caller, scene: Scene) -> None:
    for day in (27, 28, 29, 30, 31):
        call.post("visits", booking(scene, start=f"2027-05-{day}T10:00:00+02:00"))
    first = call.get("visits?limit=2&start_from=2027-05-28T00:00:00Z").json()
    second = call.get(f"visits?limit=2&start_from=2027-05-28T00:00:00Z&cursor={first['next_cursor']}").json()

    days = [visit["start"][8:10] for visit in [*first["items"], *second["items"]]]
    assert days == ["28", "29", "30", "31"]
    assert second["next_cursor"] is None
    assert call.get("visits?cursor=nonsense!").status_code == 422
