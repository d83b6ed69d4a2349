"""The settings of staff, and the links by which people come in."""

import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertRedirects
from pytest_django.fixtures import Settings

from myosotis.domain.words import Channel, Language, Role
from myosotis.flows import password_forgotten, staff_changed, staff_invited
from myosotis.flows.actor import SYSTEM
from myosotis.flows.errors import Conflict
from myosotis.links import Purpose
from myosotis.store.models import AuditEntry, Membership, Message, ProviderAccount, StaffLetter, StaffUser
from myosotis.web.links import hash_of_staff_link, path_of
from tests.db.desk.conftest import PASSWORD, Staff, browser_of, make_staff
from tests.db.make import NOW, Scene, make_doctor, make_practice
from tests.db.web.letters import Hand

NEW_PASSWORD = "cztery konie w deszczu"
HOME = "/desk/account/"
LIST = "/desk/settings/staff"


def given(**more: Any) -> dict[str, Any]:
    return {"email": "nowa@example.org", "name": "Maria Nowa", "role": "receptionist", "language": "pl", **more}


@pytest.fixture
def link(scene: Scene, hand: Hand) -> str:
    """The path of an invitation's link, handed over."""
    cache.clear()
    invited = staff_invited.invite(
        practice=scene.practice,
        email="nowa@example.org",
        name="Maria Nowa",
        role=Role.RECEPTIONIST,
        doctor_id=None,
        language=Language.PL,
        actor=SYSTEM,
        now=NOW,
        by_hand=hash_of_staff_link,
    )
    return path_of(invited.message, Purpose.STAFF)


# --- inviting -----------------------------------------------------------------------------------------------------


def test_an_owner_invites_by_mail(staff: Staff, scene: Scene) -> None:
    answer = staff.owner.post(f"{LIST}/invite", given())

    assertRedirects(answer, LIST, fetch_redirect_response=False)
    letter = StaffLetter.objects.get()
    message = Message.objects.get()
    assert (letter.email, letter.role, letter.expires_at) == (
        "nowa@example.org",
        Role.RECEPTIONIST,
        NOW + timedelta(days=7),
    )
    assert (message.status, message.kind, message.channel, message.due_at) == ("planned", "staff", Channel.EMAIL, NOW)
    assert not hasattr(message, "links")
    page = staff.owner.get(LIST).content.decode()
    assert "Maria Nowa" in page
    assert AuditEntry.objects.filter(action="staff.invited.receptionist", object_id=letter.pk).exists()


def test_where_no_mail_goes_out_the_link_is_shown_once(staff: Staff, scene: Scene) -> None:
    ProviderAccount.objects.filter(channel=Channel.EMAIL).delete()

    page = staff.owner.post(f"{LIST}/invite", given()).content.decode()

    found = re.search(r"/desk/welcome/[0-9A-Za-z]{17}", page)
    assert found
    assert Client().get(found[0]).status_code == HTTPStatus.OK
    assert Message.objects.get().status == "skipped"
    assert found[0] not in staff.owner.get(LIST).content.decode()


def test_a_doctor_needs_a_doctor(staff: Staff, scene: Scene) -> None:
    page = staff.owner.post(f"{LIST}/invite", given(role="doctor"))

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "wskazać lekarza" in page.content.decode()
    staff.owner.post(f"{LIST}/invite", given(role="doctor", doctor=scene.calendar.doctor_id))
    assert StaffLetter.objects.get().doctor_id == scene.calendar.doctor_id


def test_the_doctor_of_another_practice_is_no_choice(staff: Staff) -> None:
    foreign = make_doctor(make_practice(name="Obca"), name="Obcy Lekarz")

    page = staff.owner.post(f"{LIST}/invite", given(role="doctor", doctor=foreign.pk))

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Obcy" not in page.content.decode()
    assert not StaffLetter.objects.exists()


