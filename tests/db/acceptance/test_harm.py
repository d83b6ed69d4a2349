"""Where a message that is right by itself would be wrong for whom it reaches (docs/rules.md 3 and 7.2)."""

from datetime import timedelta

import pytest
from django.test import Client

from myosotis.sandbox.peers.faults import Fault, Peer
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Stage, kinds, local

START = local(2027, 3, 11, 12)
SECOND = timedelta(seconds=1)


def test_an_sms_of_the_old_time_never_follows_a_move(stage: Stage) -> None:
    """The four hours of `details` were still running when the practice moved the visit."""
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(2 * HOUR)
    stage.move(visit, START + DAY)
    moved = stage.now
    stage.wait(DAY)
    assert stage.brief(person)[1:] == [("moved", "email", moved), ("moved", "sms", moved + 4 * HOUR)]
    assert stage.state(visit, "details", "sms") == ("cancelled", "visit_moved")
    sms = stage.arrived(person)[-1]
    assert "12.03" in sms.text


def test_nor_a_cancellation(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(4 * HOUR - SECOND)
    stage.cancel(visit)
    stage.wait(DAY)
    assert kinds(stage.arrived(person)) == [("cancelled", "email"), ("cancelled", "sms"), ("details", "email")]


def test_a_page_that_shows_the_old_time_is_no_reading_of_the_new(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(HOUR)
    (details,) = stage.arrived(person)
    stage.opens(details)
    stage.move(visit, START + DAY)
    stage.wait(MINUTE)
    stage.sees(details, revision=1)  # the tab had been open since before
    stage.wait(DAY)
    assert ("moved", "sms") in kinds(stage.arrived(person))


def test_but_an_old_link_that_shows_the_new_time_is(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(HOUR)
    (details,) = stage.arrived(person)
    stage.move(visit, START + DAY)
    stage.wait(MINUTE)
    assert "piątek 12 marca 2027" in stage.opens(details)
    stage.sees(details, revision=2)
    stage.wait(DAY)
    assert kinds(stage.arrived(person)) == [("details", "email"), ("moved", "email")]
    assert stage.state(visit, "moved", "sms") == ("cancelled", "read")


def test_confirming_an_outdated_mail_reads_nothing_of_the_move(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(HOUR)
    (details,) = stage.arrived(person)
    stage.move(visit, START + DAY)
    stage.wait(MINUTE)
    Client().post(next(path for path in details.links if path.startswith("/r/")))
    stage.wait(DAY)
    assert ("moved", "sms") in kinds(stage.arrived(person))


def test_moved_away_from_a_start_that_is_near_the_sms_does_not_wait(stage: Stage) -> None:
    """Who is not told within three hours travels for nothing, however far away the new time is."""
    person = stage.patient()
    visit = stage.book(person, START)
    stage.until(START - 3 * HOUR)
    before = len(stage.arrived(person))
    stage.move(visit, START + 30 * DAY)
    moved = stage.now
    stage.wait(MINUTE)
    assert stage.brief(person)[before:] == [("moved", "email", moved), ("moved", "sms", moved)]


def test_moved_forward_to_tomorrow_morning_the_sms_goes_before_the_night(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.until(local(2027, 3, 3, 20))
    before = len(stage.arrived(person))
    stage.move(visit, local(2027, 3, 4, 8))
    stage.wait(DAY)
    told = [one for one in stage.brief(person)[before:] if one[0] == "moved"]
    assert told == [("moved", "email", local(2027, 3, 3, 20)), ("moved", "sms", local(2027, 3, 3, 22))]


def test_moved_in_the_undo_time_of_a_move_that_had_been_told(stage: Stage) -> None:
    """Told Friday, moved back to Thursday: Thursday is news again."""
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(HOUR)
    stage.move(visit, START + DAY)
    stage.wait(HOUR)
    stage.move(visit, START)
    stage.wait(DAY)
    moved = [one for one in stage.arrived(person) if one.kind == "moved"]
    assert [one.channel for one in moved] == ["email", "email", "sms"]
    assert "11.03" in moved[-1].text


def test_a_childs_messages_go_to_the_guardian_until_the_day_of_hand_over(stage: Stage) -> None:
    child = stage.patient(
        guardian_name="Alicja Żółkiewska",
        guardian_email="mama@example.org",
        guardian_phone="+48600200300",
        guardian_until="2027-03-10",
    )
    stage.book(child, START)
    stage.until(START + 2 * DAY)
    by_kind = {one.kind: one.address for one in stage.arrived() if one.channel == "email"}
    assert by_kind == {
        "details": "mama@example.org",
        "reminder": "mama@example.org",
        "review": child.email,
        "rebook": child.email,
    }
    phones = {one.kind: one.address for one in stage.arrived() if one.channel == "sms"}
    assert phones == {
        "details": "+48600200300", "reminder": "+48600200300", "review": child.phone, "rebook": child.phone,
    }  # fmt: skip
    reminder = next(one for one in stage.arrived() if (one.kind, one.channel) == ("reminder", "sms"))
    assert "(Lucja)" in reminder.text, "whose visit, since it is not the reader's"


def test_an_address_corrected_meanwhile_is_the_one_that_is_used(stage: Stage) -> None:
    person = stage.patient()
    stage.book(person, START)
    stage.wait(HOUR)
    stage.card(person, email="nowa@example.org", phone="+48600300400")
    stage.until(START)
    later = stage.arrived()[1:]
    assert {one.address for one in later} == {"nowa@example.org", "+48600300400"}
    assert kinds(stage.arrived(person)) == [("details", "email")], "and nothing goes to the old ones any more"


def test_a_phone_taken_off_the_card_gets_no_sms_even_if_it_was_waiting(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(HOUR)
    stage.card(person, phone="")
    stage.until(START)
    assert {one.channel for one in stage.arrived(person)} == {"email"}
    assert stage.state(visit, "details", "sms")[1] == "no_phone"


def test_a_confirmed_visit_still_gets_its_reminder_with_thanks(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(MINUTE)
    (mail,) = stage.arrived(person)
    Client().post(f"{mail.link}/confirm", {"revision": 1})
    assert stage.visit(visit)["status"] == "confirmed"
    stage.until(START)
    reminder = next(one for one in stage.arrived(person) if (one.kind, one.channel) == ("reminder", "email"))
    assert "dziękujemy za potwierdzenie" in reminder.text


def test_details_are_never_sent_for_a_booking_of_long_ago(stage: Stage) -> None:
    stage.switch(details=False)
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(DAY)
    stage.switch(details=True)
    stage.until(START - 3 * DAY)
    assert stage.arrived(person) == []
    assert stage.state(visit, "details", "none") == ("skipped", "due_passed")


def test_where_details_are_off_a_move_is_still_told(stage: Stage) -> None:
    stage.switch(**dict.fromkeys(("details", "reminder", "review", "rebook"), False))
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(HOUR)
    stage.move(visit, START + DAY)
    stage.wait(HOUR)
    assert kinds(stage.arrived(person)) == [("moved", "email")]
    assert "11 marca" in stage.arrived(person)[0].text, "the time they had by word of mouth is named"


def test_the_practice_hears_whom_nothing_reached_before_the_visit(stage: Stage) -> None:
    stage.broken(Peer.EMAIL, Fault.REFUSES)
    stage.broken(Peer.SMS, Fault.REFUSES)
    reached, lost = stage.patient(app=True), stage.patient()
    stage.book(reached, START)
    visit = stage.book(lost, START + HOUR)
    stage.wait(HOUR)
    assert [call["id"] for call in stage.asked(stage.call.get("call-list"))["items"]] == [visit]
    stage.until(START + 2 * HOUR)
    assert stage.asked(stage.call.get("call-list"))["items"] == [], "after the visit nobody needs to call"


@pytest.mark.parametrize("language", ["pl", "en"])
def test_in_the_language_of_the_card(stage: Stage, language: str) -> None:
    person = stage.patient(language=language)
    visit = stage.book(person, START)
    stage.until(START - HOUR)
    stage.move(visit, START + DAY)
    stage.until(START + DAY - HOUR)
    stage.cancel(visit)
    stage.wait(MINUTE)
    for one in stage.arrived(person):
        polish = "wizyt" in one.text.lower() or "wizyt" in one.text.lower()
        assert polish is (language == "pl"), one.text
        assert f'lang="{language}"' in stage.opens(one)[:60]
