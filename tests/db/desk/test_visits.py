"""Wizyta: what staff see of a visit, and what they do with it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import MessageStatus, Party, ReadSignal, Role, Via, VisitStatus
from myosotis.flows import message_read, visit_cancelled
from myosotis.store.models import AuditEntry, Calendar, Message, MessageText, Offer, Patient, Visit
from tests.db.desk.conftest import Staff
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    ahead,
    book,
    hours,
    make_calendar,
    make_doctor,
    make_patient,
    make_practice,
    make_service,
    messages,
    send_due,
)
from tests.db.web.letters import Hand

LEFT = NOW + timedelta(seconds=61)
LATER = NOW + hours(1)
HTMX = {"HX-Request": "true"}
ACTS = ("visit_undo", "visit_confirm", "visit_unconfirm", "visit_move", "visit_cancel", "visit_give", "visit_service",
        "visit_switches", "visit_switches_effect")  # fmt: skip


def at(name: str, visit: Visit, *more: object) -> str:
    return reverse(f"desk:{name}", args=[visit.pk, *more])


def post(client: Client, name: str, visit: Visit, *more: object, **form: Any) -> Any:
    """As a form of the page posts it, with the revision that was shown."""
    visit.refresh_from_db()
    given = {"revision": visit.revision, **form}
    return client.post(at(name, visit, *more), given, headers=HTMX)


def said(response: Any) -> str:
    return response.content.decode()


@pytest.fixture
def visit(scene: Scene, staff: Staff) -> Visit:
    """A visit whose patient has been told of it."""
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    return visit


@pytest.fixture
def later(hand: Hand, visit: Visit) -> Visit:
    hand.set(LATER)
    return visit


# What is shown


def test_the_page_shows_who_when_where_and_each_message_with_its_reason(
    english: Callable[[Role], Client], visit: Visit, scene: Scene
) -> None:
    html = english(Role.RECEPTIONIST).get(at("visit", visit)).content.decode()
    assert "Wednesday 10 March 2027" in html
    assert "10:00–10:30" in html
    assert scene.patient.full_name in html
    assert "ul. Lipowa 7" in html
    assert "Details of the visit" in html
    assert "neither e-mail nor push notification was read within 4 h" in html
    assert "Request for an opinion" in html


def test_to_a_piece_of_a_page_only_the_piece_is_given(staff: Staff, visit: Visit) -> None:
    html = said(staff.receptionist.get(at("visit", visit), headers={**HTMX, "HX-Target": "drawer-body"}))
    assert "<html" not in html
    assert 'id="visit"' in html


def test_what_happened_stands_between_the_messages_with_who_did_it(
    english: Callable[[Role], Client], later: Visit
) -> None:
    client = english(Role.RECEPTIONIST)
    post(client, "visit_move", later, by="patient", calendar=later.calendar_id, start="20270310T110000Z")
    html = said(client.get(at("visit", later)))
    assert "from Wed 10 Mar 2027, 10:00 to Wed 10 Mar 2027, 12:00; asked for by the patient" in html
    assert "Ewa Receptionist" in html


def test_looking_is_noted_once(staff: Staff, visit: Visit) -> None:
    for _ in range(2):
        staff.receptionist.get(at("visit", visit))
    assert AuditEntry.objects.filter(action="visit.read", object_id=visit.pk).count() == 1


def test_the_text_of_a_message_is_shown_on_demand_and_noted(staff: Staff, visit: Visit) -> None:
    message = messages(visit, status=MessageStatus.SENT)[0]
    MessageText.objects.create(
        message=message,
        practice=visit.practice,
        address="maria@example.org",
        subject="Wizyta",
        body="Do zobaczenia {open}",
    )
    assert "Do zobaczenia" not in said(staff.receptionist.get(at("visit", visit)))
    html = said(staff.receptionist.get(at("visit_message", visit, message.pk), headers=HTMX))
    assert "Do zobaczenia {open}" in html
    assert "maria@example.org" in html
    assert AuditEntry.objects.filter(action="message.read", object_id=message.pk).exists()


def test_how_we_know_that_a_message_was_read_is_said(
    english: Callable[[Role], Client], visit: Visit, hand: Hand
) -> None:
    message_read.visit_read(visit.pk, visit.patient_id, ReadSignal.PAGE, now=LATER, shown_revision=1)
    message = messages(visit, read_at__isnull=False)[0]
    client = english(Role.RECEPTIONIST)
    assert "the page of the visit was looked at" in said(client.get(at("visit_message", visit, message.pk)))
    assert "read Mon 1 Mar 2027, 11:00" in said(client.get(at("visit", visit)))


def test_an_offer_that_the_visit_caused_is_shown(staff: Staff, later: Visit, scene: Scene) -> None:
    for days in (3, 4):
        book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(days=days), now=NOW - hours(2))
    response = post(staff.receptionist, "visit_cancel", later, by="patient", reason="")
    assert "2" in said(response)
    offer = Offer.objects.get()
    assert reverse("desk:offer", args=[offer.pk]) in said(staff.receptionist.get(at("visit", later)))


def test_a_visit_with_many_messages_asks_no_more_than_one_with_few(
    staff: Staff, visit: Visit, django_assert_max_num_queries: Any
) -> None:
    template = messages(visit)[0]
    for revision in range(2, 62):
        fields = {"subject_type": "visit", "subject_id": visit.pk, "visit": visit, "patient": visit.patient}
        Message.objects.create(
            practice=visit.practice, revision=revision, kind=template.kind, channel=template.channel,
            status=MessageStatus.CANCELLED, reason="visit_moved", created_at=NOW, finished_at=NOW, **fields,
        )  # fmt: skip
    with django_assert_max_num_queries(32):
        html = said(staff.receptionist.get(at("visit", visit)))
    assert html.count("story-message") > 60


# Who may


@pytest.mark.parametrize("name", ["visit", *ACTS])
def test_nothing_of_another_practice_is_there(staff: Staff, name: str) -> None:
    other = make_practice("Inna")
    theirs = book(make_calendar(other), make_patient(other))
    for client in (staff.owner, staff.doctor, staff.receptionist):
        assert client.post(at(name, theirs)).status_code in (404, 405)
        assert client.get(at(name, theirs)).status_code in (404, 405)


@pytest.mark.parametrize("name", ["visit", *ACTS])
def test_a_doctor_does_not_reach_the_visits_of_another(staff: Staff, scene: Scene, name: str) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Lis"))
    theirs = book(other, scene.patient)
    assert staff.doctor.post(at(name, theirs)).status_code in (404, 405)
    assert staff.receptionist.get(at("visit", theirs)).status_code == 200


def test_a_doctor_takes_no_move_back_into_the_calendar_of_another(staff: Staff, scene: Scene, later: Visit) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Lis"))
    theirs = book(other, scene.patient)
    post(staff.receptionist, "visit_move", theirs, by="practice", calendar=scene.calendar.pk, start="20270310T110000Z")
    assert Visit.objects.get(pk=theirs.pk).calendar == scene.calendar

    assert post(staff.doctor, "visit_undo", theirs).status_code == 404

    assert Visit.objects.get(pk=theirs.pk).calendar == scene.calendar
    post(staff.receptionist, "visit_undo", theirs)
    assert Visit.objects.get(pk=theirs.pk).calendar == other


def test_a_doctor_moves_no_visit_into_the_calendar_of_another(staff: Staff, scene: Scene, later: Visit) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Lis"))
    response = post(staff.doctor, "visit_move", later, by="practice", calendar=other.pk, start="20270310T110000Z")
    assert response.status_code == 404
    later.refresh_from_db()
    assert later.calendar == scene.calendar


def test_messages_of_another_visit_are_not_there(staff: Staff, visit: Visit, scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Lis"))
    theirs = messages(book(other, scene.patient))[0]
    for client in (staff.doctor, staff.owner):
        assert client.get(at("visit_message", visit, theirs.pk)).status_code == 404
        assert client.post(at("visit_resend", visit, theirs.pk)).status_code == 404


def test_a_visit_goes_to_no_patient_of_another_practice(staff: Staff, later: Visit) -> None:
    other = make_patient(make_practice("Inna"))
    response = post(staff.receptionist, "visit_give", later, patient=other.pk, correction="no")
    assert response.status_code == 422
    later.refresh_from_db()
    assert later.patient_id != other.pk


# What is done, and taken back


def test_confirmed_and_taken_back(staff: Staff, later: Visit) -> None:
    assert at("visit_unconfirm", later) in said(post(staff.receptionist, "visit_confirm", later))
    later.refresh_from_db()
    assert later.status == VisitStatus.CONFIRMED
    staff.receptionist.post(at("visit_unconfirm", later), headers=HTMX)
    later.refresh_from_db()
    assert later.status == VisitStatus.BOOKED


@pytest.mark.parametrize("party", list(Party))
def test_cancelled_with_the_reason_that_the_patient_reads(staff: Staff, later: Visit, party: Party) -> None:
    response = post(staff.receptionist, "visit_cancel", later, by=party.value, reason="Awaria ogrzewania")
    assert response["HX-Trigger"] == "desk:changed"
    assert at("visit_undo", later) in said(response)
    later.refresh_from_db()
    assert (later.status, later.cancelled_by, later.cancel_reason) == ("cancelled", party, "Awaria ogrzewania")
    assert later.event_via == Via.DESK


@pytest.mark.parametrize(("seconds", "status"), [(59, VisitStatus.BOOKED), (60, VisitStatus.CANCELLED)])
def test_a_cancellation_is_undone_for_a_minute(
    staff: Staff, later: Visit, hand: Hand, seconds: int, status: VisitStatus
) -> None:
    post(staff.receptionist, "visit_cancel", later, by="practice", reason="")
    hand.set(LATER + timedelta(seconds=seconds))
    staff.receptionist.post(at("visit_undo", later), headers=HTMX)
    later.refresh_from_db()
    assert later.status == status


@pytest.mark.parametrize(("seconds", "back"), [(59, True), (60, False)])
def test_a_move_is_undone_for_a_minute(staff: Staff, later: Visit, hand: Hand, seconds: int, back: bool) -> None:
    post(staff.receptionist, "visit_move", later, by="practice", calendar=later.calendar_id, start="20270311T090000Z")
    hand.set(LATER + timedelta(seconds=seconds))
    staff.receptionist.post(at("visit_undo", later), headers=HTMX)
    later.refresh_from_db()
    assert (later.start == NEXT_WEEK) is back


def test_moved_to_any_time_on_the_wall_of_the_address(staff: Staff, later: Visit) -> None:
    response = post(
        staff.receptionist, "visit_move", later, by="patient", calendar=later.calendar_id, start="other",
        day="2027-03-29", clock="10:00",
    )  # fmt: skip
    assert response.status_code == 200
    later.refresh_from_db()
    assert later.start == NEXT_WEEK.replace(day=29, hour=8)  # summer time
    assert later.status == VisitStatus.CONFIRMED


def test_an_incomplete_other_time_comes_back_with_a_word(english: Callable[[Role], Client], later: Visit) -> None:
    client = english(Role.OWNER)
    response = post(client, "visit_move", later, by="patient", calendar=later.calendar_id, start="other", day="")
    assert response.status_code == 422
    assert "Choose a day and a time." in said(response)


def test_free_times_are_those_of_the_chosen_calendar(staff: Staff, later: Visit, scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Lis"))
    book(other, make_patient(scene.practice), NEXT_WEEK + hours(1))
    html = said(staff.receptionist.get(at("visit_move", later), {"calendar": other.pk}, headers=HTMX))
    assert 'value="20270310T090000Z"' in html
    assert 'value="20270310T100000Z"' not in html


def test_whoever_saw_an_older_revision_changes_nothing(english: Callable[[Role], Client], later: Visit) -> None:
    client = english(Role.RECEPTIONIST)
    Visit.objects.filter(pk=later.pk).update(revision=2)
    for name, form in (
        ("visit_cancel", {"by": "practice"}),
        ("visit_move", {"by": "practice", "calendar": later.calendar_id, "start": "20270311T090000Z"}),
        ("visit_give", {"patient": make_patient(later.practice).pk, "correction": "no"}),
        ("visit_confirm", {}),
    ):
        response = client.post(at(name, later), {"revision": 1, **form}, headers=HTMX)
        assert "Somebody else changed this visit in the meantime" in said(response)
        assert response["HX-Trigger"] == "desk:changed"
    later.refresh_from_db()
    assert (later.status, later.start) == (VisitStatus.BOOKED, NEXT_WEEK)


def test_marked_and_unmarked(staff: Staff, visit: Visit, hand: Hand) -> None:
    hand.set(NEXT_WEEK + hours(1))
    response = post(staff.doctor, "visit_mark", visit, "no_show")
    assert at("visit_mark", visit, "none") in said(response)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.NO_SHOW
    post(staff.doctor, "visit_mark", visit, "none")
    visit.refresh_from_db()
    assert visit.status == VisitStatus.BOOKED


def test_what_has_not_begun_is_not_marked(english: Callable[[Role], Client], later: Visit) -> None:
    assert "has not begun yet" in said(post(english(Role.OWNER), "visit_mark", later, "done"))
    assert post(english(Role.OWNER), "visit_mark", later, "maybe").status_code == 404


@pytest.mark.parametrize("correction", ["no", "yes"])
def test_given_to_another_patient_and_taken_back(staff: Staff, later: Visit, correction: str, scene: Scene) -> None:
    new = make_patient(scene.practice)
    post(staff.receptionist, "visit_give", later, patient=new.pk, correction=correction)
    later.refresh_from_db()
    assert later.patient == new
    told = {row.patient_id for row in messages(later, status=MessageStatus.PLANNED, kind__in=("details", "cancelled"))}
    assert told == (set() if correction == "yes" else {new.pk, scene.patient.pk})
    staff.receptionist.post(at("visit_undo", later), headers=HTMX)
    later.refresh_from_db()
    assert later.patient == scene.patient


def test_the_service_is_changed_and_changed_back(staff: Staff, later: Visit, scene: Scene) -> None:
    service = make_service(scene.calendar)
    response = post(staff.receptionist, "visit_service", later, service=service.pk)
    later.refresh_from_db()
    assert later.service == service
    assert at("visit_service_back", later, 0) in said(response)
    staff.receptionist.post(at("visit_service_back", later, 0), headers=HTMX)
    later.refresh_from_db()
    assert later.service is None


def test_the_service_of_another_calendar_is_no_choice(staff: Staff, later: Visit, scene: Scene) -> None:
    other = make_service(make_calendar(scene.practice, make_doctor(scene.practice, "Jan Lis")), "Inna")
    assert post(staff.receptionist, "visit_service", later, service=other.pk).status_code == 422
    assert staff.receptionist.post(at("visit_service_back", later, other.pk)).status_code == 404


def test_a_message_goes_once_more_where_that_is_allowed(english: Callable[[Role], Client], later: Visit) -> None:
    client = english(Role.RECEPTIONIST)
    (email,) = messages(later, channel="email", kind="details")
    post(client, "visit_resend", later, email.pk)
    assert messages(later, copy=1, status=MessageStatus.PLANNED)
    assert "being sent again already" in said(post(client, "visit_resend", later, email.pk))
    reminder = messages(later, kind="reminder")[0]
    assert "has not been sent" in said(post(client, "visit_resend", later, reminder.pk))


def test_why_a_message_does_not_go_again_is_said_in_words(english: Callable[[Role], Client], later: Visit) -> None:
    (email,) = messages(later, channel="email", kind="details")
    Patient.objects.filter(pk=later.patient_id).update(no_email=True)
    assert "the patient opted out of such messages" in said(post(english(Role.OWNER), "visit_resend", later, email.pk))


# The switches of one visit

ALL_ON = dict.fromkeys(("details", "reminder", "actions", "review", "offer", "rebook"), "on")


def test_what_the_preview_says_is_what_happens(english: Callable[[Role], Client], later: Visit) -> None:
    client = english(Role.RECEPTIONIST)
    before = ahead(later)
    form = {name: value for name, value in ALL_ON.items() if name not in ("reminder", "rebook")}
    html = said(post(client, "visit_switches_effect", later, **form))
    assert ahead(later) == before
    response = post(client, "visit_switches", later, **form)
    gone = before - ahead(later)
    assert {kind for kind, _ in gone} == {"reminder", "rebook"}
    for kind, word in (("reminder", "Reminder"), ("rebook", "Invitation to the next visit")):
        assert f"{word} ({sum(one == kind for one, _ in gone)})" in html
    later.refresh_from_db()
    assert later.own_switches == VisitSwitches(reminder=False, rebook=False)
    back = at("visit_switches_back", later, "xxxxxx0-x0xxx00")
    assert back in said(response)
    client.post(back, headers=HTMX)
    assert ahead(later) == before


def shown_in(html: str, name: str) -> str:
    """What a hidden field of the form holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None
    return found.group(1)


