from datetime import date, timedelta
from typing import Any

import pytest

from myosotis.domain.words import ConsentBasis, ConsentPurpose, Kind
from myosotis.flows import patient_changed, patient_erased, push_subscribed, stopped_numbers
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.patient_changed import CardFields
from myosotis.store.models import (
    AuditEntry,
    Consent,
    IncomingMessage,
    Message,
    MessageText,
    Patient,
    PushSubscription,
    StoppedNumber,
    Visit,
)
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, hours, make_patient, messages, send_due

LATER = NOW + timedelta(minutes=5)


def change(scene: Scene, card: CardFields, now: Any = LATER) -> Patient:
    return patient_changed.update(practice=scene.practice, patient_id=scene.patient.pk, card=card, actor=ACTOR, now=now)


def reasons(visit: Visit, kind: Kind) -> dict[str, tuple[str, str]]:
    return {row.channel: (row.status, row.reason) for row in messages(visit, kind=kind)}


@pytest.mark.parametrize(
    ("card", "channel", "reason"),
    [
        ({"no_sms": True}, "sms", "opted_out"),
        ({"no_email": True}, "email", "opted_out"),
        ({"email": ""}, "email", "no_email"),
        ({"phone": ""}, "sms", "no_phone"),
        ({"phone": "+48124111222", "phone_is_mobile": False}, "sms", "fixed_line"),
    ],
)
def test_a_channel_that_goes_is_skipped_with_the_reason_and_comes_back(
    scene: Scene, card: CardFields, channel: str, reason: str
) -> None:
    visit = book(scene.calendar, scene.patient)
    before = ahead(visit)
    original = Patient.objects.values(*card).get(id=scene.patient.pk)
    change(scene, card)
    assert reasons(visit, Kind.REMINDER)[channel] == ("skipped", reason)
    assert channel not in {sent_by for _, sent_by in ahead(visit)}
    change(scene, original, LATER + timedelta(seconds=1))
    assert ahead(visit) - {("details", "email"), ("details", "sms")} == before - {
        ("details", "email"),
        ("details", "sms"),
    }


@pytest.mark.parametrize("kind", ["review", "rebook"])
def test_a_kind_that_is_not_wanted_is_skipped(scene: Scene, kind: str) -> None:
    visit = book(scene.calendar, scene.patient)
    change(scene, {f"no_{kind}": True})  # type: ignore[misc]  # the name is made from the kind
    assert reasons(visit, Kind(kind))["none"] == ("skipped", "opted_out")
    assert kind not in {planned for planned, _ in ahead(visit)}


@pytest.mark.parametrize(("card", "reason"), [({"deceased": True}, "deceased"), ({"silent": True}, "patient_silenced")])
def test_nothing_goes_to_the_deceased_or_to_whom_nothing_shall_go(scene: Scene, card: CardFields, reason: str) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + timedelta(seconds=61))
    change(scene, card, visit.start - hours(48) - timedelta(minutes=1))
    assert ahead(visit) == set()
    reminder = messages(visit, kind=Kind.REMINDER, channel="email")[0]
    assert (reminder.status, reminder.reason) == ("cancelled", reason)


def test_a_new_address_is_not_known_to_be_dead(scene: Scene) -> None:
    Patient.objects.filter(id=scene.patient.pk).update(email_bad_at=NOW)
    visit = book(scene.calendar, scene.patient)
    assert reasons(visit, Kind.REMINDER)["email"] == ("skipped", "bad_email")
    change(scene, {"email": "nowy@example.org"})
    assert reasons(visit, Kind.REMINDER)["email"][0] == "planned"


def test_the_guardian_is_written_to_until_the_hand_over(scene: Scene) -> None:
    change(scene, {"email": "", "phone": "", "guardian_email": "mama@example.org", "guardian_until": date(2027, 3, 9)})
    visit = book(scene.calendar, scene.patient)
    assert reasons(visit, Kind.REMINDER)["email"][0] == "planned"  # Monday the 8th
    assert reasons(visit, Kind.REVIEW)["none"] == ("skipped", "no_channel")  # Wednesday the 10th


