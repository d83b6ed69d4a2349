"""The call list at the desk: whom to call and why, what came of it, and taking that back."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.words import Kind, Via, VisitStatus
from myosotis.flows import visit_changed
from myosotis.store.models import CallNote, Message, Visit
from tests.db.desk.conftest import Staff
from tests.db.make import ACTOR, NOW, Scene, book, hours, make_calendar, make_doctor, make_patient, send_due


def listed(client: Client, which: str = "") -> str:
    answer = client.get(reverse("desk:calls"), {"list": which} if which else {}, headers={"HX-Target": "to-call"})
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def unreachable(scene: Scene, **card: Any) -> Visit:
    card = {"email": "", "phone": "+48124445566", "phone_is_mobile": False, **card}
    return book(scene.calendar, make_patient(scene.practice, **card), NOW + hours(24 * 9))


def press(client: Client, visit: Visit, result: str, revision: int | None = None) -> str:
    """Say how the call went; the address that takes it back, empty where it was refused."""
    answer = client.post(
        reverse("desk:call_note", args=[visit.pk, result]),
        {"revision": visit.revision if revision is None else revision},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == HTTPStatus.OK
    html = answer.content.decode()
    return html.partition('hx-post="')[2].partition('"')[0]


def test_a_row_says_whom_to_call_about_what_and_why(scene: Scene, staff: Staff) -> None:
    visit = unreachable(scene)
    html = listed(staff.receptionist)

    assert visit.patient.last_name in html
    assert 'href="tel:+48124445566"' in html
    assert "telefon stacjonarny" in html
    assert "brak adresu e-mail" in html


def test_until_the_hand_over_the_guardian_is_called(scene: Scene, staff: Staff) -> None:
    unreachable(
        scene, phone="", guardian_name="Ewa Opiekun", guardian_phone="+48221112233", guardian_phone_is_mobile=False
    )

    html = listed(staff.receptionist)
    assert 'href="tel:+48221112233"' in html
    assert "Ewa Opiekun" in html


def test_a_former_patient_who_does_not_know_is_called_and_not_the_present_one(scene: Scene, staff: Staff) -> None:
    former = make_patient(scene.practice, phone="+48600999888")
    visit = book(scene.calendar, former, NOW + hours(24 * 9), now=NOW - hours(48))
    send_due(visit, NOW - hours(47))
    present = make_patient(scene.practice)
    visit_changed.give_to(
        practice=scene.practice, visit_id=visit.pk, patient_id=present.pk, correction=False, via=Via.DESK, actor=ACTOR,
        now=NOW - hours(2),
    )  # fmt: skip
    send_due(visit, NOW - hours(1))
    Message.objects.filter(visit=visit, kind=Kind.CANCELLED).update(status="failed", attempts=1, reason="not_delivered")
    html = listed(staff.receptionist)

    assert former.last_name in html
    assert 'href="tel:+48600999888"' in html
    assert present.phone not in html


@pytest.mark.parametrize(
    ("result", "status", "stays"),
    [
        ("reached", VisitStatus.BOOKED, False),
        ("confirmed", VisitStatus.CONFIRMED, False),
        ("cancelled", VisitStatus.CANCELLED, False),
        ("left_message", VisitStatus.BOOKED, True),
        ("not_reached", VisitStatus.BOOKED, True),
    ],
)
def test_one_click_says_how_it_went_and_another_takes_it_back(
    scene: Scene, staff: Staff, result: str, status: VisitStatus, *, stays: bool
) -> None:
    visit = unreachable(scene)
    undo = press(staff.receptionist, visit, result)

    visit.refresh_from_db()
    assert visit.status == status
    assert (visit.patient.last_name in listed(staff.receptionist)) is stays
    staff.receptionist.post(undo)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.BOOKED
    assert visit.patient.last_name in listed(staff.receptionist)


def test_tries_so_far_are_shown(scene: Scene, staff: Staff) -> None:
    visit = unreachable(scene)
    press(staff.receptionist, visit, "not_reached")

    assert "nie odbiera" in listed(staff.receptionist)


def test_a_row_that_is_out_of_date_does_nothing(scene: Scene, staff: Staff) -> None:
    visit = unreachable(scene)

    assert press(staff.receptionist, visit, "cancelled", revision=9) == ""
    assert not CallNote.objects.exists()


def test_the_unconfirmed_of_the_next_working_day(scene: Scene, staff: Staff) -> None:
    visit = book(scene.calendar, make_patient(scene.practice), NOW + hours(25))
    assert visit.patient.last_name in listed(staff.receptionist, "unconfirmed")

    press(staff.receptionist, visit, "confirmed")
    assert visit.patient.last_name not in listed(staff.receptionist, "unconfirmed")


def test_a_doctor_calls_about_the_own_visits_only(scene: Scene, staff: Staff) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Inny"))
    visit = book(other, make_patient(scene.practice, email="", phone=""), NOW + hours(24 * 9))

    assert visit.patient.last_name not in listed(staff.doctor)
    foreign = staff.doctor.post(reverse("desk:call_note", args=[visit.pk, "reached"]))
    assert foreign.status_code == HTTPStatus.NOT_FOUND
    press(staff.receptionist, visit, "reached")
    undone = staff.doctor.post(reverse("desk:call_undo", args=[CallNote.objects.get().pk]))
    assert undone.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("which", ["", "unconfirmed"])
def test_queries_do_not_grow_with_the_list(
    scene: Scene, staff: Staff, which: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        press(staff.receptionist, unreachable(scene), "not_reached")
        book(scene.calendar, make_patient(scene.practice), NOW + hours(22 + number / 3))
    with django_assert_max_num_queries(28):
        listed(staff.receptionist, which)