def test_of_two_who_change_the_switches_the_later_is_told(english: Callable[[Role], Client], later: Visit) -> None:
    first, second = english(Role.OWNER), english(Role.RECEPTIONIST)
    html = said(second.get(at("visit_switches", later), headers=HTMX))
    seen = {name: shown_in(html, name) for name in ("own", "filled")}
    off = {name: value for name, value in ALL_ON.items() if name != "reminder"}
    saved = said(post(first, "visit_switches", later, **seen, **off))
    refused = said(post(second, "visit_switches", later, **seen, silent="on", **ALL_ON))
    later.refresh_from_db()
    assert later.own_switches == VisitSwitches(reminder=False)
    assert "Somebody else changed these switches in the meantime" in refused
    back = at("visit_switches_back", later, "xxxxxx0-x0xxxx0")
    assert back in saved
    post(second, "visit_switches", later, silent="on", **off)
    assert "Somebody else changed these switches" in said(first.post(back, headers=HTMX))
    later.refresh_from_db()
    assert later.own_switches == VisitSwitches(reminder=False, silent=True)


def test_a_calendar_that_changed_since_the_form_was_shown_leaves_nothing_with_the_visit(
    staff: Staff, later: Visit
) -> None:
    html = said(staff.receptionist.get(at("visit_switches", later), headers=HTMX))
    Calendar.objects.update(review=False)
    seen = {name: shown_in(html, name) for name in ("own", "filled")}
    form = {name: value for name, value in ALL_ON.items() if name != "rebook"}
    post(staff.receptionist, "visit_switches", later, **seen, **form)
    later.refresh_from_db()
    assert later.own_switches == VisitSwitches(rebook=False)


