"""Two cards of one person become one (docs/adr/0026)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

from myosotis.domain.words import ConsentPurpose, Via
from myosotis.flows import import_batches, patient_erased, patients_imported, patients_merged, visit_changed
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.flows.patients_imported import PatientInput
from myosotis.store.models import (
    Candidate,
    Consent,
    IncomingMessage,
    Installation,
    Member,
    Message,
    Offer,
    Opinion,
    Patient,
    PhoneVerification,
    PushSubscription,
    Visit,
)
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    ahead,
    book,
    hours,
    make_patient,
    make_practice,
    make_subscription,
    messages,
    send_due,
)

LATER = NOW + hours(2)


def merge(scene: Scene, double: Patient, *, kept: Patient | None = None) -> Patient:
    merged = patients_merged.merge(
        practice=scene.practice, kept_id=(kept or scene.patient).pk, double_id=double.pk, actor=ACTOR, now=LATER
    )
    double.refresh_from_db()
    return merged


def consent(patient: Patient, *, given: int, withdrawn: int | None = None) -> Consent:
    return Consent.objects.create(
        practice=patient.practice, patient=patient, purpose=ConsentPurpose.COMMERCIAL, how="papier",
        given_at=NOW - timedelta(days=given),
        withdrawn_at=None if withdrawn is None else NOW - timedelta(days=withdrawn),
    )  # fmt: skip


def columns() -> list[tuple[type[Model], str]]:
    """Every column of every table that leads to a card."""
    return [
        (model, field.name)
        for model in apps.get_app_config("store").get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Patient and model is not Patient
    ]


def leading_to(patient: Patient) -> list[tuple[type[Model], str]]:
    return [(model, name) for model, name in columns() if model._base_manager.filter(**{name: patient}).exists()]


def of_everything(scene: Scene, double: Patient) -> Visit:
    """A row in every table for this patient; a table that comes later fails the test until it is here."""
    practice, given = scene.practice, {"practice": scene.practice, "patient": double}
    visit = book(scene.calendar, double)
    send_due(visit, NOW + timedelta(minutes=2))
    other = book(scene.calendar, scene.patient, NEXT_WEEK + hours(2))
    Visit.objects.filter(pk=other.pk).update(former_patient=double)
    IncomingMessage.objects.create(**given, channel="sms", sender=double.phone, text="?", received_at=NOW)
    consent(double, given=1)
    Opinion.objects.create(
        **given, visit=visit, doctor=scene.calendar.doctor, calendar=scene.calendar, stars=5, given_at=NOW
    )
    PhoneVerification.objects.create(
        **given, purpose="join", phone=double.phone, language="pl", created_at=NOW, expires_at=LATER
    )
    phone = Installation.objects.create(key_hash=b"k" * 16, created_at=NOW, seen_on=NOW.date())
    Member.objects.create(**given, installation=phone, phone=double.phone, joined_at=NOW)
    offer = Offer.objects.create(
        practice=practice, calendar=scene.calendar, start=NEXT_WEEK - hours(20), end=NEXT_WEEK - hours(19),
        opened_at=NOW, closes_at=NEXT_WEEK - hours(22),
    )  # fmt: skip
    Candidate.objects.create(
        **given, offer=offer, visit=visit, position=1, visit_start=visit.start, visit_revision=visit.revision
    )
    return visit


def test_everything_of_the_double_hangs_on_the_kept_card(scene: Scene) -> None:
    double = make_patient(scene.practice, app=True)
    visit = of_everything(scene, double)
    assert leading_to(double) == columns()
    merged = merge(scene, double)
    assert leading_to(double) == []
    assert leading_to(merged) == columns()
    assert (double.merged_into, double.last_name, double.email, double.phone) == (merged, "", "", "")
    assert {row.patient_id for row in messages(visit)} == {merged.pk}
    assert merged.push_subscriptions.count() == 1


def test_the_plan_follows_the_kept_card(scene: Scene) -> None:
    """Two visits on one day are one person's now: one request for an opinion, after the last of them."""
    double = make_patient(scene.practice)
    first, second = book(scene.calendar, scene.patient), book(scene.calendar, double, NEXT_WEEK + hours(3))
    assert ("review", "email") in ahead(first)
    merge(scene, double)
    assert ("review", "email") not in ahead(first)
    assert ("review", "email") in ahead(second)


@pytest.mark.parametrize("word", ["no_sms", "no_email", "no_review", "silent", "deceased"])
@pytest.mark.parametrize("on_double", [False, True])
def test_what_either_card_forbids_is_forbidden(scene: Scene, word: str, *, on_double: bool) -> None:
    double = make_patient(scene.practice)
    Patient.objects.filter(pk=(double if on_double else scene.patient).pk).update(**{word: True})
    visit = book(scene.calendar, double)
    merged = merge(scene, double)
    assert getattr(merged, word)
    if word in ("silent", "deceased"):
        assert ahead(visit) == set()


