from http import HTTPStatus

from django.test import Client
from django.urls import reverse

from myosotis.domain.words import Role
from myosotis.store.models import StaffUser
from tests.db.desk.conftest import Staff, browser_of, make_staff
from tests.db.make import Scene, make_practice


def test_nobody_sees_the_desk_without_signing_in(db: None) -> None:
    answer = Client().get(reverse("desk:today"))

    assert answer.status_code == HTTPStatus.FOUND
    assert answer.headers["Location"] == "/desk/account/login/?next=%2Fdesk%2F"


def test_a_piece_of_a_page_takes_the_whole_page_to_signing_in(db: None) -> None:
    answer = Client().get(reverse("desk:today"), headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == "/desk/account/login/"


def test_everybody_of_the_staff_sees_today(staff: Staff, scene: Scene) -> None:
    for role in Role:
        answer = staff.of(role).get(reverse("desk:today"))
        assert answer.status_code == HTTPStatus.OK
        assert scene.practice.name in answer.content.decode()
        assert "no-store" in answer.headers["Cache-Control"]


def test_somebody_without_a_practice_is_sent_away(db: None) -> None:
    lonely = browser_of(StaffUser.objects.create_user("nikt@example.org", "x"))

    assert lonely.get(reverse("desk:today")).status_code == HTTPStatus.FOUND


def test_somebody_of_two_practices_works_in_the_first_until_choosing(staff: Staff, scene: Scene) -> None:
    user = make_staff(scene.practice, Role.OWNER)
    other = make_practice(name="Gabinet na Wzgórzu")
    user.memberships.create(practice=other, role=Role.RECEPTIONIST)

    assert scene.practice.name in browser_of(user).get(reverse("desk:today")).content.decode()
