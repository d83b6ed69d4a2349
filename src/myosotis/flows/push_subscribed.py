"""An installation of the app takes push messages, or takes them no more."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from operator import attrgetter

from django.db import transaction

from myosotis.flows import actor as actors
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Invalid
from myosotis.flows.replanning import replan
from myosotis.store.apart import scope
from myosotis.store.models import Installation, Member, Patient, Practice, PushSubscription


@transaction.atomic
def subscribe(
    *, practice: Practice, patient_id: int, endpoint: str, p256dh: str, auth: str, actor: Actor, now: datetime
) -> PushSubscription:
    """Keep a push subscription of a patient (RFC 8030, 8291); the same endpoint again only renews its keys.

    From now on an app user's messages are planned. Raises NotFound, and Invalid for an endpoint that is no https
    address.
    """
    _require_https(endpoint)
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    keys = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth}
    subscription, created = PushSubscription.objects.update_or_create(
        practice=practice,
        patient=patient,
        endpoint_hash=hash_endpoint(endpoint),
        defaults=keys,
        create_defaults={**keys, "created_at": now},
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


@transaction.atomic
def switch_on(
    *, installation: Installation, members: Collection[Member], endpoint: str, p256dh: str, auth: str, now: datetime
) -> None:
    """The app on a phone takes push for these of its people; another address that it had before is forgotten.

    Said again it changes nothing. Raises Invalid for an endpoint that is no https address.
    """
    _require_https(endpoint)
    same = {"endpoint_hash": hash_endpoint(endpoint), "p256dh": p256dh, "auth": auth}
    if PushSubscription.objects.filter(member__in=members, **same).count() == len(members):
        return
    for practice, people in by_practice(members):
        with planned_anew(practice, people, now):
            for member in people:
                keep(member, endpoint=endpoint, p256dh=p256dh, auth=auth, now=now)
    old = PushSubscription.objects.filter(member__installation=installation)
    old.exclude(endpoint_hash=hash_endpoint(endpoint)).delete()


@transaction.atomic
def switch_off(*, installation: Installation, now: datetime) -> None:
    """The app on a phone takes push no more, for none of its people."""
    having = installation.members.filter(push_subscriptions__isnull=False).distinct()
    for practice, people in by_practice(having.select_related("practice")):
        with planned_anew(practice, people, now):
            PushSubscription.objects.filter(member__in=people).delete()
            for member in people:
                _audit(member, "push.unsubscribed", now)


def keep(member: Member, *, endpoint: str, p256dh: str, auth: str, now: datetime) -> None:
    """Let pushes for a member go to this address, also if they went there before without or by another membership.

    For flows that have locked the card and plan anew.
    """
    values = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth, "member": member}
    of_patient = PushSubscription.objects.filter(practice_id=member.practice_id, patient_id=member.patient_id)
    same = of_patient.filter(endpoint_hash=hash_endpoint(endpoint))
    if same.filter(member=member).update(**values):
        return
    if not same.update(**values, created_at=now):
        PushSubscription.objects.create(
            practice_id=member.practice_id,
            patient_id=member.patient_id,
            endpoint_hash=hash_endpoint(endpoint),
            created_at=now,
            **values,
        )
    _audit(member, "push.subscribed", now)


def by_practice(members: Collection[Member]) -> Iterator[tuple[Practice, list[Member]]]:
    """The people on a phone, practice by practice, in the order in which locks are taken."""
    ordered = sorted(members, key=lambda member: (member.practice_id, member.patient_id))
    for _, people in groupby(ordered, attrgetter("practice_id")):
        group = list(people)
        yield group[0].practice, group


@contextmanager
def planned_anew(practice: Practice, people: Collection[Member], now: datetime) -> Iterator[None]:
    """Lock the visits and the cards of these people, and plan the visits anew after what is done meanwhile."""
    ids = [member.patient_id for member in people]
    with scope.of_practice(practice.pk):
        visits = found.visits_ahead_of(practice, ids, now)
        list(Patient.objects.filter(id__in=ids).order_by("id").select_for_update(no_key=True).values_list("id"))
        yield
        replan(practice, visits, now)


def hash_endpoint(endpoint: str) -> str:
    return sha256(endpoint.encode()).hexdigest()


def _require_https(endpoint: str) -> None:
    if not endpoint.startswith("https://"):
        raise Invalid("endpoint", "not_https")


def _audit(member: Member, what: str, now: datetime) -> None:
    actor = actors.patient(member.patient_id)
    records.audit(member.practice_id, what, "patient", member.patient_id, now=now, actor=actor)
