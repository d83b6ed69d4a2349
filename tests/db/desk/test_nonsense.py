"""What no form of ours sends: numbers and days without end. It is refused or means nothing; nothing breaks by it."""

import ast
from pathlib import Path

import pytest
from django.test import Client

import myosotis.web.desk as desk_package
from myosotis.site import bodies
from tests.db.desk.conftest import Staff
from tests.db.make import Scene

ENDLESS = "9" * 5000
"""More digits than Python reads."""
LONG = "9" * 30
"""More than a column holds."""
FIRST, LAST = "0001-01-01", "9999-12-31"
BEFORE_A_SESSION = {"begin.py", "welcome.py"}
"""Pages without a door: what is not found there is a link that no longer works."""


@pytest.fixture
def owner(staff: Staff, scene: Scene) -> Client:
    return staff.owner


@pytest.mark.parametrize("number", [ENDLESS, LONG])
def test_numbers_without_end(owner: Client, scene: Scene, number: str) -> None:
    at = f"/desk/settings/calendars/{scene.calendar.pk}"
    answers = [
        owner.get("/desk/statistics", {"calendar": number}),
        owner.get("/desk/offers", {"calendar": number}),
        owner.get("/desk/messages", {"calendar": number, "after": f"20270310T000000.0-{number}"}),
        owner.get("/desk/settings/audit", {"number": number, "person": f"staff:{number}", "before": number}),
        owner.get("/desk/notices/bell", {"mark": f"x.{number}.{number}"}),
        owner.get("/desk/visits/new", {"calendar": number, "patient": number, "minutes": number}),
        owner.post("/desk/visits/new", {"calendar": number, "patient": number, "service": number}),
        owner.get(f"{at}/communication/trial", {"message": number}),
        owner.post(f"{at}/communication/copy/difference", {"target_ids": number}),
        owner.post(f"{at}/communication", {"was": number}),
        owner.post(f"/desk/settings/communication/back?set=1&was={number}-3"),
        owner.post(f"/desk/calls/undo/{number}"),
        owner.get(f"/desk/visits/{number}"),
        owner.get(f"/desk/patients/{number}"),
    ]
    assert all(answer.status_code < 500 for answer in answers)


@pytest.mark.parametrize("day", [FIRST, LAST])
def test_days_that_nobody_means(owner: Client, scene: Scene, day: str) -> None:
    visit = {"calendar": scene.calendar.pk, "minutes": "1440", "first_name": "Ewa", "last_name": "Lis", "day": day}
    away = {"calendars": scene.calendar.pk, "way": "cancel", "first_day": day, "last_day": LAST}
    at = f"/desk/settings/calendars/{scene.calendar.pk}"
    refused = [
        owner.post("/desk/absences/new", {**away, "begin": "1"}),
        owner.post("/desk/visits/new", {**visit, "time": "00:00"}),
        owner.post("/desk/visits/new", {**visit, "time": "23:59"}),
        owner.post(
            "/desk/schedule/block", {"calendar": scene.calendar.pk, "day": day, "begins": "00:00", "end": "23:59"}
        ),
        owner.post(f"{at}/days", {"first": day, "last": day, "what": "closed"}),
        owner.post(f"{at}/blocks", {"first": day, "opens": "00:00", "closes": "23:59"}),
    ]
    assert [answer.status_code for answer in refused] == [422] * len(refused)
    nothing_said = [
        owner.get("/desk/schedule", {"day": day}),
        owner.get("/desk/messages", {"from": day, "to": day}),
        owner.get("/desk/settings/audit", {"since": day, "until": day}),
        owner.post("/desk/absences/new", away, headers={"HX-Request": "true"}),
        owner.post("/desk/visits/new/preview", {**visit, "time": "00:00"}),
    ]
    assert [answer.status_code for answer in nothing_said] == [200] * len(nothing_said)


def test_notices_seen_in_the_first_year_there_is(owner: Client) -> None:
    answer = owner.post("/desk/notices/seen", {"until": f"{FIRST}T00:00:00+14:00"})

    assert answer.status_code < 500


def test_opening_hours_with_a_zone(owner: Client, scene: Scene) -> None:
    hours = {"opens-0": "08:00+01:00", "closes-0": "16:00"}

    assert owner.post(f"/desk/settings/calendars/{scene.calendar.pk}/hours", hours).status_code == 422


def test_a_body_without_end_is_not_read(db: None) -> None:
    """Whoever sends it need not even be signed in."""
    for length in (str(bodies.LARGEST + 1), ENDLESS, "-1"):
        answer = Client().post("/desk/account/login/", {"login": "x"}, headers={"Content-Length": length})
        assert answer.status_code == 413


def test_what_is_not_found_is_no_refusal_with_words() -> None:
    """A page that catches every error of a flow would tell of a foreign row by another status than 404."""
    files = [file for file in Path(desk_package.__path__[0]).rglob("*.py") if file.name not in BEFORE_A_SESSION]
    wrong = [
        file.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type is not None and "FlowError" in ast.unparse(node.type)
    ]
    assert files
    assert wrong == []
