"""`myosotis staff`: for installations that send no e-mail, and for owners who lost their way in."""

import re
from http import HTTPStatus

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from myosotis.domain.words import Role
from myosotis.flows import practice_begun
from myosotis.ops.cli import main
from myosotis.store.models import Membership, StaffUser
from tests.db.make import make_practice

pytestmark = pytest.mark.django_db
LINK = re.compile(r"https?://[^/]+(/desk/welcome/[0-9A-Za-z]{17})$", re.MULTILINE)


def path_in(said: str) -> str:
    found = LINK.search(said)
    assert found, said
    return found[1]


def owner(practice_id: int) -> StaffUser:
    user = StaffUser.objects.create_user("anna@example.org", "x")
    Membership.objects.create(practice_id=practice_id, user=user, role=Role.OWNER)
    return user


def test_the_start_key_is_printed_while_nobody_works_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["staff", "begin-key"]) == 0
    assert practice_begun.key() in capsys.readouterr().out

    owner(make_practice().pk)
    assert main(["staff", "begin-key"]) == 1
    assert practice_begun.key() not in capsys.readouterr().out


def test_a_link_to_join_is_printed_and_works(capsys: pytest.CaptureFixture[str]) -> None:
    practice = make_practice()

    assert main(["staff", "add", str(practice.pk), "Anna@example.org", "--name", "Anna", "--role", "owner"]) == 0

    path = path_in(capsys.readouterr().out)
    assert practice.name in Client().get(path).content.decode()
    Client().post(path, {"name": "Anna Nowak", "password": "cztery konie w deszczu"})
    assert main(["staff", "list", str(practice.pk)]) == 0
    assert capsys.readouterr().out == "owner\tanna@example.org\tAnna Nowak\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "1", "to nie adres"], "must be an e-mail address"),
        (["add", "1", "a@example.org", "--role", "doctor"], "doctor needed"),
        (["add", "99", "a@example.org"], "there is no practice 99"),
        (["reset", "nikt@example.org"], "nobody on any staff has this address"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(make_practice().pk) if word == "1" else word for word in arguments]

    assert main(["staff", *arguments]) == 2

    assert said in capsys.readouterr().err


def test_a_link_to_a_new_password_is_printed_and_works(capsys: pytest.CaptureFixture[str]) -> None:
    user = owner(make_practice().pk)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")

    assert main(["staff", "reset", "ANNA@example.org"]) == 0
    path = path_in(capsys.readouterr().out)
    assert Authenticator.objects.filter(user=user).exists(), "the phone alone is no reason to open the account"

    answer = Client().post(path, {"password": "cztery konie w deszczu"})

    assert answer.status_code == HTTPStatus.FOUND
    user.refresh_from_db()
    assert user.check_password("cztery konie w deszczu")


def test_a_lost_phone_is_taken_off_the_account_on_wish(capsys: pytest.CaptureFixture[str]) -> None:
    user = owner(make_practice().pk)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")

    assert main(["staff", "reset", "anna@example.org", "--without-second-factor"]) == 0

    assert not Authenticator.objects.filter(user=user).exists()
