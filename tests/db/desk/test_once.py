"""A form sent twice, by a second click or for a lost answer, does once what it says."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from myosotis.domain.words import Role
from myosotis.store.models import Absence, BlockedTime, Patient, StaffLetter, Visit
from tests.db.desk.conftest import Staff, browser_of, followed, make_staff
from tests.db.make import Scene
from tests.db.web.letters import Hand

HTMX = {"HX-Request": "true", "HX-Target": "drawer-body"}
BOOKING = {"day": "2027-03-10", "time": "10:00", "minutes": "30", "first_name": "Łucja", "last_name": "Żak"}
BLOCKING = {"day": "2027-03-10", "begins": "10:00", "end": "11:00"}
AWAY = {"first_day": "2027-03-10", "last_day": "2027-03-10", "way": "cancel", "begin": "1"}
CARD = {"first_name": "Łucja", "last_name": "Żak"}
INVITED = {"email": "ewa@example.org", "name": "Ewa Lis", "role": "receptionist", "language": "pl"}


def mark_of(client: Client, name: str) -> str:
    """By what this showing of the form is told from others."""
    page = client.get(reverse(f"desk:{name}")).content.decode()
    shown = re.findall(r'name="once" value="([^"]+)"', page)
    assert len(shown) == 1
    return str(shown[0])


@pytest.mark.parametrize(
    ("name", "row", "fields"),
    [
        ("book", Visit, BOOKING),
        ("schedule_block", BlockedTime, BLOCKING),
        ("absence_new", Absence, AWAY),
        ("patient_new", Patient, CARD),
        ("staff_invite", StaffLetter, INVITED),
    ],
)
def test_sent_twice_it_is_done_once(staff: Staff, scene: Scene, name: str, row: Any, fields: dict[str, str]) -> None:
    there = row.objects.count()
    calendar = {"calendar": str(scene.calendar.pk), "calendars": str(scene.calendar.pk)}
    form = {**calendar, **fields, "once": mark_of(staff.owner, name)}
    address = reverse(f"desk:{name}")

    first = staff.owner.post(address, form)
    said = followed(staff.owner, address, form)

    assert first.status_code < 400
    assert row.objects.count() == there + 1
    assert "Ten formularz został już wysłany; nic nie zrobiono dwa razy." in said


def test_in_the_drawer_the_second_booking_closes_it(staff: Staff, scene: Scene) -> None:
    form = {"calendar": str(scene.calendar.pk), **BOOKING, "once": mark_of(staff.receptionist, "book")}
    staff.receptionist.post(reverse("desk:book"), form, headers=HTMX)

    answer = staff.receptionist.post(reverse("desk:book"), form, headers=HTMX)

    assert answer.headers["HX-Trigger-After-Settle"] == "desk:close"
    assert Visit.objects.count() == 1
    assert Patient.objects.filter(last_name="Żak").count() == 1


def test_what_was_refused_or_filled_in_otherwise_is_another_form(staff: Staff, scene: Scene) -> None:
    form = {"calendar": str(scene.calendar.pk), **BOOKING, "once": mark_of(staff.receptionist, "book")}
    address = reverse("desk:book")

    assert staff.receptionist.post(address, {**form, "minutes": "0"}).status_code == 422
    assert staff.receptionist.post(address, {**form, "minutes": "0"}).status_code == 422
    staff.receptionist.post(address, form)
    staff.receptionist.post(address, {**form, "time": "12:00"})

    assert Visit.objects.count() == 2


def test_looking_at_the_visits_first_does_not_begin_the_absence(staff: Staff, scene: Scene) -> None:
    form = {"calendars": str(scene.calendar.pk), **AWAY, "once": mark_of(staff.receptionist, "absence_new")}
    looking = {name: value for name, value in form.items() if name != "begin"}
    address = reverse("desk:absence_new")

    assert staff.receptionist.post(address, looking).status_code == 200
    assert staff.receptionist.post(address, looking).status_code == 200
    staff.receptionist.post(address, form)

    assert Absence.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's memory database is shared by all threads")
@pytest.mark.django_db(transaction=True)
def test_sent_by_two_clicks_at_once_it_is_done_once(hand: Hand) -> None:
    scene = Scene.set()
    user = make_staff(scene.practice, Role.RECEPTIONIST)
    browsers = [browser_of(user) for _ in range(4)]
    form = {"calendar": str(scene.calendar.pk), **BOOKING, "once": mark_of(browsers[0], "book")}

    def click(browser: Client) -> int:
        try:
            return browser.post(reverse("desk:book"), form).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(click, browsers)) == [303] * 4
    assert Visit.objects.count() == 1
    assert Patient.objects.filter(last_name="Żak").count() == 1
