"""A patient asked to be erased: nothing more is sent, and contact data is gone everywhere (docs/rules.md 6).

What stays are ids, times and counts: visits, message rows without text, history and audit.
"""

import json
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.replanning import replan
from myosotis.store.models import (
    CallNote,
    Hold,
    IdempotencyKey,
    IncomingMessage,
    Member,
    MessageText,
    Patient,
    PhoneVerification,
    Practice,
    PushSubscription,
    StoppedNumber,
)

EMPTIED: Final = (
    "external_id", "first_name", "last_name", "sort_key", "search_key", "email", "phone", "language",
    "guardian_name", "guardian_email", "guardian_phone",
)  # fmt: skip


@transaction.atomic
def erase(*, practice: Practice, patient_id: int, actor: Actor, now: datetime) -> Patient:
    """Erase a patient; once erased nothing changes. Raises NotFound."""
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    if patient.erased_at is not None:
        return patient
    _remove_traces(patient)
    for name in EMPTIED:
        setattr(patient, name, "")
    patient.guardian_until = None
    patient.erased_at = now
    patient.save()
    patient.doubles.exclude(external_id="").update(external_id="")
    records.audit(practice, "patient.erased", "patient", patient.pk, now=now, actor=actor)
    replan(practice, visits, now)
    return patient


def _remove_traces(patient: Patient) -> None:
    """What holds an address, a name or a text outside of the card."""
    practice = patient.practice
    phones = {patient.phone, patient.guardian_phone} - {""}
    emails = {patient.email, patient.guardian_email} - {""}
    MessageText.objects.filter(message__patient=patient).delete()
    MessageText.objects.filter(practice=practice, message__patient=None, address__in=phones).delete()  # codes, answers
    own = Q(patient=patient) | Q(patient=None, sender__in=phones | emails)
    IncomingMessage.objects.filter(own, practice=practice).delete()
    Member.objects.filter(patient=patient).delete()
    PushSubscription.objects.filter(patient=patient).delete()
    patient.opinions.update(author="", patient=None)
    Hold.objects.filter(practice=practice, verifications__phone__in=phones).update(entered=b"")
    PhoneVerification.objects.filter(Q(patient=patient) | Q(phone__in=phones), practice=practice).delete()
    patient.visits.exclude(cancel_reason="").update(cancel_reason="")
    CallNote.objects.filter(visit__patient=patient).exclude(note="").update(note="")
    shared = practice.patients.filter(Q(phone__in=phones) | Q(guardian_phone__in=phones)).exclude(id=patient.pk)
    kept = {phone for pair in shared.values_list("phone", "guardian_phone") for phone in pair}
    StoppedNumber.objects.filter(practice=practice, phone__in=phones - kept).delete()
    for trace in phones | emails | ({patient.last_name} - {""}):
        IdempotencyKey.objects.filter(practice=practice, body__contains=json.dumps(trace)[1:-1]).delete()