@pytest.mark.parametrize(
    ("kept", "double", "in_force"),
    [
        ([], [{"given": 5}], 1),
        ([{"given": 9}], [{"given": 5}], 1),
        ([{"given": 9, "withdrawn": 2}], [{"given": 5}], 0),
        ([{"given": 9}], [{"given": 12, "withdrawn": 3}], 0),
        ([{"given": 9, "withdrawn": 8}], [{"given": 5}], 1),
        ([], [], 0),
    ],
)
def test_a_consent_is_in_force_unless_it_was_withdrawn_since(
    scene: Scene, kept: list[dict[str, Any]], double: list[dict[str, Any]], in_force: int
) -> None:
    other = make_patient(scene.practice)
    for patient, records in ((scene.patient, kept), (other, double)):
        for record in records:
            consent(patient, **record)
    merged = merge(scene, other)
    assert merged.consents.filter(withdrawn_at=None).count() == in_force
    assert merged.consents.count() == len(kept) + len(double)


def test_addresses_of_the_double_fill_in_what_is_missing(scene: Scene) -> None:
    double = make_patient(
        scene.practice, phone="+48500600700", external_id="D-1", guardian_name="Ewa", guardian_email="ewa@example.org",
        guardian_until=date(2030, 1, 1), email="double@example.org",
    )  # fmt: skip
    Patient.objects.filter(pk=scene.patient.pk).update(phone="", email="kept@example.org")
    merged = merge(scene, double)
    assert (merged.email, merged.phone, merged.external_id) == ("kept@example.org", "+48500600700", "D-1")
    assert (merged.guardian_email, merged.guardian_until) == ("ewa@example.org", date(2030, 1, 1))
    assert double.external_id == ""
    assert "500600700" in merged.search_key


def test_a_file_that_names_the_double_means_the_kept_card(scene: Scene) -> None:
    Patient.objects.filter(pk=scene.patient.pk).update(external_id="K-1")
    double = make_patient(scene.practice, external_id="D-1")
    merge(scene, double)
    batch = import_batches.begin(practice=scene.practice, what="patients", file_hash="f" * 64, actor=ACTOR, now=LATER)
    row = PatientInput(row=2, card={"external_id": "D-1", "last_name": "Nowa", "first_name": "Maria"})
    taken = patients_imported.take(
        practice=scene.practice, batch_id=batch.pk, rows=[row], rows_done=1, actor=ACTOR, now=LATER
    )
    assert (taken.added, taken.patients) == (0, {2: scene.patient.pk})
    scene.patient.refresh_from_db()
    assert (scene.patient.external_id, scene.patient.last_name) == ("K-1", "Nowa")
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=LATER)
    double.refresh_from_db()
    assert double.external_id == ""


def test_a_visit_given_from_the_one_card_to_the_other_is_cancelled_to_nobody(scene: Scene) -> None:
    double = make_patient(scene.practice)
    visit = book(scene.calendar, double)
    send_due(visit, NOW + timedelta(minutes=2))
    visit_changed.give_to(
        practice=scene.practice, visit_id=visit.pk, patient_id=scene.patient.pk, correction=False, via=Via.DESK,
        actor=ACTOR, now=LATER - timedelta(seconds=5),
    )  # fmt: skip
    assert ("cancelled", "email") in ahead(visit)
    merge(scene, double)
    assert "cancelled" not in {kind for kind, _ in ahead(visit)}
    assert "reminder" in {kind for kind, _ in ahead(visit)}


def test_the_app_on_one_phone_is_one_app(scene: Scene) -> None:
    double = make_patient(scene.practice)
    for patient in (scene.patient, double):
        make_subscription(patient)
    PushSubscription.objects.update(endpoint_hash="a" * 64)
    assert merge(scene, double).push_subscriptions.count() == 1


def test_what_cannot_be_merged(scene: Scene) -> None:
    elsewhere = make_patient(make_practice("Gabinet obok"))
    with pytest.raises(Invalid):
        merge(scene, scene.patient)
    for kept, double in ((scene.patient, elsewhere), (elsewhere, scene.patient)):
        with pytest.raises(NotFound):
            patients_merged.merge(practice=scene.practice, kept_id=kept.pk, double_id=double.pk, actor=ACTOR, now=LATER)
    double = make_patient(scene.practice)
    merge(scene, double)
    with pytest.raises(Conflict, match="erased"):
        merge(scene, double)
    assert Message.objects.count() == 0