def test_silence_is_stored_beside_the_switches(staff: Staff, later: Visit) -> None:
    post(staff.receptionist, "visit_switches", later, silent="on", **ALL_ON)
    later.refresh_from_db()
    assert later.own_switches == VisitSwitches(silent=True)
    assert ahead(later) == set()


def test_whoever_booked_online_keeps_the_request_for_an_opinion(
    scene: Scene, english: Callable[[Role], Client]
) -> None:
    booked = book(scene.calendar, scene.patient, by=Party.PATIENT, via=Via.PORTAL)
    client = english(Role.RECEPTIONIST)
    html = said(client.get(at("visit_switches", booked), headers=HTMX))
    assert "always on" in html
    form = {name: value for name, value in ALL_ON.items() if name != "review"}
    post(client, "visit_switches", booked, **form)
    booked.refresh_from_db()
    assert booked.own_switches == VisitSwitches()
    assert ("review", "email") in ahead(booked)


@pytest.mark.parametrize("was", ["xxx", "xxxxxx0", "xxxxxx2-xxxxxx0", "xxxxxx0-1111111111"])
def test_nothing_but_switches_is_read_from_an_address(staff: Staff, later: Visit, was: str) -> None:
    assert staff.owner.post(at("visit_switches_back", later, was)).status_code == 404