def test_whoever_is_on_the_staff_is_not_invited(staff: Staff, scene: Scene) -> None:
    somebody = make_staff(scene.practice, Role.RECEPTIONIST)

    page = staff.owner.post(f"{LIST}/invite", given(email=somebody.email.upper()))

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not StaffLetter.objects.exists()


def test_a_second_invitation_takes_the_first_back(staff: Staff) -> None:
    staff.owner.post(f"{LIST}/invite", given())
    staff.owner.post(f"{LIST}/invite", given(role="owner"))

    first, second = StaffLetter.objects.order_by("id")
    assert first.withdrawn_at == NOW
    assert second.withdrawn_at is None


def test_invitations_are_sent_again_and_taken_back(staff: Staff, hand: Hand) -> None:
    staff.owner.post(f"{LIST}/invite", given())
    letter = StaffLetter.objects.get()
    later = hand.set(NOW + timedelta(days=8))

    staff.owner.post(f"{LIST}/invitations/{letter.pk}/resend")
    letter.refresh_from_db()
    assert letter.expires_at == later + timedelta(days=7)
    assert [row.copy for row in Message.objects.order_by("id")] == [0, 1]

    staff.owner.post(f"{LIST}/invitations/{letter.pk}/withdraw")
    assert staff.owner.post(f"{LIST}/invitations/{letter.pk}/resend").status_code == HTTPStatus.NOT_FOUND


def test_nobody_writes_to_the_whole_world(staff: Staff) -> None:
    for number in range(50):
        staff.owner.post(f"{LIST}/invite", given(email=f"k{number}@example.org"))

    assert staff.owner.post(f"{LIST}/invite", given()).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_only_owners_see_the_settings_of_staff(staff: Staff) -> None:
    for role in (Role.DOCTOR, Role.RECEPTIONIST):
        assert staff.of(role).get(LIST).status_code == HTTPStatus.FORBIDDEN
        assert staff.of(role).post(f"{LIST}/invite", given()).status_code == HTTPStatus.FORBIDDEN
    assert not StaffLetter.objects.exists()


# --- joining ------------------------------------------------------------------------------------------------------


def test_the_link_leads_in_once(scene: Scene, link: str) -> None:
    client = Client()
    assert scene.practice.name in client.get(link).content.decode()
    assert not StaffUser.objects.filter(email="nowa@example.org").exists(), "opening it changes nothing"

    answer = client.post(link, {"name": "Maria Nowa", "password": NEW_PASSWORD})

    assert answer.headers["Location"] == "/desk/"
    assert client.get(HOME).status_code == HTTPStatus.OK
    membership = Membership.objects.get(user__email="nowa@example.org")
    assert (membership.practice, membership.role) == (scene.practice, Role.RECEPTIONIST)
    assert Client().get(link).status_code == HTTPStatus.NOT_FOUND
    assert Client().post(link, {"name": "X", "password": NEW_PASSWORD}).status_code == HTTPStatus.NOT_FOUND


def test_a_weak_password_is_refused_with_the_reason(link: str) -> None:
    page = Client().post(link, {"name": "Maria Nowa", "password": "Maria Nowa 12"})

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not StaffUser.objects.filter(email="nowa@example.org").exists()


def test_a_link_taken_back_or_too_old_says_so(scene: Scene, link: str, hand: Hand) -> None:
    hand.set(NOW + timedelta(days=7))
    assert "już nie działa" in Client().get(link).content.decode()

    hand.set(NOW)
    staff_invited.withdraw(practice=scene.practice, letter_id=StaffLetter.objects.get().pk, actor=SYSTEM, now=NOW)
    assert Client().get(link).status_code == HTTPStatus.NOT_FOUND


