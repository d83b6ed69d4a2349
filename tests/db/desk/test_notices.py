"""Notices: what patients did of themselves, told within ten seconds and once."""

from datetime import timedelta
from http import HTTPStatus

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.words import Party, Role, Via
from myosotis.flows import actor, offer_answered, opinion_given, sms_arrived, visit_cancelled, visit_confirmed
from myosotis.store.models import Calendar, Candidate, Membership, Visit
from tests.db.desk.conftest import Staff
from tests.db.make import ACTOR, NOW, Scene, book, hours, make_calendar, make_doctor, make_patient
from tests.db.web.letters import Hand

SECOND = timedelta(seconds=1)


def bell(client: Client, mark: str = "", **given: str) -> HttpResponse:
    return client.get(reverse("desk:bell"), {"mark": mark, **given}, headers={"HX-Request": "true"})  # type: ignore[return-value] # of the test's client


def mark_in(answer: HttpResponse) -> str:
    return answer.content.decode().partition("mark=")[2].partition('"')[0]


def confirmed(scene: Scene, now: object = NOW, via: Via = Via.PORTAL, calendar: Calendar | None = None) -> Visit:
    visit = book(calendar or scene.calendar, make_patient(scene.practice), now=NOW - hours(1))
    return visit_confirmed.confirm(
        practice=scene.practice,
        visit_id=visit.pk,
        by=Party.PATIENT,
        via=via,
        actor=ACTOR,
        now=now,  # type: ignore[arg-type] # an instant
    )


def page(client: Client) -> str:
    return client.get(reverse("desk:notices")).content.decode()


def test_nothing_new_is_answered_by_nothing(scene: Scene, staff: Staff) -> None:
    first = bell(staff.receptionist)
    assert first.status_code == HTTPStatus.OK

    assert bell(staff.receptionist, mark_in(first)).status_code == HTTPStatus.NO_CONTENT


def test_what_a_patient_does_is_said_once_and_the_page_loads_anew(scene: Scene, staff: Staff, hand: Hand) -> None:
    mark = mark_in(bell(staff.receptionist))
    visit = confirmed(scene, hand.set(NOW + 5 * SECOND))
    answer = bell(staff.receptionist, mark)
    html = answer.content.decode()

    assert "Pacjent potwierdził wizytę: śr. 10.03.2027, 10:00" in html
    assert visit.patient.last_name not in html
    assert answer.headers["HX-Trigger-After-Swap"] == "desk:changed"
    again = bell(staff.receptionist, mark_in(answer))
    assert again.status_code == HTTPStatus.NO_CONTENT


def test_what_the_page_has_just_loaded_is_not_loaded_again(scene: Scene, staff: Staff, hand: Hand) -> None:
    mark = mark_in(bell(staff.receptionist))
    confirmed(scene, hand.set(NOW + 5 * SECOND))

    assert "HX-Trigger-After-Swap" not in bell(staff.receptionist, mark, quiet="1").headers


def test_what_staff_do_is_no_notice_but_pages_load_anew(scene: Scene, staff: Staff, hand: Hand) -> None:
    mark = mark_in(bell(staff.receptionist))
    confirmed(scene, hand.set(NOW + 5 * SECOND), via=Via.DESK)
    answer = bell(staff.receptionist, mark)

    assert "potwierdził" not in answer.content.decode()
    assert answer.headers["HX-Trigger-After-Swap"] == "desk:changed"


def test_many_at_once_are_said_as_a_number(scene: Scene, staff: Staff, hand: Hand) -> None:
    mark = mark_in(bell(staff.receptionist))
    for number in range(4):
        confirmed(scene, hand.set(NOW + (number + 1) * SECOND))

    assert "Nowe powiadomienia: 4" in bell(staff.receptionist, mark).content.decode()


def test_a_mark_that_nobody_made_is_no_mark(staff: Staff) -> None:
    for mark in ("x", "1-2.3", "1-2.x.y", "1-2.3." + "9" * 40):
        assert bell(staff.receptionist, mark).status_code == HTTPStatus.OK


