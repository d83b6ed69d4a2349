"""A code is asked for, to prove that somebody holds a phone: planned as an SMS like any other, subject `verification`.

It goes although STOP came from the number: whoever types the number into a form asks for this one SMS (docs/rules.md 5).
"""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Max, QuerySet

from myosotis.domain import codes
from myosotis.domain.codes import Limits
from myosotis.domain.words import Channel, Kind, Language, MessageStatus, SubjectType
from myosotis.flows.errors import Conflict
from myosotis.store.models import Hold, Message, Patient, PhoneVerification, Practice
from myosotis.store.providers import channels_of


class Purpose(StrEnum):
    """What a proven phone is good for; a code of one purpose is none of another."""

    BOOKING = "booking"
    JOIN = "join"
    """Joining the app."""


@transaction.atomic
def send(
    *,
    practice: Practice,
    phone: str,
    purpose: Purpose,
    language: Language,
    now: datetime,
    patient: Patient | None = None,
    hold: Hold | None = None,
    place_hash: bytes = b"",
) -> PhoneVerification:
    """Plan the SMS with a code to a checked mobile number (E.164), due now; the verification to check it by.

    `place_hash` says where it is asked for; where it is left out, where the time was held.

    Asked again within 60 s nothing more goes; later the same code goes again, as long as it is good: both SMS then say
    the same, in whatever order they arrive. Raises Conflict (`no_provider`, `too_many_codes`), which says nothing about
    whether the number is known here.
    """
    found = Practice.objects.select_for_update(no_key=True).get(pk=practice.pk)  # so that nobody counts beside us
    if Channel.SMS not in channels_of([found.pk])[found.pk]:
        raise Conflict("no_provider")
    verification = live(practice=found, phone=phone, purpose=purpose, now=now, patient=patient, hold=hold)
    if verification is not None and now < may_be_sent_again_at(verification):
        return verification
    place = place_hash or (bytes(hold.place_hash) if hold else b"")
    _check_limits(found, phone, place, now)
    if verification is None:
        verification = PhoneVerification(
            practice=found,
            purpose=purpose,
            phone=phone,
            patient=patient,
            hold=hold,
            created_at=now,
            place_hash=place,
        )
    verification.language, verification.expires_at = language, now + codes.LASTS
    verification.save()
    _plan(verification, now)
    return verification


def live(
    *,
    practice: Practice,
    phone: str,
    purpose: Purpose,
    now: datetime,
    patient: Patient | None = None,
    hold: Hold | None = None,
) -> PhoneVerification | None:
    """The verification under way for just this: a code was sent, is still good, and was not entered yet."""
    same = practice.verifications.filter(phone=phone, purpose=purpose, patient=patient, hold=hold)
    pending = same.filter(verified_at=None, expires_at__gt=now, attempts__lt=codes.MOST_WRONG)
    return pending.order_by("-id").first()


def may_be_sent_again_at(verification: PhoneVerification) -> datetime:
    """From when on another SMS may be asked for (UTC)."""
    sent = _messages(PhoneVerification.objects.filter(pk=verification.pk))
    last: datetime | None = sent.aggregate(last=Max("created_at"))["last"]
    return (last or verification.created_at) + codes.AGAIN_AFTER


def reached(verification: PhoneVerification) -> bool:
    """False once it is certain that no SMS with this code came through."""
    given_up = (MessageStatus.FAILED, MessageStatus.EXPIRED, MessageStatus.CANCELLED)
    sent = _messages(PhoneVerification.objects.filter(pk=verification.pk))
    return sent.exclude(status__in=given_up).exists()


def _messages(verifications: "QuerySet[PhoneVerification]") -> "QuerySet[Message]":
    """The SMS with the codes of these verifications, of one practice."""
    return Message.objects.filter(subject_type=SubjectType.VERIFICATION, subject_id__in=verifications.values("id"))


def _check_limits(practice: Practice, phone: str, place: bytes, now: datetime) -> None:
    """Raise Conflict if the number, the place or the practice had its share (docs/rules.md 5)."""
    everything = practice.verifications.filter(created_at__gt=now - 2 * codes.DAY)
    asked: list[tuple[Limits, QuerySet[PhoneVerification]]] = [
        (codes.OF_NUMBER, everything.filter(phone=phone)),
        (codes.OF_PRACTICE, everything),
    ]
    if place:
        asked.append((codes.OF_PLACE, everything.filter(place_hash=place)))
    for limits, verifications in asked:
        sent = _messages(verifications).filter(created_at__gt=now - codes.DAY)
        if not limits.allow(list(sent.values_list("created_at", flat=True)), now):
            raise Conflict("too_many_codes")


def _plan(verification: PhoneVerification, now: datetime) -> None:
    earlier = _messages(PhoneVerification.objects.filter(pk=verification.pk))
    last: int | None = earlier.aggregate(last=Max("copy"))["last"]
    Message.objects.create(
        practice_id=verification.practice_id,
        subject_type=SubjectType.VERIFICATION,
        subject_id=verification.pk,
        patient_id=verification.patient_id,
        revision=1,
        kind=Kind.CODE,
        channel=Channel.SMS,
        copy=0 if last is None else last + 1,
        status=MessageStatus.PLANNED,
        due_at=now,
        expires_at=verification.expires_at,
        created_at=now,
    )
