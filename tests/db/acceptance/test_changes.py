"""What a patient hears, and does not hear, of a visit that changes (docs/rules.md 2, 3 and 7)."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Person, Stage, kinds, local, plain

START = local(2027, 3, 11, 12)
"""A Thursday, noon; it is Monday of the week before."""
SECOND = timedelta(seconds=1)


def told(stage: Stage) -> tuple[Person, int]:
    """A patient with a visit who has been told of it and has read it."""
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(MINUTE)
    (mail,) = stage.arrived(person)
    stage.sees(mail)
    stage.wait(DAY)
    assert len(stage.arrived(person)) == 1
    return person, visit


def test_moved_there_and_back_at_the_desk_nobody_hears_of_it(stage: Stage) -> None:
    person, visit = told(stage)
    stage.move(visit, START + DAY, via="desk")
    stage.wait(30 * SECOND)
    stage.move(visit, START, via="desk")
    stage.wait(DAY)
    assert kinds(stage.arrived(person)) == [("details", "email")]
    assert stage.state(visit, "moved", "none") == ("skipped", "already_knows")
    stage.until(START - HOUR)
    reminder = [one for one in stage.arrived(person) if one.kind == "reminder"]
    assert {(one.channel, one.at) for one in reminder} == {
        ("email", START - 48 * HOUR),
        ("sms", START - 48 * HOUR),
    }, "and the reminder is for the time that holds"


def test_undone_by_the_button_nobody_hears_of_it(stage: Stage) -> None:
    person, visit = told(stage)
    stage.cancel(visit, via="desk")
    stage.wait(59 * SECOND)
    stage.asked(stage.call.post(f"visits/{visit}/undo"))
    stage.wait(DAY)
    assert kinds(stage.arrived(person)) == [("details", "email")]
    assert stage.visit(visit)["status"] == "booked"
    stage.until(START - HOUR)
    assert "reminder" in {one.kind for one in stage.arrived(person)}, "the visit lives, so does its reminder"


def test_moved_twice_one_message_says_the_final_time(stage: Stage) -> None:
    person, visit = told(stage)
    stage.move(visit, START + DAY, via="desk")
    stage.wait(30 * SECOND)
    stage.move(visit, START + 2 * DAY + HOUR, via="desk")
    moved = stage.now
    stage.wait(DAY)
    later = stage.brief(person)[1:]
    assert later == [("moved", "email", moved + MINUTE), ("moved", "sms", moved + MINUTE + 4 * HOUR)]
    for one in stage.arrived(person)[1:]:
        assert "13.03" in one.text
        assert "13:00" in one.text
        assert "12.03" not in one.text, "the time in between was never true for the patient"
        assert "sobota 13 marca 2027" in stage.opens(one)


def test_moved_before_details_left_one_details_with_the_new_time(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START, via="desk")
    stage.wait(40 * SECOND)
    stage.move(visit, START + DAY + HOUR, via="desk")
    moved = stage.now
    stage.wait(DAY)
    assert stage.brief(person) == [
        ("details", "email", moved + MINUTE), ("details", "sms", moved + MINUTE + 4 * HOUR),
    ]  # fmt: skip
    assert all("pt. 12.03.2027, godz. 13:00" in one.text for one in stage.arrived(person))
    assert stage.state(visit, "moved", "none") == ("skipped", "covered_by_details")


@pytest.mark.parametrize("via", ["desk", "api"])
def test_booked_and_cancelled_before_anything_left_nothing(stage: Stage, via: str) -> None:
    person = stage.patient()
    visit = stage.book(person, START, via=via)
    stage.cancel(visit, via=via)
    stage.until(START + 2 * DAY)
    assert stage.arrived(person) == []
    assert stage.state(visit, "cancelled", "none") == ("skipped", "not_told_yet")


def test_cancelled_by_the_practice(stage: Stage) -> None:
    person, visit = told(stage)
    stage.cancel(visit, reason="Choroba lekarza.")
    cancelled = stage.now
    assert stage.state(visit, "reminder", "sms") == ("cancelled", "visit_cancelled"), "at once, not when it is due"
    stage.wait(4 * HOUR)
    assert "Wizyta jest odwołana" in stage.opens(stage.arrived(person)[-1])
    stage.until(START + 2 * DAY)
    assert stage.brief(person)[1:] == [
        ("cancelled", "email", cancelled), ("cancelled", "sms", cancelled + 4 * HOUR),
    ]  # fmt: skip
    mail, sms = stage.arrived(person)[1:]
    assert "czwartek 11 marca 2027, godz. 12:00" in mail.text
    assert "Choroba lekarza." in mail.text
    assert plain(sms.text).startswith("Odwolujemy wizyte: czw. 11.03.2027, godz. 12:00")
    assert "Termin tej wizyty już minął" in stage.opens(mail), "a link outlives its visit politely"
    assert "Choroba" not in sms.text, "a reason may betray more than a lock screen should show"


def test_cancelled_by_the_practice_so_late_that_the_sms_goes_at_once(stage: Stage) -> None:
    start = START + 4 * HOUR
    person = stage.patient()
    visit = stage.book(person, start)
    stage.until(start - 6 * HOUR + SECOND)
    before = len(stage.arrived(person))
    stage.cancel(visit)
    cancelled = stage.now
    stage.wait(HOUR)
    assert stage.brief(person)[before:] == [("cancelled", "email", cancelled), ("cancelled", "sms", cancelled)]


def test_cancelled_six_hours_ahead_the_sms_still_waits(stage: Stage) -> None:
    person, visit = told(stage)
    stage.until(START - 6 * HOUR)
    before = len(stage.arrived(person))
    stage.cancel(visit)
    stage.wait(4 * HOUR)
    assert stage.brief(person)[before:] == [
        ("cancelled", "email", START - 6 * HOUR), ("cancelled", "sms", START - 2 * HOUR),
    ]  # fmt: skip


def test_cancelled_by_the_patient_with_the_link(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(HOUR)
    (mail,) = stage.arrived(person)
    assert Client().get(f"{mail.link}/cancel").status_code == 200
    assert stage.visit(visit)["status"] == "booked", "to look is not to cancel"
    assert Client().post(f"{mail.link}/cancel", {"revision": 1}).status_code == 302
    cancelled = stage.now
    stage.until(START + 2 * DAY)
    assert stage.brief(person)[1:] == [("cancelled", "email", cancelled)], "acknowledged once, and no SMS of anything"
    assert "zgodnie z prośbą" in stage.arrived(person)[1].text
    assert stage.visit(visit)["cancelled_by"] == "patient"


def test_noted_by_staff_as_the_patients_wish_it_is_acknowledged_only(stage: Stage) -> None:
    person, visit = told(stage)
    stage.move(visit, START + DAY, by="patient", via="desk")
    stage.wait(DAY)
    assert kinds(stage.arrived(person)) == [("details", "email"), ("moved", "email")]
    assert stage.visit(visit)["status"] == "confirmed"


def test_a_move_by_the_practice_does_not_keep_a_confirmation(stage: Stage) -> None:
    person, visit = told(stage)
    mail = stage.arrived(person)[0]
    Client().post(f"{mail.link}/confirm", {"revision": 1})
    assert stage.visit(visit)["status"] == "confirmed"
    stage.move(visit, START + DAY)
    assert stage.visit(visit)["status"] == "booked"
    answer = Client().post(f"{mail.link}/confirm", {"revision": 1})
    assert "revision_changed" in answer["Location"]
    assert stage.visit(visit)["status"] == "booked", "who confirms the old time does not confirm the new one"


def test_a_moved_visit_is_reminded_of_at_its_new_time_only(stage: Stage) -> None:
    """Also half an hour earlier on the same day, and after a reminder of the old time had gone."""
    person, visit = told(stage)
    stage.until(START - 47 * HOUR)
    assert [one.at for one in stage.arrived(person) if one.kind == "reminder"] == [START - 48 * HOUR] * 2
    new = START + 5 * DAY - timedelta(minutes=30)
    stage.move(visit, new)
    moved = stage.now
    stage.until(new - MINUTE)
    later = stage.brief(person)[3:]
    assert later == [
        ("moved", "email", moved),
        ("moved", "sms", moved + 4 * HOUR),
        ("reminder", "email", new - 48 * HOUR),
        ("reminder", "sms", new - 48 * HOUR),
    ]
    for one in stage.arrived(person)[-2:]:
        assert "wt. 16.03" in one.text
        assert "11:30" in one.text
        assert "12:00" not in one.text


def test_a_move_to_so_soon_that_no_reminder_fits(stage: Stage) -> None:
    person, visit = told(stage)
    stage.move(visit, stage.now + 30 * HOUR)
    stage.until(START + DAY)
    assert "reminder" not in {one.kind for one in stage.arrived(person)}
    assert stage.state(visit, "reminder", "none") == ("skipped", "booked_too_late")


def test_to_another_address_at_the_same_time(stage: Stage) -> None:
    person, visit = told(stage)
    there = stage.add_calendar(stage.doctor_of(stage.calendar), street="ul. Długa 1")
    stage.move(visit, calendar_id=there)
    stage.wait(4 * HOUR)
    mail, sms = stage.arrived(person)[1:]
    assert "w innym miejscu" in mail.text
    assert "ul. Długa 1" in mail.text
    assert "Dluga 1" in plain(sms.text)
    assert "ul. Długa 1" in stage.opens(sms)


def test_given_to_another_patient(stage: Stage) -> None:
    former, visit = told(stage)
    new = stage.patient()
    stage.asked(stage.call.post(f"visits/{visit}/exchange", {"patient_id": new.id}))
    stage.until(START + 2 * DAY)
    assert kinds(stage.arrived(former)) == [("cancelled", "email"), ("cancelled", "sms"), ("details", "email")]
    assert {one.kind for one in stage.arrived(new)} == {"details", "reminder", "review", "rebook"}
    old_link = stage.arrived(former)[0]
    page = Client().get(old_link.link).content.decode()
    assert "Lipowa" not in page or "odwołana" in page, "the former patient sees nothing of the other's visit"


def test_corrected_on_the_card_nobody_hears_of_it(stage: Stage) -> None:
    former, visit = told(stage)
    new = stage.patient()
    stage.asked(stage.call.post(f"visits/{visit}/exchange", {"patient_id": new.id, "correction": True}))
    stage.wait(DAY)
    assert kinds(stage.arrived(former)) == [("details", "email")]
    assert stage.arrived(new) == []
    stage.until(START - HOUR)
    assert {one.kind for one in stage.arrived(new)} == {"reminder"}


@pytest.mark.parametrize("change", ["deceased", "erased", "silent", "cancelled"])
def test_one_minute_before(stage: Stage, change: str) -> None:
    """What is known one minute before the reminder stops it, and everything after it."""
    person, visit = told(stage)
    stage.until(START - 48 * HOUR - MINUTE)
    before = len(stage.arrived(person))
    if change == "deceased":
        stage.card(person, deceased=True)
    elif change == "erased":
        stage.asked(stage.call.delete(f"patients/{person.id}"), 204)
    elif change == "silent":
        stage.card(person, silent=True)
    else:
        stage.cancel(visit, by="patient", via="desk")
    assert not [row for row in stage.timeline(visit) if row["kind"] == "reminder" and row["status"] == "planned"]
    stage.until(START + 3 * DAY)
    later = [one.kind for one in stage.arrived(person)[before:]]
    assert later == {"cancelled": ["cancelled"]}.get(change, [])
    ahead = [row for row in stage.timeline(visit) if row["status"] in ("planned", "waiting", "claimed")]
    assert ahead == [], "everything is closed"


def test_the_deceased_hear_of_no_cancellation_either(stage: Stage) -> None:
    person, visit = told(stage)
    stage.card(person, deceased=True)
    stage.cancel(visit)
    stage.until(START + 2 * DAY)
    assert kinds(stage.arrived(person)) == [("details", "email")]
    assert stage.state(visit, "cancelled", "none") == ("skipped", "deceased")


def test_no_show_gets_no_review_and_no_invitation(stage: Stage) -> None:
    person, visit = told(stage)
    stage.until(START + HOUR)
    stage.asked(stage.call.post(f"visits/{visit}/mark", {"mark": "no_show"}))
    stage.until(START + 2 * DAY)
    assert {one.kind for one in stage.arrived(person)} == {"details", "reminder"}
    assert stage.state(visit, "review", "email")[1] == "no_show"


def test_nothing_at_all_for_a_silent_visit_and_it_stands_on_the_call_list(stage: Stage) -> None:
    person = stage.patient(app=True)
    visit = stage.book(person, START, switches={"silent": True})
    stage.wait(DAY)
    stage.move(visit, START + DAY)
    stage.until(START - DAY)
    calls = stage.asked(stage.call.get("call-list"))["items"]
    assert [call["id"] for call in calls] == [visit]
    stage.until(START + 4 * DAY)
    assert stage.arrived(person) == []
    assert {reason for _, _, _, reason in stage.outline(visit)} == {"visit_silenced"}
