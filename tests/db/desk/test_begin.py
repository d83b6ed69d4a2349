"""The first start: the key, the first owner, the practice."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from myosotis.domain.words import Role
from myosotis.flows import practice_begun
from myosotis.flows.errors import Conflict
from myosotis.store.models import Membership, Practice, StaffUser
from tests.db.make import NOW, make_practice
from tests.db.web.letters import Hand

BEGIN = "/desk/begin"
OWNER = {
    "practice_name": "Gabinet Nowak",
    "name": "Anna Nowak",
    "email": "Anna@Example.org",
    "password": "cztery konie w deszczu",
    "language": "pl",
}


@pytest.fixture
def opened(db: None, hand: Hand) -> Client:
    """A browser in which the right key was typed."""
    client = Client()
    client.post(BEGIN, {"key": practice_begun.key()})
    return client


def test_an_empty_installation_leads_to_the_first_start(db: None) -> None:
    page = Client().get("/desk/", follow=True)

    assert page.redirect_chain[-1][0] == BEGIN
    assert page.status_code == HTTPStatus.OK


def test_without_the_key_nobody_gets_further(db: None, hand: Hand) -> None:
    client = Client()

    assert client.post(BEGIN, {"key": "AAAA-BBBB-CCCC-DDDD"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client.post(BEGIN, OWNER).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not StaffUser.objects.exists()


@pytest.mark.parametrize(
    "change", [str.lower, lambda key: key.replace("-", " "), lambda key: f" {key.replace('-', '')} "]
)
def test_the_key_is_understood_however_it_is_typed(change: Any) -> None:
    assert practice_begun.fits(change(practice_begun.key()))
    assert not practice_begun.fits(practice_begun.key()[:-1])
    assert not practice_begun.fits("żółć")


def test_keys_are_not_found_by_trying(db: None, hand: Hand) -> None:
    for _ in range(5):
        Client().post(BEGIN, {"key": "AAAA-BBBB-CCCC-DDDD"})

    assert Client().post(BEGIN, {"key": practice_begun.key()}).status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_the_first_owner_begins_a_practice_and_is_in(opened: Client) -> None:
    answer = opened.post(BEGIN, OWNER)

    assert answer.status_code == HTTPStatus.FOUND
    membership = Membership.objects.select_related("practice", "user").get()
    assert (membership.role, membership.practice.name, membership.user.email) == (
        Role.OWNER,
        "Gabinet Nowak",
        "anna@example.org",
    )
    assert opened.get("/desk/account/").status_code == HTTPStatus.OK


def test_a_practice_made_by_command_is_taken_over(opened: Client) -> None:
    made = make_practice(name="Z polecenia")
    assert "Z polecenia" in opened.get(BEGIN).content.decode()

    opened.post(BEGIN, {**OWNER, "practice_id": made.pk, "practice_name": ""})

    assert Membership.objects.get().practice == made
    assert Practice.objects.count() == 1


def test_what_is_missing_is_said_at_its_field(opened: Client) -> None:
    page = opened.post(BEGIN, {**OWNER, "practice_name": "", "password": "krotkie"})

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert page.content.decode().count("invalid-feedback") == 2


def test_afterwards_the_key_opens_nothing(opened: Client) -> None:
    opened.post(BEGIN, OWNER)

    late = Client()
    assert late.get(BEGIN).headers["Location"] == "/desk/account/login/"
    assert late.post(BEGIN, {"key": practice_begun.key()}).headers["Location"] == "/desk/account/login/"
    given = {"email": "b@example.org", "name": "B", "password": "x", "language": "pl", "practice_name": "B"}
    with pytest.raises(Conflict, match="begun"):
        practice_begun.begin(**given, practice_id=None, now=NOW)  # type: ignore[arg-type] # words are good enough here