def test_the_booking_is_taken_back_and_nobody_hears_of_it(staff: Staff, scene: Scene, hand: Hand) -> None:
    booked = book(scene.calendar, scene.patient)
    staff.receptionist.post(at("visit_undo", booked), headers=HTMX)
    booked.refresh_from_db()
    assert booked.status == VisitStatus.CANCELLED
    assert not [row for row in messages(booked) if row.status in ("planned", "waiting")]


def test_everything_works_without_a_script(staff: Staff, later: Visit) -> None:
    form = {"revision": later.revision, "by": "practice", "reason": ""}
    page = staff.receptionist.get(at("visit_cancel", later))
    assert "<html" in said(page)
    response = staff.receptionist.post(at("visit_cancel", later), form)
    assert (response.status_code, response["Location"]) == (303, at("visit", later))
    html = said(staff.receptionist.get(at("visit", later)))
    assert at("visit_undo", later) in html


def test_a_cancelled_visit_offers_no_acts(staff: Staff, later: Visit) -> None:
    visit_cancelled.cancel(
        practice=later.practice, visit_id=later.pk, by=Party.PRACTICE, via=Via.API, actor=ACTOR, now=LATER
    )
    html = said(staff.receptionist.get(at("visit", later)))
    assert at("visit_move", later) not in html
    assert at("visit_undo", later) not in html
