"""A patient card is added or changed; what is planned follows it in the same transaction (docs/rules.md 2 and 6).

Addresses come in checked: doors refuse a wrong number at the card, not at the provider.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, TypedDict, cast

from django.db import transaction

from myosotis.domain.words import ConsentPurpose, Language
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.laying import lay, save
from myosotis.flows.replanning import replan
from myosotis.store.models import Consent, ImportBatch, Patient, Practice
from myosotis.store.name_keys import search_key, sort_key


class CardFields(TypedDict, total=False):
    """What a form or the API says of a card; what is not named stays. Phones are E.164, empty means none."""

    external_id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    phone_is_mobile: bool
    language: Language | str
    """Empty: the practice's."""
    guardian_name: str
    guardian_email: str
    guardian_phone: str
    guardian_phone_is_mobile: bool
    guardian_until: date | None
    no_sms: bool
    no_email: bool
    no_push: bool
    no_review: bool
    no_rebook: bool
    no_offer: bool
    silent: bool
    deceased: bool


FIELDS: Final = frozenset(CardFields.__annotations__)
ADDRESSES: Final = ("email", "phone", "guardian_email", "guardian_phone")


def add(
    *, practice: Practice, card: CardFields, actor: Actor, now: datetime, batch: ImportBatch | None = None
) -> Patient:
    """Add a card. Raises Invalid (`name`, missing) and Conflict (`external_id_taken`)."""
    patient = Patient(practice=practice, created_at=now, batch=batch)
    _lay(patient, card)
    if not patient.full_name:
        raise Invalid("last_name", "missing")
    with transaction.atomic():
        save(patient, "external_id_taken")
        records.audit(practice, "patient.added", "patient", patient.pk, now=now, actor=actor)
    return patient


@transaction.atomic
def update(*, practice: Practice, patient_id: int, card: CardFields, actor: Actor, now: datetime) -> Patient:
    """Change a card and plan the patient's visits anew. An address entered anew is no longer known to be dead.

    Raises NotFound, Invalid (last_name) and Conflict (`external_id_taken`, `erased`).
    """
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    if patient.erased_at is not None:
        raise Conflict("erased")
    changed = _lay(patient, card)
    if not patient.full_name:
        raise Invalid("last_name", "missing")
    if changed:
        save(patient, "external_id_taken")
        records.audit(practice, "patient.changed", "patient", patient.pk, now=now, actor=actor)
        replan(practice, visits, now)
    return patient


def _lay(patient: Patient, card: CardFields) -> bool:
    """Lay new values over a card; whether any differs."""
    changed = lay(patient, cast("Mapping[str, object]", card), FIELDS)
    for name in changed.intersection(ADDRESSES):
        setattr(patient, f"{name}_bad_at", None)
    patient.sort_key = sort_key(patient.last_name, patient.first_name)
    patient.search_key = search_of(patient)
    return bool(changed)


def search_of(patient: Patient) -> str:
    """Everything by which staff look for a patient."""
    return search_key(
        patient.first_name, patient.last_name, patient.first_name, patient.email, patient.phone,
        patient.guardian_name, patient.guardian_email, patient.guardian_phone, patient.external_id,
    )  # fmt: skip


@transaction.atomic
def give_consent(
    *,
    practice: Practice,
    patient_id: int,
    purpose: ConsentPurpose,
    how: str,
    wording: str,
    actor: Actor,
    now: datetime,
    given_at: datetime | None = None,
) -> Consent:
    """Record a consent with when, how and in which words it was given; one already in force stays as it is.

    Raises NotFound.
    """
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    in_force = patient.consents.filter(purpose=purpose, withdrawn_at=None).first()
    if in_force is not None:
        return in_force
    consent = Consent.objects.create(
        practice=practice, patient=patient, purpose=purpose, given_at=given_at or now, how=how, wording=wording
    )
    records.audit(practice, f"consent.{purpose}.given", "patient", patient.pk, now=now, actor=actor)
    replan(practice, visits, now)
    return consent


@transaction.atomic
def withdraw_consent(
    *, practice: Practice, patient_id: int, purpose: ConsentPurpose, actor: Actor, now: datetime
) -> bool:
    """Withdraw a consent; the record stays. Whether there was one. Raises NotFound."""
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    withdrawn = patient.consents.filter(purpose=purpose, withdrawn_at=None).update(withdrawn_at=now)
    if withdrawn:
        records.audit(practice, f"consent.{purpose}.withdrawn", "patient", patient.pk, now=now, actor=actor)
        replan(practice, visits, now)
    return bool(withdrawn)
