"""Who is told on which channel, and in which order (docs/rules.md 3)."""

from datetime import datetime

import pytest
from django.test import Client

from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Stage, kinds, local

START = local(2027, 3, 11, 12)


def test_a_portal_booking_is_told_at_once_on_every_channel_there_is(stage: Stage) -> None:
    plain, with_app, by_mail = stage.patient(), stage.patient(app=True), stage.patient(phone="")
    for n, person in enumerate((plain, with_app, by_mail)):
        stage.book(person, START + n * HOUR, booked_by="patient", via="portal")
    stage.wait(MINUTE)
    assert kinds(stage.arrived(plain)) == [("details", "email"), ("details", "sms")]
    assert kinds(stage.arrived(with_app)) == [("details", "email"), ("push", "push")]
    assert kinds(stage.arrived(by_mail)) == [("details", "email")]
    stage.wait(DAY)
    assert len(stage.arrived()) == 5, "no SMS follows what was not read: that is for what the practice did"


def test_a_portal_booking_at_night_rings_in_the_morning(stage: Stage) -> None:
    stage.set_clock(local(2027, 3, 1, 23, 10))
    person = stage.patient()
    stage.book(person, START, booked_by="patient", via="portal")
    stage.wait(DAY)
    assert stage.brief(person) == [
        ("details", "email", local(2027, 3, 1, 23, 10)), ("details", "sms", local(2027, 3, 2, 7)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "app", "channels"),
    [
        ({}, False, ["email"]),
        ({}, True, ["email", "push"]),
        ({"email": ""}, True, ["push"]),
        ({"email": ""}, False, ["sms"]),
    ],
)
def test_a_patients_own_cancellation_is_acknowledged_by_sms_only_where_nothing_else_is(
    stage: Stage, given: dict[str, str], app: bool, channels: list[str]
) -> None:
    person = stage.patient(app=app, **given)
    visit = stage.book(person, START)
    stage.wait(DAY)
    before = len(stage.arrived(person))
    stage.cancel(visit, by="patient")
    stage.wait(DAY)
    assert sorted(one.channel for one in stage.arrived(person)[before:]) == channels


@pytest.mark.parametrize(
    ("given", "app", "first", "after_four_hours"),
    [
        ({}, False, ["email"], ["sms"]),
        ({"email": ""}, True, ["push"], ["sms"]),
        ({"email": ""}, False, ["sms"], []),
        ({"phone": ""}, False, ["email"], []),
        ({"phone": "12 345 67 89"}, True, ["email", "push"], []),
    ],
)
def test_what_the_practice_does_is_announced(
    stage: Stage, given: dict[str, str], app: bool, first: list[str], after_four_hours: list[str]
) -> None:
    person = stage.patient(app=app, **given)
    stage.book(person, START)
    stage.wait(4 * HOUR - MINUTE)
    assert sorted(one.channel for one in stage.arrived(person)) == first
    stage.wait(DAY)
    assert [one.channel for one in stage.arrived(person)[len(first) :]] == after_four_hours


@pytest.mark.parametrize("opted_out", ["email", "sms", "push"])
def test_a_channel_that_the_patient_does_not_want_stays_silent(stage: Stage, opted_out: str) -> None:
    person = stage.patient(app=True)
    stage.card(person, opt_outs=[opted_out])
    visit = stage.book(person, START)
    stage.until(START + 2 * DAY)
    channels = {one.channel for one in stage.arrived(person)}
    assert channels == {"email", "push", "sms"} - {opted_out}
    assert "opted_out" in {reason for _, channel, _, reason in stage.outline(visit) if channel == opted_out}


def test_no_provider_for_a_channel_is_said_and_the_others_go(stage: Stage) -> None:
    person = stage.patient()
    stage.practice.provider_accounts.create(channel="sms", provider="smsapi", enabled=False, receipt_key="none")
    visit = stage.book(person, START)
    stage.until(START)
    assert {one.channel for one in stage.arrived(person)} == {"email"}
    assert stage.state(visit, "reminder", "sms") == ("skipped", "no_provider")


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (local(2027, 3, 11, 7, 30), local(2027, 3, 11, 20)),
        (local(2027, 3, 11, 21, 30), local(2027, 3, 12, 20)),
        (local(2027, 3, 11, 10), local(2027, 3, 12, 9, 30)),
        (local(2027, 3, 27, 12), local(2027, 3, 28, 12, 30)),
    ],
)
def test_the_invitation_goes_by_day(stage: Stage, start: datetime, due: datetime) -> None:
    """Not after the end + 23 h, between nine and eight in the evening; the last one over the change of the clocks."""
    person = stage.patient()
    stage.book(person, start)
    stage.until(start + 2 * DAY)
    assert {one.at for one in stage.arrived(person) if one.kind == "rebook"} == {due}


def test_without_online_booking_there_is_no_invitation_and_it_says_why(stage: Stage) -> None:
    stage.asked(stage.call.patch(f"calendars/{stage.calendar}", {"online_booking": False}))
    person = stage.patient()
    visit = stage.book(person, START)
    stage.until(START + 2 * DAY)
    assert "rebook" not in {one.kind for one in stage.arrived(person)}
    assert stage.state(visit, "rebook", "none") == ("skipped", "no_online_booking")


def test_after_several_visits_of_one_day_one_request_and_one_invitation(stage: Stage) -> None:
    person = stage.patient()
    first = stage.book(person, START)
    stage.book(person, START + 2 * HOUR)
    stage.until(START + 3 * DAY)
    later = [one for one in stage.brief(person) if one[0] in ("review", "rebook") and one[1] == "email"]
    end = START + 2 * HOUR + 30 * MINUTE
    assert later == [("review", "email", end + 2 * HOUR), ("rebook", "email", end + 23 * HOUR)]
    assert stage.state(first, "review", "none")[0] == "skipped"


def test_moved_to_another_calendar_its_switches_hold(stage: Stage) -> None:
    there = stage.add_calendar(stage.doctor_of(stage.calendar), street="ul. Długa 1")
    stage.switch(there, reminder=False, actions=False)
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(HOUR)
    stage.move(visit, calendar_id=there)
    stage.until(START - HOUR)
    assert {one.kind for one in stage.arrived(person)} == {"details", "moved"}
    moved = next(one for one in stage.arrived(person) if (one.kind, one.channel) == ("moved", "sms"))
    assert "TAK" not in moved.text
    page = stage.opens(moved)
    assert "ul. Długa 1" in page
    assert "Potwierdzam, będę" not in page
    assert Client().post(f"{moved.link}/confirm", {"revision": 2}).status_code == 302
    stage.texts(person, "TAK")
    stage.wait(MINUTE)
    assert stage.visit(visit)["status"] == "booked", "neither the link nor TAK acts where the actions are off"
