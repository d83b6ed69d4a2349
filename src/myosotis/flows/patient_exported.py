"""A patient gets a copy of everything that is held of them (GDPR, articles 15 and 20); the audit log says so."""

from datetime import datetime
from typing import Any

from django.db import transaction

from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.store.models import Practice
from myosotis.store.patient_export import held_about


@transaction.atomic
def export(*, practice: Practice, patient_id: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """All that is held about a patient, as `store.patient_export` has it. Raises NotFound and Conflict (`erased`)."""
    patient = found.patient_of(practice, patient_id)
    if patient.erased_at is not None:
        raise Conflict("erased")
    records.audit(practice, "patient.exported", "patient", patient.pk, now=now, actor=actor)
    return {"made_at": now, "practice": practice.name, **held_about(patient)}
