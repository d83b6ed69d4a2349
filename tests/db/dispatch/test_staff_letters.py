"""Mails to staff on their way: what goes, what does not any more, and that no table holds their link."""

import re
from datetime import timedelta

import pytest
from pytest_django import Settings

from myosotis.channels.base import EmailContent
from myosotis.domain.words import Channel, Language, MessageStatus, Reason, Role
from myosotis.flows import password_forgotten, staff_invited, staff_joined
from myosotis.links import Purpose
from myosotis.store.models import Membership, Message, MessageText, ProviderAccount, StaffLetter, StaffUser
from myosotis.web.links import message_of
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, NOW, Scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def address(settings: Settings) -> None:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"public_url": "https://wizyty.example"})


def invited(scene: Scene, language: Language = Language.PL) -> StaffLetter:
    return staff_invited.invite(
        practice=scene.practice,
        email="Nowa@Example.org",
        name="Maria Nowa",
        role=Role.RECEPTIONIST,
        doctor_id=None,
        language=language,
        actor=ACTOR,
        now=NOW,
    ).letter


def token_in(text: str) -> str:
    found = re.search(r"https://wizyty\.example/desk/welcome/([0-9A-Za-z]{17})", text)
    assert found, text
    return found[1]


def test_an_invitation_goes_by_mail_with_its_link_which_no_table_holds(scene: Scene, post: Post) -> None:
    letter = invited(scene)

    post.at(NOW)

    (mail,) = post.email.taken
    assert mail.address == "nowa@example.org"
    assert isinstance(mail.content, EmailContent)
    assert mail.content.subject == f"Zaproszenie do panelu: {scene.practice.name}"
    token = token_in(mail.content.text)
    assert token in mail.content.html
    assert mail.content.unsubscribe_url == ""
    kept = MessageText.objects.get()
    assert token not in kept.body
    assert "{open}" in kept.body
    message = message_of(token, Purpose.STAFF)
    assert message is not None
    assert message.subject_id == letter.pk
    assert message_of(token, Purpose.OPEN) is None, "it is no link to a visit"


def test_it_speaks_the_language_of_the_letter(scene: Scene, post: Post) -> None:
    invited(scene, Language.EN)

    post.at(NOW)

    assert isinstance(post.email.taken[0].content, EmailContent)
    assert post.email.taken[0].content.subject.startswith("Invitation to the panel")


def test_what_was_taken_back_used_or_is_too_old_does_not_go(scene: Scene, post: Post) -> None:
    staff_invited.withdraw(practice=scene.practice, letter_id=invited(scene).pk, actor=ACTOR, now=NOW)
    used = invited(scene)
    StaffLetter.objects.filter(pk=used.pk).update(email="inna@example.org")
    used.refresh_from_db()
    staff_joined.join(letter=used, name="Maria", password="x", language=Language.PL, now=NOW)
    old = invited(scene)
    Message.objects.filter(subject_id=old.pk).update(expires_at=NOW + timedelta(days=30))

    post.at(NOW + staff_invited.LASTS + timedelta(minutes=1))

    assert post.email.taken == []
    ended = {(row.status, row.reason) for row in Message.objects.all()}
    assert (MessageStatus.EXPIRED, Reason.EXPIRED) in ended


def test_withdrawn_before_it_left_it_says_so(scene: Scene, post: Post) -> None:
    staff_invited.withdraw(practice=scene.practice, letter_id=invited(scene).pk, actor=ACTOR, now=NOW)

    post.at(NOW)

    row = Message.objects.get()
    assert (row.status, row.reason) == (MessageStatus.CANCELLED, Reason.TAKEN_BACK)
    assert post.email.taken == []


def test_sent_again_it_has_another_link_and_both_work(scene: Scene, post: Post) -> None:
    letter = invited(scene)
    post.at(NOW)
    staff_invited.resend(practice=scene.practice, letter_id=letter.pk, actor=ACTOR, now=NOW + timedelta(days=6))

    post.at(NOW + timedelta(days=6))

    tokens = {token_in(mail.content.text) for mail in post.email.taken if isinstance(mail.content, EmailContent)}
    assert len(tokens) == 2
    found = [message_of(token, Purpose.STAFF) for token in tokens]
    assert {row.subject_id for row in found if row} == {letter.pk}


def test_without_an_own_account_the_installations_takes_it(scene: Scene, post: Post, settings: Settings) -> None:
    ProviderAccount.objects.filter(channel=Channel.EMAIL).delete()
    shared = {"provider": "smtp", "host": "smtp.example", "from_address": "wizyty@example.org"}
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"email": shared})
    invited(scene)

    post.at(NOW)

    assert len(post.email.taken) == 1


def test_a_forgotten_password_gets_a_link_for_two_hours(scene: Scene, post: Post) -> None:
    user = StaffUser.objects.create_user("ewa@example.org", "x")
    Membership.objects.create(practice=scene.practice, user=user, role=Role.OWNER)
    password_forgotten.ask(email="EWA@example.org", now=NOW)

    post.at(NOW)

    (mail,) = post.email.taken
    assert isinstance(mail.content, EmailContent)
    assert mail.content.subject == "Ustawienie nowego hasła"
    assert StaffLetter.objects.get().expires_at == NOW + timedelta(hours=2)
