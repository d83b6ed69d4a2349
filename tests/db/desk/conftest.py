"""A practice with staff of each role, another practice beside it, and their browsers."""

from collections.abc import Callable, Mapping

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from myosotis.domain.words import Language, Role
from myosotis.store.models import Doctor, Membership, Practice, StaffUser
from myosotis.value_class import value_class
from tests.db.make import Scene
from tests.db.web.letters import Hand

PASSWORD = "niezapominajka na biurku 7"


def make_staff(
    practice: Practice, role: Role, *, doctor: Doctor | None = None, language: Language = Language.PL, email: str = ""
) -> StaffUser:
    """Somebody who works in a practice."""
    address = email or f"{role}-{practice.pk}-{StaffUser.objects.count()}@example.org"
    user = StaffUser.objects.create_user(address, PASSWORD)
    user.name, user.language = f"Ewa {role.value.title()}", language
    user.save()
    Membership.objects.create(practice=practice, user=user, role=role, doctor=doctor)
    return user


def browser_of(user: StaffUser) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    return client


def followed(client: Client, address: str, data: Mapping[str, str] | None = None) -> str:
    """The page to which a form leads once it was sent, with what is said there."""
    answer = client.post(address, data or {})
    return client.get(answer.headers["Location"]).content.decode()


@value_class
class Staff:
    """One browser for each role of the scene's practice; the doctor is the scene's."""

    owner: Client
    doctor: Client
    receptionist: Client

    def of(self, role: Role) -> Client:
        client: Client = getattr(self, role.value)
        return client


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Hashing a password in earnest takes half a second, and every test makes staff."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def staff(scene: Scene, hand: Hand) -> Staff:
    def client(role: Role, doctor: Doctor | None = None) -> Client:
        return browser_of(make_staff(scene.practice, role, doctor=doctor))

    return Staff(
        owner=client(Role.OWNER),
        doctor=client(Role.DOCTOR, scene.calendar.doctor),
        receptionist=client(Role.RECEPTIONIST),
    )


@pytest.fixture
def english(scene: Scene, hand: Hand) -> Callable[[Role], Client]:
    """A browser of somebody who chose English."""
    return lambda role: browser_of(make_staff(scene.practice, role, language=Language.EN))