def test_the_list_tells_everything_that_patients_did(scene: Scene, staff: Staff, hand: Hand) -> None:
    booked = book(scene.calendar, make_patient(scene.practice), NOW + hours(300), by=Party.PATIENT, via=Via.PORTAL)
    freed = book(scene.calendar, make_patient(scene.practice), NOW + hours(24 * 5), now=NOW - hours(2))
    winner = book(scene.calendar, make_patient(scene.practice), NOW + hours(24 * 9), now=NOW - hours(2))
    held = book(scene.calendar, make_patient(scene.practice), NOW - hours(30), now=NOW - hours(200))
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=freed.pk, by=Party.PATIENT, via=Via.PORTAL, actor=ACTOR, now=NOW
    )
    candidate = Candidate.objects.get(visit=winner)
    offer_answered.accept(
        practice=scene.practice, candidate_id=candidate.pk, actor=actor.patient(winner.patient_id), via=Via.PORTAL,
        now=hand.set(NOW + 2 * SECOND),
    )  # fmt: skip
    sms_arrived.take(
        practice_id=scene.practice.pk,
        sender=scene.patient.phone,
        text="Czy jest winda?",
        now=hand.set(NOW + 3 * SECOND),
    )
    opinion_given.give(
        practice=scene.practice, visit_id=held.pk, patient_id=held.patient_id, stars=4, now=hand.set(NOW + 4 * SECOND)
    )
    html = page(staff.receptionist)

    for words in (
        "Pacjent umówił wizytę przez internet", "Pacjent odwołał wizytę", "Pacjent wziął wcześniejszy termin",
        "Pacjent napisał", "Pacjent wystawił opinię",
    ):  # fmt: skip
        assert words in html, words
    assert "Pacjent przełożył wizytę" not in html, "taking an offer is told as that"
    for visit in (booked, freed, winner):
        assert visit.patient.last_name in html
    assert html.index("wystawił opinię") < html.index("napisał") < html.index("odwołał")


def test_a_plain_yes_is_told_as_a_confirmation_alone(scene: Scene, staff: Staff) -> None:
    html = page(staff.receptionist)
    assert "Jeszcze nic" in html
    sms_arrived.take(practice_id=scene.practice.pk, sender=scene.patient.phone, text="STOP", now=NOW)

    assert "Pacjent nie chce SMS-ów" in page(staff.receptionist)
    assert "Pacjent napisał" not in page(staff.receptionist)


def test_once_shown_they_are_seen_by_this_user_alone(scene: Scene, staff: Staff, hand: Hand) -> None:
    confirmed(scene)
    hand.set(NOW + SECOND)
    assert ">1</span>" in bell(staff.receptionist).content.decode()
    until = page(staff.receptionist).partition('name="until" value="')[2].partition('"')[0]
    staff.receptionist.post(reverse("desk:notices_seen"), {"until": until})

    assert ">1</span>" not in bell(staff.receptionist).content.decode()
    assert "notice-new" not in page(staff.receptionist)
    assert ">1</span>" in bell(staff.owner).content.decode()


def test_looking_at_the_list_alone_changes_nothing(scene: Scene, staff: Staff) -> None:
    page(staff.receptionist)

    assert Membership.objects.get(role=Role.RECEPTIONIST).seen_at is None


def test_a_doctor_is_told_of_the_own_calendars_only(scene: Scene, staff: Staff, hand: Hand) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Inny"))
    mark = mark_in(bell(staff.doctor))
    foreign = confirmed(scene, hand.set(NOW + 5 * SECOND), calendar=other)

    assert "potwierdził" not in bell(staff.doctor, mark).content.decode()
    assert foreign.patient.last_name not in page(staff.doctor)


def test_asking_costs_little_and_the_list_no_query_a_row(
    scene: Scene, staff: Staff, hand: Hand, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        visit = confirmed(scene, hand.set(NOW + number * SECOND))
        sms_arrived.take(practice_id=scene.practice.pk, sender=visit.patient.phone, text="Halo", now=NOW)
    mark = mark_in(bell(staff.receptionist))
    with django_assert_max_num_queries(5):
        assert bell(staff.receptionist, mark).status_code == HTTPStatus.NO_CONTENT
    with django_assert_max_num_queries(9):
        page(staff.receptionist)
