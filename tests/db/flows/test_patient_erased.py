"""Whoever is erased stands in no table any more: neither name nor address, nor what they wrote (docs/rules.md 6)."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from myosotis.domain import codes
from myosotis.domain.words import CallResult, Kind, Language, Party, Via
from myosotis.flows import (
    app_joined,
    call_noted,
    code_checked,
    code_sent,
    opinion_given,
    patient_erased,
    patients_merged,
    push_subscribed,
    sms_arrived,
    time_chosen,
    visit_booked_online,
    visit_cancelled,
)
from myosotis.flows.actor import SYSTEM
from myosotis.flows.api_access import Scope, create_key
from myosotis.flows.code_sent import Purpose
from myosotis.flows.visit_booked_online import Booker
from myosotis.store import installations
from myosotis.store.models import (
    Hold,
    Installation,
    Message,
    MessageText,
    Patient,
    PhoneVerification,
    Service,
    Visit,
)
from myosotis.store.sealing import CannotUnseal, derived_key, unseal
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, hours, make_patient, make_service, messages, sent

PHONE, GUARDIANS = "+48601234567", "+48602345678"
EMAIL, GUARDIANS_EMAIL = "zaneta@example.org", "opiekun@example.org"
FIRST, LAST, GUARDIAN = "Żaneta", "Źdźbłowska", "Gęślicka"
OWN_ID, DOUBLES_ID = "KARTA-0815", "KARTA-4711"
SAID = "własne słowa"
TRACES = (PHONE, GUARDIANS, EMAIL, GUARDIANS_EMAIL, FIRST, LAST, GUARDIAN, OWN_ID, DOUBLES_ID, SAID)
KEY = "the-secret-of-one-phone"


@pytest.fixture
def patient(scene: Scene) -> Patient:
    """Somebody with a guardian from whom the card was handed over, and with a double."""
    return make_patient(
        scene.practice, first_name=FIRST, last_name=LAST, email=EMAIL, phone=PHONE, external_id=OWN_ID,
        guardian_name=GUARDIAN, guardian_email=GUARDIANS_EMAIL, guardian_phone=GUARDIANS,
        guardian_until=NOW.date() - timedelta(days=1),
    )  # fmt: skip


def traces() -> set[str]:
    """Where in the whole database anything of this person stands: "Model.column"."""
    found = set()
    for model in apps.get_app_config("store").get_models():
        for row in model._default_manager.values():
            for column, value in row.items():
                if any(trace in text for trace in TRACES for text in readable(value)):
                    found.add(f"{model.__name__}.{column}")
    return found


def readable(value: object) -> Iterator[str]:
    """A column as whoever has the server's key can read it; JSON that was written as ASCII too."""
    if isinstance(value, bytes | memoryview):
        yield bytes(value).decode("utf-8", "replace")
        with suppress(CannotUnseal):
            yield json.dumps(unseal(bytes(value)), ensure_ascii=False)
    elif isinstance(value, dict | list):
        yield json.dumps(value, ensure_ascii=False)
    elif isinstance(value, str):
        yield value
        with suppress(ValueError):
            yield json.dumps(json.loads(value), ensure_ascii=False)


def texted(message: Message, address: str) -> None:
    """It left, and its text is kept."""
    MessageText.objects.create(
        message=message, practice_id=message.practice_id, address=address, subject=LAST, body=f"Dzień dobry, {FIRST}"
    )


def held(service: Service, number: int, **typed: str) -> Hold:
    made = time_chosen.choose(
        practice=service.practice, calendar_id=service.calendar_id, service_id=service.pk,
        start=NEXT_WEEK + timedelta(days=number), place_hash=bytes([number]) * 16, key_hash=bytes([number]) * 16, now=NOW,
    )  # fmt: skip
    time_chosen.keep_typed(made, {"first_name": FIRST, "phone": "601 234 567", "email": EMAIL, **typed})
    return made


def prove(verification: PhoneVerification) -> PhoneVerification:
    code_checked.check(verification, codes.code_of(derived_key("codes"), verification.uuid), NOW)
    return verification


def asked(scene: Scene, purpose: Purpose, **given: Any) -> PhoneVerification:
    return code_sent.send(practice=scene.practice, phone=PHONE, purpose=purpose, language=Language.PL, now=NOW, **given)


def code_for(scene: Scene, hold: Hold) -> PhoneVerification:
    verification = asked(scene, Purpose.BOOKING, hold=hold)
    texted(Message.objects.get(kind=Kind.CODE, subject_id=verification.pk), PHONE)
    return verification


