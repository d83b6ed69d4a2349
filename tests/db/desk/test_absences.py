"""Lekarz nieobecny: closing the calendar, dealing with the visits, following who knows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from myosotis.domain.words import Role, VisitStatus
from myosotis.store.models import Absence, BlockedTime, Doctor, Visit
from tests.db.desk.conftest import Staff
from tests.db.make import (
    NEXT_WEEK,
    NOW,
    Scene,
    book,
    hours,
    make_calendar,
    make_doctor,
    make_patient,
    make_practice,
    send_due,
)
from tests.db.web.letters import Hand

LATER = NOW + hours(1)
HTMX = {"HX-Request": "true"}
DAY = {"first_day": "2027-03-10", "last_day": "2027-03-10"}


def said(response: Any) -> str:
    return response.content.decode()


def form(scene: Scene, **given: Any) -> dict[str, Any]:
    return {**DAY, "calendars": [scene.calendar.pk], "way": "cancel", **given}


def begin(client: Client, scene: Scene, **given: Any) -> Absence:
    response = client.post(reverse("desk:absence_new"), form(scene, begin="1", **given))
    assert response.status_code == 303, said(response)
    return Absence.objects.get(pk=int(response["Location"].rsplit("/", 1)[1]))


def work(client: Client, absence: Absence) -> str:
    """As the page asks for it by itself, until nothing is left."""
    url = reverse("desk:absence_work", args=[absence.pk])
    for _ in range(10):
        html = said(client.post(url, headers=HTMX))
        if "absence-progress" not in html:
            return html
    raise AssertionError("it never ends")


@pytest.fixture
def visits(scene: Scene, staff: Staff, hand: Hand) -> list[Visit]:
    """A day with twelve visits whose patients know of them."""
    made = [
        book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(minutes=30 * number))
        for number in range(12)
    ]
    for visit in made:
        send_due(visit, NOW + timedelta(seconds=61))
    hand.set(LATER)
    return made


def test_the_visits_are_shown_before_anything_is_done(
    english: Callable[[Role], Client], scene: Scene, visits: list[Visit]
) -> None:
    lost = visits[3].patient
    lost.no_sms = lost.no_email = True
    lost.save()
    client = english(Role.RECEPTIONIST)
    html = said(client.post(reverse("desk:absence_new"), form(scene), headers=HTMX))
    assert "12 visits" in html
    assert html.count("by a call only") == 1
    assert "e-mail, SMS" in html
    assert not Absence.objects.exists()


def test_a_form_that_is_not_filled_in_shows_what_is_missing(english: Callable[[Role], Client], scene: Scene) -> None:
    client = english(Role.OWNER)
    assert "Choose calendars and days" in said(client.post(reverse("desk:absence_new"), {}, headers=HTMX))
    response = client.post(reverse("desk:absence_new"), form(scene, way="move_days", begin="1"))
    assert response.status_code == 422
    assert "This has to be filled in." in said(response)
    assert not BlockedTime.objects.exists()


def test_a_day_is_cancelled_and_followed(
    english: Callable[[Role], Client], scene: Scene, visits: list[Visit], hand: Hand
) -> None:
    client = english(Role.RECEPTIONIST)
    absence = begin(client, scene, message="Lekarz jest chory.", **{f"visit-{visits[0].pk}": "leave"})
    assert "absence-progress" in said(client.get(reverse("desk:absence", args=[absence.pk])))
    html = work(client, absence)
    assert reverse("desk:absence_undo", args=[absence.pk]) in html
    assert html.count("goes out Mon 1 Mar 2027, 11:01") == 11
    assert "left as it is" in html
    assert list(Visit.objects.values_list("status", flat=True).order_by("start"))[:2] == ["booked", "cancelled"]
    hand.set(LATER + timedelta(seconds=61))
    for visit in visits[1:]:
        send_due(visit, LATER + timedelta(seconds=61))
    html = said(client.get(reverse("desk:absence", args=[absence.pk]), headers=HTMX))
    assert html.count("not read yet; SMS Mon 1 Mar 2027, 15:01 unless it is read before") == 11
    assert reverse("desk:absence_undo", args=[absence.pk]) not in html
    called = reverse("desk:call_note", args=[visits[1].pk, "reached"])
    assert called in html
    client.post(called, {"revision": 2}, headers=HTMX)
    assert "knows by phone" in said(client.get(reverse("desk:absence", args=[absence.pk]), headers=HTMX))


@pytest.mark.parametrize(("seconds", "status"), [(59, VisitStatus.BOOKED), (60, VisitStatus.CANCELLED)])
def test_all_of_it_is_taken_back_within_a_minute(
    staff: Staff, scene: Scene, visits: list[Visit], hand: Hand, seconds: int, status: VisitStatus
) -> None:
    absence = begin(staff.receptionist, scene)
    work(staff.receptionist, absence)
    hand.set(LATER + timedelta(seconds=seconds))
    staff.receptionist.post(reverse("desk:absence_undo", args=[absence.pk]), headers=HTMX)
    assert set(Visit.objects.values_list("status", flat=True)) == {status}
    assert BlockedTime.objects.exists() is (status is VisitStatus.CANCELLED)


def test_the_calendar_is_opened_again_and_the_history_says_so(
    english: Callable[[Role], Client], scene: Scene, visits: list[Visit]
) -> None:
    client = english(Role.OWNER)
    absence = begin(client, scene, why="grypa")
    assert "calendar closed" in said(client.get(reverse("desk:absences")))
    client.post(reverse("desk:absence_reopen", args=[absence.pk]))
    html = said(client.get(reverse("desk:absences")))
    assert "calendar open again" in html
    assert "grypa" in html


def test_what_did_not_fit_is_listed(english: Callable[[Role], Client], scene: Scene, visits: list[Visit]) -> None:
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(days=1))
    client = english(Role.RECEPTIONIST)
    html = work(client, begin(client, scene, way="move_days", days=1))
    assert html.count("that time is not free: stays as it is") == 1
    assert "Thu 11 Mar, 10:30" in html


def doctor_of(scene: Scene) -> Doctor:
    return make_doctor(scene.practice, "Jan Lis")


def test_a_doctor_is_away_in_own_calendars_only(staff: Staff, scene: Scene, visits: list[Visit]) -> None:
    other = make_calendar(scene.practice, doctor_of(scene))
    url = reverse("desk:absence_new")
    for given in ({"calendars": [other.pk]}, {"way": "move_calendar", "to_calendar": other.pk}):
        assert staff.doctor.post(url, form(scene, begin="1", **given)).status_code == 422
    assert not Absence.objects.exists()
    assert begin(staff.doctor, scene).visits.count() == 12


def test_a_doctor_does_not_reach_absences_of_others(staff: Staff, scene: Scene, visits: list[Visit]) -> None:
    other = make_calendar(scene.practice, doctor_of(scene))
    theirs = begin(staff.receptionist, scene, calendars=[other.pk])
    both = begin(staff.receptionist, scene, calendars=[other.pk, scene.calendar.pk])
    for absence in (theirs, both):
        for name in ("absence_work", "absence_undo", "absence_reopen"):
            assert staff.doctor.post(reverse(f"desk:{name}", args=[absence.pk])).status_code == 404
        assert staff.doctor.get(reverse("desk:absence", args=[absence.pk])).status_code == 404
    assert reverse("desk:absence", args=[both.pk]) not in said(staff.doctor.get(reverse("desk:absences")))


def test_nothing_of_another_practice_is_there(staff: Staff, scene: Scene) -> None:
    other = make_practice("Inna")
    calendar = make_calendar(other)
    assert (
        staff.owner.post(reverse("desk:absence_new"), form(scene, calendars=[calendar.pk], begin="1")).status_code
        == 422
    )
    absence = Absence.objects.create(
        practice=other, first_day="2027-03-10", last_day="2027-03-10", way="cancel", created_at=NOW
    )
    for name in ("absence_work", "absence_undo", "absence_reopen"):
        assert staff.owner.post(reverse(f"desk:{name}", args=[absence.pk])).status_code == 404
    assert staff.owner.get(reverse("desk:absence", args=[absence.pk])).status_code == 404


def test_following_many_visits_asks_no_more_than_following_few(
    staff: Staff, scene: Scene, visits: list[Visit], django_assert_max_num_queries: Any
) -> None:
    absence = begin(staff.receptionist, scene)
    work(staff.receptionist, absence)
    url = reverse("desk:absence", args=[absence.pk])
    with django_assert_max_num_queries(26):
        staff.receptionist.get(url, headers=HTMX)
    with django_assert_max_num_queries(20):
        staff.receptionist.post(reverse("desk:absence_new"), form(scene), headers=HTMX)
    with django_assert_max_num_queries(14):
        staff.receptionist.get(reverse("desk:absences"))


def test_the_form_begins_with_the_calendars_of_the_doctor_asked_for(staff: Staff, scene: Scene) -> None:
    second = make_calendar(scene.practice, scene.calendar.doctor)
    make_calendar(scene.practice, doctor_of(scene))
    html = said(staff.owner.get(reverse("desk:absence_new"), {"calendar": str(second.pk), "day": "2027-03-10"}))
    assert html.count(" checked") == 3  # both calendars, and the way
    assert 'value="2027-03-10"' in html
