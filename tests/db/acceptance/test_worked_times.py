"""The worked times of the description, from the API to the patient's phone (docs/rules.md 2 and 3)."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Stage, local, plain

START = local(2027, 3, 11, 12)
"""A Thursday, noon."""
AHEAD_OF_START = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("lead", "before"),
    [
        (timedelta(hours=80), 48),
        (timedelta(hours=72, seconds=1), 48),
        (timedelta(hours=72), 24),
        (timedelta(hours=50), 24),
        (timedelta(hours=36), 24),
        (timedelta(hours=36) - timedelta(seconds=1), None),
        (timedelta(hours=35, minutes=59), None),
    ],
    ids=str,
)
def test_the_reminder_by_the_lead_at_booking(stage: Stage, lead: timedelta, before: int | None) -> None:
    stage.set_clock(START - lead)
    patient = stage.patient()
    visit = stage.book(patient, START)

    stage.until(START - AHEAD_OF_START)

    reminders = [one for one in stage.arrived(patient) if one.kind == "reminder"]
    if before is None:
        assert reminders == []
        assert stage.state(visit, "reminder", "none") == ("skipped", "booked_too_late")
        return
    due = START - timedelta(hours=before)
    assert {one.brief for one in reminders} == {("reminder", "email", due), ("reminder", "sms", due)}
    for one in reminders:
        assert "12:00" in one.text
        assert "czw. 11.03" in one.text
        assert "czwartek 11 marca 2027" in stage.opens(one)


def test_details_at_once_and_from_the_desk_a_minute_later(stage: Stage) -> None:
    by_api, by_desk = stage.patient(), stage.patient()
    begun = stage.now
    stage.book(by_api, START)
    stage.book(by_desk, START + DAY, via="desk")
    stage.wait(timedelta(seconds=59))
    assert stage.brief() == [("details", "email", begun)]
    assert stage.arrived(by_api)[0].address == by_api.email
    stage.wait(timedelta(seconds=1))
    assert stage.brief(by_desk) == [("details", "email", begun + MINUTE)]


def test_a_review_two_hours_after_the_end(stage: Stage) -> None:
    patient = stage.patient()
    stage.book(patient, START, minutes=45)
    stage.until(START + timedelta(minutes=45) + 2 * HOUR - timedelta(seconds=1))
    assert "review" not in {one.kind for one in stage.arrived(patient)}
    stage.wait(timedelta(seconds=1))
    due = START + timedelta(minutes=45) + 2 * HOUR
    reviews = [one for one in stage.arrived(patient) if one.kind == "review"]
    assert sorted(one.brief for one in reviews) == [("review", "email", due), ("review", "sms", due)]
    assert {stage.opens(one) for one in reviews} == {"https://example.org/opinie"}


def test_rebook_within_a_day_at_the_latest_daytime(stage: Stage) -> None:
    patient = stage.patient()
    stage.book(patient, START)
    stage.until(START + 2 * DAY)
    due = START + AHEAD_OF_START + 23 * HOUR
    rebooks = [one for one in stage.arrived(patient) if one.kind == "rebook"]
    assert sorted(one.brief for one in rebooks) == [("rebook", "email", due), ("rebook", "sms", due)]
    for one in rebooks:
        assert "+48124000000" in stage.opens(one), "until online booking: the phone of the address"


@pytest.mark.parametrize("when", ["before the visit", "an hour before the invitation"])
@pytest.mark.parametrize("by", ["practice", "patient"])
def test_no_rebook_where_another_visit_exists(stage: Stage, when: str, by: str) -> None:
    patient = stage.patient()
    visit = stage.book(patient, START)
    if when != "before the visit":
        stage.until(START + 22 * HOUR)
    stage.book(patient, START + 30 * DAY, booked_by=by, via="portal" if by == "patient" else "desk")
    stage.until(START + 2 * DAY)
    assert "rebook" not in {one.kind for one in stage.arrived(patient)}
    status, reason = stage.state(visit, "rebook", "none" if when == "before the visit" else "sms")
    assert (status, reason) in {("skipped", "next_visit_booked"), ("cancelled", "next_visit_booked")}


def test_a_later_visit_with_the_same_doctor_elsewhere_counts_too(stage: Stage) -> None:
    patient = stage.patient()
    elsewhere = stage.add_calendar(stage.doctor_of(stage.calendar), street="ul. Długa 1")
    stage.book(patient, START)
    stage.book(patient, START + 20 * DAY, calendar_id=elsewhere)
    stage.until(START + 2 * DAY)
    assert "rebook" not in {one.kind for one in stage.arrived(patient)}


def test_a_later_visit_with_another_doctor_does_not_count(stage: Stage) -> None:
    patient = stage.patient()
    stage.book(patient, START)
    stage.book(patient, START + 20 * DAY, calendar_id=stage.add_calendar())
    stage.until(START + 2 * DAY)
    assert "rebook" in {one.kind for one in stage.arrived(patient)}


def test_a_later_visit_cancelled_in_time_does_not_count(stage: Stage) -> None:
    patient = stage.patient()
    stage.book(patient, START)
    later = stage.book(patient, START + 20 * DAY)
    stage.until(START + 10 * HOUR)
    stage.cancel(later, by="patient")
    stage.until(START + 2 * DAY)
    assert "rebook" in {one.kind for one in stage.arrived(patient)}


def test_sms_four_hours_after_the_unread_mail_and_push(stage: Stage) -> None:
    patient = stage.patient(app=True)
    begun = stage.now
    visit = stage.book(patient, START)
    assert stage.state(visit, "details", "sms")[0] == "waiting", "visible from the start"
    stage.wait(4 * HOUR)
    assert stage.brief(patient) == [
        ("details", "email", begun), ("push", "push", begun), ("details", "sms", begun + 4 * HOUR),
    ]  # fmt: skip
    stage.wait(DAY)
    assert len(stage.arrived(patient)) == 3
    assert stage.state(visit, "details", "sms") == ("delivered", "first_wave_unread")


@pytest.mark.parametrize("how", ["page", "push click", "confirmed in the e-mail", "action"])
def test_no_sms_where_it_was_read(stage: Stage, how: str) -> None:
    patient = stage.patient(app=True)
    visit = stage.book(patient, START)
    stage.wait(HOUR)
    mail, push = sorted(stage.arrived(patient), key=lambda one: one.channel)
    client = Client()
    if how == "page":
        stage.opens(mail)
        assert stage.state(visit, "details", "sms")[0] == "planned", "opening alone is no reading"
        stage.sees(mail)
    elif how == "push click":
        assert client.post(push.push["click"]).status_code == 204
    elif how == "confirmed in the e-mail":
        path = next(path for path in mail.links if path.startswith("/r/"))
        assert client.get(path).status_code == 200
        assert stage.state(visit, "details", "sms")[0] == "planned", "programs follow links too"
        assert client.post(path).status_code == 302
    else:
        assert client.post(f"{mail.link}/confirm", {"revision": 1}).status_code == 302
    stage.wait(DAY)
    assert len(stage.arrived(patient)) == 2
    assert stage.state(visit, "details", "sms") == ("cancelled", "read")


def test_read_in_the_last_second(stage: Stage) -> None:
    patient = stage.patient()
    visit = stage.book(patient, START)
    stage.wait(4 * HOUR - timedelta(seconds=1))
    stage.sees(stage.arrived(patient)[0])
    stage.wait(DAY)
    assert stage.state(visit, "details", "sms") == ("cancelled", "read")


def test_the_app_instead_of_sms_for_a_reminder(stage: Stage) -> None:
    with_app, without = stage.patient(app=True), stage.patient()
    visit = stage.book(with_app, START)
    stage.book(without, START + HOUR)
    due = START - 48 * HOUR
    stage.until(due - MINUTE)
    before = len(stage.arrived(with_app))
    stage.until(START - MINUTE)
    assert stage.brief(with_app)[before:] == [("push", "push", due), ("reminder", "email", due)]
    later = [one for one in stage.brief(without) if one[0] == "reminder"]
    assert later == [("reminder", "email", due + HOUR), ("reminder", "sms", due + HOUR)]
    assert stage.state(visit, "reminder", "sms") == ("cancelled", "push_accepted")


@pytest.mark.parametrize(("calendar", "visit", "goes"), [(True, False, False), (False, True, True), (True, None, True)])
def test_a_visits_own_switch_goes_before_the_calendars(
    stage: Stage, calendar: bool, visit: bool | None, goes: bool
) -> None:
    stage.switch(reminder=calendar)
    patient, other = stage.patient(), stage.patient()
    booked = stage.book(patient, START, switches={"reminder": visit})
    stage.book(other, START + HOUR)
    stage.until(START - HOUR)
    assert ("reminder" in {one.kind for one in stage.arrived(patient)}) is goes
    assert ("reminder" in {one.kind for one in stage.arrived(other)}) is calendar, "the calendar stays as it was"
    if not goes:
        assert stage.state(booked, "reminder", "none") == ("skipped", "switch_off_for_visit")


def test_two_calendars_of_one_doctor_differ(stage: Stage) -> None:
    here, there = stage.calendar, stage.add_calendar(stage.doctor_of(stage.calendar), street="ul. Długa 1")
    stage.switch(here, details=True, reminder=False, review=True, rebook=False)
    stage.switch(there, details=False, reminder=True, review=False, rebook=True)
    first, second = stage.patient(), stage.patient()
    stage.book(first, START, calendar_id=here)
    visit = stage.book(second, START, calendar_id=there)
    stage.until(START + 2 * DAY)
    assert {one.kind for one in stage.arrived(first)} == {"details", "review"}
    assert {one.kind for one in stage.arrived(second)} == {"reminder", "rebook"}
    assert all("Dluga 1" in plain(one.text) for one in stage.arrived(second) if one.kind == "reminder")
    assert stage.state(visit, "details", "none") == ("skipped", "switch_off")


def test_a_portal_visit_gets_a_review_whatever_the_switches_say(stage: Stage) -> None:
    stage.switch(review=False)
    portal, desk = stage.patient(), stage.patient()
    visit = stage.book(portal, START, booked_by="patient", via="portal", switches={"review": False})
    stage.book(desk, START + HOUR)
    assert stage.visit(visit)["review_locked"] is True
    stage.until(START + DAY)
    assert {one.channel for one in stage.arrived(portal) if one.kind == "review"} == {"email", "sms"}
    assert "review" not in {one.kind for one in stage.arrived(desk)}


def test_but_not_against_an_opt_out(stage: Stage) -> None:
    patient = stage.patient()
    visit = stage.book(patient, START, booked_by="patient", via="portal")
    stage.card(patient, opt_outs=["review"])
    stage.until(START + DAY)
    assert "review" not in {one.kind for one in stage.arrived(patient)}
    assert stage.state(visit, "review", "none") == ("skipped", "opted_out")


@pytest.mark.parametrize(
    ("start", "booked", "due"),
    [
        (local(2027, 3, 29, 10), local(2027, 3, 20, 10), local(2027, 3, 27, 9)),
        (local(2027, 3, 29, 10), local(2027, 3, 27, 10), local(2027, 3, 28, 10)),
        (local(2027, 11, 1, 10), local(2027, 10, 20, 10), local(2027, 10, 30, 11)),
    ],
)
def test_both_changes_of_the_clocks(stage: Stage, start: datetime, booked: datetime, due: datetime) -> None:
    stage.set_clock(booked)
    patient = stage.patient()
    stage.book(patient, start)
    stage.until(start - HOUR)
    reminders = [one for one in stage.arrived(patient) if one.kind == "reminder"]
    assert {(one.channel, one.at) for one in reminders} == {("email", due), ("sms", due)}
    assert all("10:00" in one.text for one in reminders), "the visit itself is at ten on the wall"