def test_links_cannot_be_found_by_trying(link: str) -> None:
    client = Client()
    for number in range(30):
        assert client.get(f"/desk/welcome/AbCdEfGhIjKlMn{number:03d}").status_code == HTTPStatus.NOT_FOUND

    assert client.get(link).status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_whoever_has_an_account_just_joins(scene: Scene, link: str) -> None:
    other = make_practice(name="Gabinet na Wzgórzu")
    user = make_staff(other, Role.OWNER, email="nowa@example.org")

    answer = browser_of(user).post(link)

    assert answer.headers["Location"] == "/desk/"
    assert {row.practice for row in user.memberships.all()} == {scene.practice, other}
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_an_account_joins_only_where_it_is_signed_in(scene: Scene, link: str) -> None:
    other = make_practice(name="Gabinet na Wzgórzu")
    user = make_staff(other, Role.OWNER, email="nowa@example.org")
    somebody = make_staff(scene.practice, Role.OWNER)

    for client in (Client(), browser_of(somebody)):
        assert client.post(link).status_code == HTTPStatus.FORBIDDEN
    assert [row.practice for row in user.memberships.all()] == [other]

    assert f"/desk/account/login/?next={link}" in Client().get(link).content.decode()
    assert somebody.email in browser_of(somebody).get(link).content.decode()
    browser_of(user).post(link)
    assert {row.practice for row in user.memberships.all()} == {scene.practice, other}


# --- forgotten passwords ------------------------------------------------------------------------------------------


def test_the_answer_is_the_same_for_every_address(staff: Staff, scene: Scene) -> None:
    known = make_staff(scene.practice, Role.RECEPTIONIST)

    def said(email: str) -> str:
        page = Client().post("/desk/forgotten", {"email": email})
        assert page.status_code == HTTPStatus.OK
        return page.content.decode().replace(email, "")

    def without_secrets(text: str) -> str:
        return re.sub(r'value="[^"]*"', "", text)

    assert without_secrets(said(known.email)) == without_secrets(said("nikt@example.org"))
    assert StaffLetter.objects.count() == 1


def test_three_letters_in_an_hour_are_enough_for_an_address(staff: Staff, scene: Scene, hand: Hand) -> None:
    known = make_staff(scene.practice, Role.RECEPTIONIST)
    for _ in range(5):
        password_forgotten.ask(email=known.email, now=NOW)
    assert StaffLetter.objects.count() == 3

    password_forgotten.ask(email=known.email, now=NOW + timedelta(hours=1, seconds=1))

    assert StaffLetter.objects.count() == 4
    assert StaffLetter.objects.filter(withdrawn_at=None).count() == 1, "only the last link works"


def test_of_two_practices_none_sends_the_link_by_its_own_account(scene: Scene, settings: Settings, hand: Hand) -> None:
    """Who owns the account could read the link, and get into the other practice."""
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"email": {"provider": "smtp", "host": "mail.example.org"}})
    user = make_staff(scene.practice, Role.RECEPTIONIST)
    other = make_practice(name="Gabinet na Wzgórzu")
    Membership.objects.create(practice=other, user=user, role=Role.OWNER)
    password_forgotten.ask(email=user.email, now=NOW)
    assert not StaffLetter.objects.exists()

    ProviderAccount.objects.filter(practice=other, channel=Channel.EMAIL).delete()
    password_forgotten.ask(email=user.email, now=NOW)

    assert StaffLetter.objects.get().practice == other


def test_one_place_asks_five_times_a_minute(staff: Staff) -> None:
    for number in range(5):
        Client().post("/desk/forgotten", {"email": f"k{number}@example.org"})

    assert Client().post("/desk/forgotten", {"email": "k@example.org"}).status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_a_new_password_ends_all_sessions_and_works_once(staff: Staff, scene: Scene) -> None:
    user = make_staff(scene.practice, Role.RECEPTIONIST)
    elsewhere = browser_of(user)
    membership = user.memberships.select_related("user", "practice").get()
    message = password_forgotten.send(membership=membership, actor=SYSTEM, now=NOW, by_hand=hash_of_staff_link)
    path = path_of(message, Purpose.STAFF)
    client = Client()
    assert user.email in client.get(path).content.decode()

    answer = client.post(path, {"password": NEW_PASSWORD})

    assert answer.headers["Location"] == "/desk/account/login/"
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert elsewhere.get(HOME).status_code == HTTPStatus.FOUND
    assert client.get(HOME).status_code == HTTPStatus.FOUND, "a second factor is not gone round"
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND


