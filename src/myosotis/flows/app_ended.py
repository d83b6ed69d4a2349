"""Staff end the app of a patient on every phone: a phone was lost, or the household fell apart (docs/rules.md 5)."""

from datetime import datetime

from django.db import transaction

from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.replanning import replan
from myosotis.store.models import Practice


@transaction.atomic
def end(*, practice: Practice, patient_id: int, actor: Actor, now: datetime) -> int:
    """End all memberships and push subscriptions of a patient, and plan anew; how many phones there were. Raises NotFound.

    Others of the household stay joined on those phones. Joining again needs a code sent to the phone of the card.
    """
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    phones = patient.memberships.count() + patient.push_subscriptions.filter(member=None).count()
    if phones:
        patient.push_subscriptions.all().delete()
        patient.memberships.all().delete()
        records.audit(practice, "app.ended", "patient", patient.pk, now=now, actor=actor)
        replan(practice, visits, now)
    return phones
