"""Somebody joins the app on a phone, by a code that went to the phone on their card (docs/rules.md 5)."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from myosotis.flows import actor, found, push_subscribed, records
from myosotis.flows.code_sent import Purpose
from myosotis.flows.errors import Conflict
from myosotis.flows.replanning import replan
from myosotis.store import installations
from myosotis.store.apart import scope
from myosotis.store.models import Installation, Member, Patient, PhoneVerification, PushSubscription
from myosotis.store.sealing import hash_secret

PROVEN_FOR: Final = timedelta(minutes=10)
"""How long after the right code was entered it lets somebody in."""


@transaction.atomic
def join(*, verification: PhoneVerification, key: str, now: datetime, share_push: bool = True) -> Member:
    """Let the patient of a verification in on the phone whose secret is `key`; once in, it only counts anew.

    Where push is on for others on this phone it is on for them, too, unless their practice sends with another key (not
    `share_push`). Raises Conflict (`not_proven`, `phone_changed`).
    """
    practice, patient_id = verification.practice, verification.patient_id
    if patient_id is None or not _proven(verification, now):
        raise Conflict("not_proven")
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    member = _member(_installation(key, verification, now), patient, verification, now)
    if not installations.holds(member, installations.local_day(now)):
        raise Conflict("phone_changed")
    records.audit(practice, "app.joined", "patient", patient.pk, now=now, actor=actor.patient(patient.pk))
    if share_push:
        _take_push(member, now)
    replan(practice, visits, now)
    return member


def _proven(verification: PhoneVerification, now: datetime) -> bool:
    at = verification.verified_at
    return verification.purpose == Purpose.JOIN and at is not None and now - at <= PROVEN_FOR


def _installation(key: str, verification: PhoneVerification, now: datetime) -> Installation:
    installation, _ = Installation.objects.get_or_create(
        key_hash=hash_secret(key),
        defaults={
            "created_at": now, "seen_on": installations.local_day(now), "language": verification.language,
        },
    )  # fmt: skip
    return installation


def _member(installation: Installation, patient: Patient, verification: PhoneVerification, now: datetime) -> Member:
    member, _ = Member.objects.update_or_create(
        practice_id=patient.practice_id,
        installation=installation,
        patient=patient,
        defaults={"phone": verification.phone, "joined_at": now},
    )
    return member


def _take_push(member: Member, now: datetime) -> None:
    """One browser has one address for push: whoever comes to it later shares it."""
    with scope.of_practices(installations.practices_of(member.installation_id)):
        shared = PushSubscription.objects.filter(member__installation_id=member.installation_id).order_by("-id").first()
    if shared is not None:
        shared_by_all = {"endpoint": shared.endpoint, "p256dh": shared.p256dh, "auth": shared.auth}
        PushSubscription.objects.filter(member=member).delete()  # of an earlier membership here, which may have ended
        push_subscribed.keep(member, **shared_by_all, now=now)
