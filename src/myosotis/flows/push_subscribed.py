"""An installation of the app takes push messages, or takes them no more."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Invalid
from myosotis.flows.replanning import replan
from myosotis.store.models import Practice, PushSubscription


@transaction.atomic
def subscribe(
    *, practice: Practice, patient_id: int, endpoint: str, p256dh: str, auth: str, actor: Actor, now: datetime
) -> PushSubscription:
    """Keep a push subscription of a patient (RFC 8030, 8291); the same endpoint again only renews its keys.

    From now on an app user's messages are planned. Raises NotFound, and Invalid for an endpoint that is no https
    address.
    """
    if not endpoint.startswith("https://"):
        raise Invalid("endpoint", "not_https")
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    subscription, created = PushSubscription.objects.update_or_create(
        practice=practice,
        patient=patient,
        endpoint_hash=sha256(endpoint.encode()).hexdigest(),
        defaults={"endpoint": endpoint, "p256dh": p256dh, "auth": auth},
        create_defaults={"endpoint": endpoint, "p256dh": p256dh, "auth": auth, "created_at": now},
    )
    if created:
        records.audit(practice, "push.subscribed", "patient", patient.pk, now=now, actor=actor)
        replan(practice, visits, now)
    return subscription


@transaction.atomic
def unsubscribe(*, practice: Practice, patient_id: int, subscription_id: int, actor: Actor, now: datetime) -> None:
    """Forget a push subscription; without another the patient is no app user. Raises NotFound."""
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    subscription = found.one(patient.push_subscriptions.filter(id=subscription_id), "push subscription")
    subscription.delete()
    records.audit(practice, "push.unsubscribed", "patient", patient.pk, now=now, actor=actor)
    replan(practice, visits, now)