def comes_by_the_desk(scene: Scene, patient: Patient) -> Visit:
    """A visit with a message that left, a reply, a call, and a cancellation with a reason."""
    visit = book(scene.calendar, patient)
    for channel, address in (("email", EMAIL), ("sms", PHONE)):
        texted(sent(messages(visit, channel=channel)[0], NOW), address)
    sms_arrived.take(practice_id=scene.practice.pk, sender=PHONE, text=SAID, now=NOW)
    call_noted.note(
        practice=scene.practice, visit_id=visit.pk, result=CallResult.REACHED, text=SAID, actor=ACTOR, now=NOW
    )
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.DESK, reason=SAID, actor=ACTOR, now=NOW
    )
    return visit


def comes_by_the_portal(scene: Scene) -> None:
    """One time booked with a code, another left with what was typed and a code under way."""
    service = make_service(scene.calendar, minutes=30)
    code_for(scene, held(service, 1))
    hold = held(service, 2)
    prove(code_for(scene, hold))
    booker = Booker(first_name=FIRST, last_name=LAST, phone=PHONE, email="inny-" + EMAIL, language=Language.PL)
    visit_booked_online.book(practice=scene.practice, hold_id=hold.pk, booker=booker, now=NOW)


def joins_the_app(scene: Scene, patient: Patient) -> None:
    verification = prove(asked(scene, Purpose.JOIN, patient=patient))
    app_joined.join(verification=verification, key=KEY, now=NOW)
    installation = Installation.objects.get()
    push_subscribed.switch_on(
        installation=installation, members=installations.members(installation, NOW),
        endpoint=f"https://push.example.org/{LAST}", p256dh="B" * 87, auth="A" * 22, now=NOW,
    )  # fmt: skip


def says_an_opinion(scene: Scene, patient: Patient) -> None:
    visit = book(scene.calendar, patient, NOW + hours(30))
    opinion_given.give(
        practice=scene.practice, visit_id=visit.pk, patient_id=patient.pk, stars=5, author=FIRST, now=visit.end
    )


def is_changed_by_the_api(scene: Scene, patient: Patient) -> None:
    """A write whose answer, with the whole card, is remembered for a day."""
    key = create_key(practice=scene.practice, name="test", scopes=tuple(Scope), actor=SYSTEM, now=NOW)
    answer = Client().patch(
        f"/api/v1/patients/{patient.pk}",
        json.dumps({"opt_outs": []}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key.secret}", "Idempotency-Key": "1"},
    )
    assert answer.status_code == 200, answer.content


def has_a_double(scene: Scene, patient: Patient) -> None:
    double = make_patient(scene.practice, first_name=FIRST, last_name=LAST, phone=PHONE, external_id=DOUBLES_ID)
    patients_merged.merge(practice=scene.practice, kept_id=patient.pk, double_id=double.pk, actor=ACTOR, now=NOW)


def test_nothing_is_left_in_any_table(scene: Scene, patient: Patient) -> None:
    comes_by_the_desk(scene, patient)
    comes_by_the_portal(scene)
    joins_the_app(scene, patient)
    says_an_opinion(scene, patient)
    has_a_double(scene, patient)
    is_changed_by_the_api(scene, patient)
    sms_arrived.take(practice_id=scene.practice.pk, sender=PHONE, text="STOP", now=NOW)

    assert traces() >= {
        "CallNote.note", "Hold.entered", "IdempotencyKey.body", "IncomingMessage.sender", "IncomingMessage.text",
        "Member.phone", "MessageText.address", "MessageText.body", "Opinion.author", "Patient.external_id",
        "Patient.guardian_phone", "Patient.last_name", "PhoneVerification.phone", "PushSubscription.endpoint",
        "StoppedNumber.phone", "Visit.cancel_reason",
    }  # fmt: skip
    patient_erased.erase(practice=scene.practice, patient_id=patient.pk, actor=ACTOR, now=NOW)

    assert traces() == set()


def test_a_remembered_answer_with_a_polish_name_alone_goes_too(scene: Scene) -> None:
    nameless = make_patient(scene.practice, first_name=FIRST, last_name=LAST, email="", phone="")
    is_changed_by_the_api(scene, nameless)
    assert "IdempotencyKey.body" in traces()
    patient_erased.erase(practice=scene.practice, patient_id=nameless.pk, actor=ACTOR, now=NOW)
    assert traces() == set()


def test_who_shares_the_phone_keeps_their_own_texts(scene: Scene, patient: Patient) -> None:
    other = make_patient(scene.practice, phone=PHONE)
    texted(sent(messages(book(scene.calendar, other), channel="sms")[0], NOW), PHONE)
    patient_erased.erase(practice=scene.practice, patient_id=patient.pk, actor=ACTOR, now=NOW)
    assert MessageText.objects.filter(message__patient=other).count() == 1
