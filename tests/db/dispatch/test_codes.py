"""The SMS with a code on its way: what goes, what does not, and what is kept of it."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from myosotis.channels.base import SmsContent
from myosotis.domain import codes
from myosotis.domain.words import Kind, Language, MessageStatus, Reason
from myosotis.flows import code_checked, code_sent, patient_erased
from myosotis.flows.code_sent import Purpose
from myosotis.store.models import Message, MessageText, Patient, PhoneVerification, StoppedNumber
from myosotis.store.sealing import derived_key
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, NOW, Scene

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+48601234567"


def asked(scene: Scene, patient: Patient | None = None) -> PhoneVerification:
    return code_sent.send(
        practice=scene.practice, phone=PHONE, purpose=Purpose.BOOKING, language=Language.EN, now=NOW, patient=patient
    )


def code_of(verification: PhoneVerification) -> str:
    return codes.code_of(derived_key("codes"), verification.uuid)


def test_it_goes_to_the_number_that_was_typed_in_the_language_of_the_form(
    scene: Scene, post: Post, settings: Settings
) -> None:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"public_url": "https://wizyty.example.pl"})
    code = code_of(asked(scene))
    post.at(NOW)
    (sms,) = post.sms.taken
    assert sms.address == PHONE
    assert isinstance(sms.content, SmsContent)
    assert sms.content.text.startswith(f"Code to book your visit: {code}. Valid for 10 min.")
    assert sms.content.text.splitlines()[-1] == f"@wizyty.example.pl #{code}"


def test_no_table_holds_the_code(scene: Scene, post: Post) -> None:
    code = code_of(asked(scene))
    post.at(NOW)
    kept = MessageText.objects.get()
    assert (kept.address, code in kept.body, "{code}" in kept.body) == (PHONE, False, True)


def test_it_goes_also_to_a_number_that_sent_stop(scene: Scene, post: Post) -> None:
    StoppedNumber.objects.create(practice=scene.practice, phone=PHONE, stopped_at=NOW)
    asked(scene)
    post.at(NOW)
    assert len(post.sms.taken) == 1


def test_after_a_delay_it_says_how_long_it_is_still_good(scene: Scene, post: Post) -> None:
    asked(scene)
    post.at(NOW + timedelta(minutes=6))
    (sms,) = post.sms.taken
    assert isinstance(sms.content, SmsContent)
    assert "Valid for 4 min" in sms.content.text


def test_too_late_it_never_goes(scene: Scene, post: Post) -> None:
    asked(scene)
    post.at(NOW + codes.LASTS)
    assert (post.sms.taken, Message.objects.get().status) == ([], MessageStatus.EXPIRED)


def test_a_second_sms_does_not_follow_a_code_that_was_entered(scene: Scene, post: Post) -> None:
    verification = asked(scene)
    code_checked.check(verification, code_of(verification), NOW)
    post.at(NOW)
    assert post.sms.taken == []


def test_nothing_goes_for_who_was_erased(scene: Scene, post: Post) -> None:
    asked(scene, patient=scene.patient)
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=NOW)
    post.at(NOW)
    message = Message.objects.get(kind=Kind.CODE)
    assert (post.sms.taken, message.status, message.reason) == ([], MessageStatus.CANCELLED, Reason.ERASED)
    assert not PhoneVerification.objects.exists()
