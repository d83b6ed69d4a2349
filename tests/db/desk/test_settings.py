"""The settings: what each page takes, refuses and says, for whom."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from myosotis.domain.words import Role
from tests.db.desk.conftest import Staff
from tests.db.make import Scene, make_service

OK, INVALID = HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY

OF_PRACTICE = ("practice", "senders", "window", "reading", "consent")
OF_OFFICE = ("doctors", "doctor_new", "addresses", "address_new", "calendar_new")
OF_CALENDAR = ("hours", "days", "blocks", "services", "service_new")


def read(client: Client, page: str, *ids: int) -> str:
    answer = client.get(reverse(f"desk:{page}", args=ids))
    assert answer.status_code == OK, page
    return answer.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_each_role_finds_its_sections(staff: Staff, scene: Scene, role: Role) -> None:
    index = read(staff.of(role), "settings")
    shown = {
        page
        for page in (*OF_PRACTICE, "doctors", "addresses", "calendars")
        if f'href="{reverse(f"desk:{page}")}"' in index
    }
    wanted = {"calendars"}
    if role is not Role.DOCTOR:
        wanted |= {"doctors", "addresses"}
    if role is Role.OWNER:
        wanted |= set(OF_PRACTICE)
    assert shown == wanted


@pytest.mark.parametrize("page", [*OF_PRACTICE, *OF_OFFICE, "calendars", *OF_CALENDAR])
def test_pages_show(staff: Staff, scene: Scene, page: str) -> None:
    make_service(scene.calendar)
    read(staff.owner, page, *([scene.calendar.pk] if page in OF_CALENDAR else []))


def test_a_calendar_shows(staff: Staff, scene: Scene) -> None:
    read(staff.owner, "calendar", scene.calendar.pk)