def test_push_makes_an_app_user_and_without_it_sms_go_again(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    subscription = push_subscribed.subscribe(
        practice=scene.practice, patient_id=scene.patient.pk, endpoint="https://push.example.org/1", p256dh="k",
        auth="a", actor=ACTOR, now=LATER,
    )  # fmt: skip
    assert ("reminder", "push") in ahead(visit)
    waiting = messages(visit, kind=Kind.REMINDER, channel="sms", status="waiting")
    assert [row.fallback for row in waiting] == ["no_push"]
    push_subscribed.unsubscribe(
        practice=scene.practice, patient_id=scene.patient.pk, subscription_id=subscription.pk, actor=ACTOR, now=LATER
    )
    assert ("reminder", "push") not in ahead(visit)
    assert messages(visit, kind=Kind.REMINDER, channel="sms", status="planned")


def test_an_endpoint_registers_once(scene: Scene) -> None:
    for auth in ("a", "b"):
        push_subscribed.subscribe(
            practice=scene.practice, patient_id=scene.patient.pk, endpoint="https://push.example.org/1", p256dh="k",
            auth=auth, actor=ACTOR, now=LATER,
        )  # fmt: skip
    assert PushSubscription.objects.get().auth == "b"


def test_without_consent_no_review_and_with_it_one(scene: Scene) -> None:
    scene.practice.consent_basis = ConsentBasis.CARD
    scene.practice.save()
    visit = book(scene.calendar, scene.patient)
    assert reasons(visit, Kind.REVIEW) == {"none": ("skipped", "no_consent")}
    given: dict[str, Any] = {
        "practice": scene.practice, "patient_id": scene.patient.pk, "purpose": ConsentPurpose.COMMERCIAL,
        "actor": ACTOR, "now": LATER,
    }  # fmt: skip
    patient_changed.give_consent(how="form", wording="Zgadzam się.", **given)
    assert ("review", "email") in ahead(visit)
    assert patient_changed.withdraw_consent(**given)
    assert "review" not in {kind for kind, _ in ahead(visit)}
    consent = Consent.objects.get()
    assert (consent.wording, consent.withdrawn_at) == ("Zgadzam się.", LATER)
    assert not patient_changed.withdraw_consent(**given)


def test_stop_ends_sms_only_and_start_brings_them_back(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    before = ahead(visit)
    assert stopped_numbers.stop(scene.practice, scene.patient.phone, NOW)
    assert {channel for _, channel in ahead(visit)} == {"email"}
    assert not stopped_numbers.stop(scene.practice, scene.patient.phone, NOW)
    assert stopped_numbers.start(scene.practice, scene.patient.phone, NOW)
    assert ahead(visit) == before


def test_erasing_ends_what_is_planned_and_leaves_no_contact_data(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    (mail,) = send_due(visit, NOW + timedelta(seconds=61))
    patient = scene.patient
    MessageText.objects.create(message=mail, practice=scene.practice, address=patient.email, body="Dzień dobry")
    IncomingMessage.objects.create(
        practice=scene.practice, channel="sms", sender=patient.phone, text="Spóźnię się", received_at=NOW
    )
    StoppedNumber.objects.create(practice=scene.practice, phone=patient.phone, stopped_at=NOW)
    kept = Message.objects.count()
    patient_erased.erase(practice=scene.practice, patient_id=patient.pk, actor=ACTOR, now=LATER)
    assert ahead(visit) == set()
    assert {row.reason for row in messages(visit, kind=Kind.REMINDER, status="cancelled")} == {"erased"}
    assert Message.objects.count() >= kept
    assert not MessageText.objects.exists()
    assert not IncomingMessage.objects.exists()
    assert not StoppedNumber.objects.exists()
    row = Patient.objects.values().get(id=patient.pk)
    assert not {patient.email, patient.phone, patient.last_name} & {str(value) for value in row.values()}
    with pytest.raises(Conflict, match="erased"):
        change(scene, {"email": "znowu@example.org"})


def test_a_stopped_number_that_others_share_stays_stopped(scene: Scene) -> None:
    make_patient(scene.practice, phone=scene.patient.phone)
    StoppedNumber.objects.create(practice=scene.practice, phone=scene.patient.phone, stopped_at=NOW)
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=LATER)
    assert StoppedNumber.objects.count() == 1


def test_saving_a_card_without_change_writes_nothing(scene: Scene) -> None:
    book(scene.calendar, scene.patient)
    change(scene, {"no_sms": True})
    rows, audits = list(Message.objects.values()), AuditEntry.objects.count()
    change(scene, {"no_sms": True, "email": scene.patient.email})
    assert (list(Message.objects.values()), AuditEntry.objects.count()) == (rows, audits)


def test_a_card_needs_a_name_and_one_external_id_is_one_patient(scene: Scene) -> None:
    with pytest.raises(Invalid, match="last_name"):
        patient_changed.add(practice=scene.practice, card={"email": "a@example.org"}, actor=ACTOR, now=NOW)
    card: CardFields = {"last_name": "Żak", "external_id": "17"}
    patient_changed.add(practice=scene.practice, card=card, actor=ACTOR, now=NOW)
    with pytest.raises(Conflict, match="external_id_taken"):
        patient_changed.add(practice=scene.practice, card=card, actor=ACTOR, now=NOW)


def test_cards_sort_as_a_polish_register_does_and_are_found_without_polish_letters(scene: Scene) -> None:
    Patient.objects.all().delete()
    for name in ("Żak", "Zając", "Źrebak", "Lis", "Łoś", "Ćwik", "Cygan"):
        patient_changed.add(practice=scene.practice, card={"last_name": name}, actor=ACTOR, now=NOW)
    ordered = Patient.objects.order_by("sort_key").values_list("last_name", flat=True)
    assert list(ordered) == ["Cygan", "Ćwik", "Lis", "Łoś", "Zając", "Źrebak", "Żak"]
    assert Patient.objects.get(search_key__contains="los").last_name == "Łoś"


def test_visits_in_the_past_are_left_alone(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NEXT_WEEK + timedelta(days=4))
    rows = list(Message.objects.values())
    change(scene, {"no_sms": True}, NEXT_WEEK + timedelta(days=30))
    assert list(Message.objects.values()) == rows