# --- roles, and leaving -------------------------------------------------------------------------------------------


def test_an_owner_changes_role_and_doctor(staff: Staff, scene: Scene) -> None:
    row = make_staff(scene.practice, Role.RECEPTIONIST).memberships.get()

    staff.owner.post(f"{LIST}/{row.pk}", {"role": "doctor", "doctor": scene.calendar.doctor_id})

    row.refresh_from_db()
    assert (row.role, row.doctor_id) == (Role.DOCTOR, scene.calendar.doctor_id)
    staff.owner.post(f"{LIST}/{row.pk}", {"role": "receptionist", "doctor": scene.calendar.doctor_id})
    row.refresh_from_db()
    assert (row.role, row.doctor_id) == (Role.RECEPTIONIST, None)
    assert AuditEntry.objects.filter(action__startswith="staff.changed.", object_id=row.pk).count() == 2


def test_the_last_owner_stays_owner(staff: Staff, scene: Scene) -> None:
    row = scene.practice.memberships.get(role=Role.OWNER)

    page = staff.owner.post(f"{LIST}/{row.pk}", {"role": "receptionist"})
    assert "choć jednego właściciela" in page.content.decode()
    page = staff.owner.post(f"{LIST}/{row.pk}/remove", follow=True)
    assert "choć jednego właściciela" in page.content.decode()

    row.refresh_from_db()
    assert row.role == Role.OWNER
    make_staff(scene.practice, Role.OWNER)
    staff_changed.remove(practice=scene.practice, membership_id=row.pk, actor=SYSTEM, now=NOW)
    (left,) = scene.practice.memberships.filter(role=Role.OWNER)
    with pytest.raises(Conflict, match="last_owner"):
        staff_changed.remove(practice=scene.practice, membership_id=left.pk, actor=SYSTEM, now=NOW)


def test_whoever_is_removed_is_out_at_once(staff: Staff, scene: Scene) -> None:
    user = make_staff(scene.practice, Role.RECEPTIONIST)
    theirs = Client()
    theirs.post("/desk/account/login/", {"login": user.email, "password": PASSWORD})
    assert theirs.get(HOME).status_code == HTTPStatus.OK

    staff.owner.post(f"{LIST}/{user.memberships.get().pk}/remove")

    answer = theirs.get(HOME)
    assert answer.status_code == HTTPStatus.FOUND
    assert "/login/" in answer.headers["Location"], "the session itself is gone"


def test_staff_of_another_practice_are_out_of_reach(staff: Staff) -> None:
    foreign = make_staff(make_practice(name="Obca"), Role.OWNER).memberships.get()

    for path in (f"{LIST}/{foreign.pk}", f"{LIST}/{foreign.pk}/remove"):
        assert staff.owner.get(path).status_code == HTTPStatus.NOT_FOUND
        assert staff.owner.post(path, {"role": "receptionist"}).status_code == HTTPStatus.NOT_FOUND
    assert Membership.objects.filter(pk=foreign.pk, role=Role.OWNER).exists()


def test_the_list_asks_as_much_for_many_as_for_few(
    staff: Staff, scene: Scene, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        make_staff(scene.practice, Role.DOCTOR, doctor=scene.calendar.doctor)
        staff_invited.invite(
            practice=scene.practice,
            email=f"k{number}@example.org",
            name="Ktoś",
            role=Role.OWNER,
            doctor_id=None,
            language=Language.PL,
            actor=SYSTEM,
            now=NOW,
        )

    with django_assert_max_num_queries(12):
        page = staff.owner.get(reverse("desk:staff"))
    assert page.content.decode().count("@example.org") >= 60
