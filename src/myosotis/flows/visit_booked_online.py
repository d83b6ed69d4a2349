"""A patient books a visit on the public pages, with a phone just proven: one transaction from held time to visit.

Whether a card was found is told to nobody: the pages show what was typed, and the messages go to the phone that was
proven, or to the addresses that the practice has for this person.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from myosotis.domain.words import ConsentBasis, ConsentPurpose, Language, Party, Via
from myosotis.flows import actor, card_found, found, patient_changed, slots, time_held, visit_booked
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.patient_changed import CardFields
from myosotis.flows.replanning import replan
from myosotis.store import free_times, turns
from myosotis.store.models import Calendar, Hold, IncomingMessage, Patient, PhoneVerification, Practice, Visit
from myosotis.value_class import value_class

HOW: Final = "portal"
"""How a consent was given."""
OTHER_EMAIL: Final = "other_email"
"""An entry of the inbox: the patient gave another e-mail address than the card has; its text is the address."""
PROOF_LASTS: Final = time_held.LASTS * 3
"""For so long after the right code another time may be taken without a new one."""


@value_class
class Booker:
    """What the form says, checked by the page: names as on the card, the phone in E.164 and mobile."""

    first_name: str
    last_name: str
    phone: str
    email: str = ""
    language: Language
    for_other: bool = False
    """Phone and e-mail are those of a guardian, who books for the person named."""
    consent_wording: str = ""
    """The words of the consent to commercial communication that was given; empty: not given."""


@transaction.atomic
def book(*, practice: Practice, hold_id: int, booker: Booker, now: datetime) -> Visit:
    """Turn a held time into a visit booked by the patient; the same hold again is the same visit.

    A hold that has run out is good as long as nobody else took the time. Raises NotFound, Invalid (`phone`,
    not_proven; `start`) and Conflict (`given_back`, `no_online_booking`, `slot_taken`, `slot_held`).
    """
    turns.take(f"card {practice.pk} {booker.phone}")  # else a person new here, booking twice at once, gets two cards
    calendar = slots.locked_calendar(practice, found.one(practice.holds.filter(id=hold_id), "hold").calendar_id)
    held = practice.holds.select_for_update(no_key=True).get(id=hold_id)
    if held.visit_id is not None:
        return practice.visits.get(id=held.visit_id)
    if held.released_at is not None:
        raise Conflict("given_back")
    if not is_proven(held, booker.phone, now):
        raise Invalid("phone", "not_proven")
    slots.require_online(calendar, held.service)
    patient = _card(practice, calendar, booker, now)
    return visit_booked.book(
        practice=practice,
        calendar_id=calendar.pk,
        patient_id=patient.pk,
        start=held.start,
        by=Party.PATIENT,
        via=Via.PORTAL,
        actor=actor.patient(patient.pk),
        now=now,
        service_id=held.service_id,
        hold=held,
    ).visit


def is_proven(held: Hold, phone: str, now: datetime) -> bool:
    """Whether the right code for this phone was entered for this hold, not long ago."""
    proofs = PhoneVerification.objects.filter(practice_id=held.practice_id, hold=held, phone=phone)
    return proofs.filter(verified_at__gt=now - PROOF_LASTS).exists()


def _card(practice: Practice, calendar: Calendar, booker: Booker, now: datetime) -> Patient:
    """The person's card, with what it lacked; or a new one."""
    today = free_times.today(calendar, now)
    card = card_found.find(practice, booker.first_name, booker.last_name, booker.phone, today)
    if card is None:
        card = patient_changed.add(practice=practice, card=_new_card(booker), actor=actor.SYSTEM, now=now)
    else:
        siblings = found.sibling_ids(practice, card.pk, {calendar.doctor_id}, now)
        found.lock(practice, siblings | found.ids_ahead_of(practice, [card.pk], now))
        _complete(practice, card, booker, now)
    if booker.consent_wording and practice.consent_basis == ConsentBasis.CARD:
        patient_changed.give_consent(
            practice=practice,
            patient_id=card.pk,
            purpose=ConsentPurpose.COMMERCIAL,
            how=HOW,
            wording=booker.consent_wording,
            actor=actor.patient(card.pk),
            now=now,
        )
    return card


def _new_card(booker: Booker) -> CardFields:
    names = CardFields(first_name=booker.first_name, last_name=booker.last_name, language=booker.language)
    if booker.for_other:
        return {**names, "guardian_phone": booker.phone, "guardian_email": booker.email}
    return {**names, "phone": booker.phone, "email": booker.email}


def _complete(practice: Practice, card: Patient, booker: Booker, now: datetime) -> None:
    """Add what the card lacks; what it has stays, and staff are told of another e-mail address."""
    prefix = "" if card.phone == booker.phone else "guardian_"
    if getattr(card, f"{prefix}phone_bad_at") is not None:  # it was reached just now
        practice.patients.filter(id=card.pk).update(**{f"{prefix}phone_bad_at": None})
        replan(practice, found.visits_ahead_of(practice, [card.pk], now), now)
    kept: str = getattr(card, f"{prefix}email")
    if not kept and booker.email:
        fields = CardFields(guardian_email=booker.email) if prefix else CardFields(email=booker.email)
        patient_changed.update(
            practice=practice, patient_id=card.pk, card=fields, actor=actor.patient(card.pk), now=now
        )
    elif booker.email and kept.casefold() != booker.email.casefold():
        IncomingMessage.objects.create(
            practice=practice,
            channel=HOW,
            sender=booker.phone,
            text=booker.email,
            patient=card,
            received_at=now,
            understood_as=OTHER_EMAIL,
        )
