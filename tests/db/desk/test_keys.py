"""API keys at the desk: shown once, revoked at once."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from myosotis.flows import api_access
from myosotis.flows.api_access import Scope
from myosotis.store.models import ApiKey
from myosotis.web.desk.keys.views import SCOPES
from tests.db.desk.conftest import Staff
from tests.db.make import ACTOR, NOW, Scene, make_practice

URL = "/desk/settings/keys"


def made(client: Client, **given: object) -> str:
    answer = client.post(URL, {"name": "Terminarz", "scopes": ["visits:read"], **given})
    assert answer.status_code == HTTPStatus.OK
    return str(answer.context["made"].secret)


def test_the_secret_stands_in_one_answer_and_works(staff: Staff) -> None:
    secret = made(staff.owner)
    assert api_access.authenticate(secret, NOW) == ApiKey.objects.get()
    page = staff.owner.get(URL).content.decode()
    assert secret not in page
    assert ApiKey.objects.get().key_hash not in page
    assert "Terminarz" in page


def test_a_revoked_key_is_refused_at_once(staff: Staff) -> None:
    secret = made(staff.owner)
    revoke = f"{URL}/{ApiKey.objects.get().pk}/revoke"
    assert staff.owner.get(revoke).status_code == HTTPStatus.OK
    assert api_access.authenticate(secret, NOW) is not None
    staff.owner.post(revoke)
    assert api_access.authenticate(secret, NOW) is None


@pytest.mark.parametrize("given", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}])
def test_what_is_missing_is_said(staff: Staff, given: dict[str, object]) -> None:
    answer = staff.owner.post(URL, {"name": "x", "scopes": ["visits:read"], **given})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not ApiKey.objects.exists()


def test_the_key_of_another_practice_is_not_there(staff: Staff) -> None:
    other = make_practice("Inny")
    key = api_access.create_key(practice=other, name="Obcy", scopes=["visits:read"], actor=ACTOR, now=NOW).key
    assert "Obcy" not in staff.owner.get(URL).content.decode()
    for answer in (staff.owner.get(f"{URL}/{key.pk}/revoke"), staff.owner.post(f"{URL}/{key.pk}/revoke")):
        assert answer.status_code == HTTPStatus.NOT_FOUND
    key.refresh_from_db()
    assert key.revoked_at is None


def test_only_an_owner_has_to_do_with_keys(staff: Staff) -> None:
    made(staff.owner)
    for client in (staff.doctor, staff.receptionist):
        for answer in (
            client.get(URL),
            client.post(URL, {"name": "x", "scopes": ["visits:read"]}),
            client.post(f"{URL}/{ApiKey.objects.get().pk}/revoke"),
        ):
            assert answer.status_code == HTTPStatus.FORBIDDEN
    assert ApiKey.objects.get().revoked_at is None


def test_every_scope_has_words() -> None:
    assert set(SCOPES) == set(Scope)


def test_queries_do_not_grow_with_the_keys(staff: Staff, scene: Scene, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        api_access.create_key(
            practice=scene.practice, name=str(number), scopes=list(Scope), actor=ACTOR, now=NOW
        )  # fmt: skip
    with django_assert_max_num_queries(9):
        staff.owner.get(URL)
