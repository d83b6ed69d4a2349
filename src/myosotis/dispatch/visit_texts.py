"""A checked message of a visit made ready for rendering: plain values, and where it goes."""

from datetime import datetime
from typing import Final

from myosotis.content.context import MessageContext, PatientText, ServiceText, ToldText, VisitText
from myosotis.dispatch.job import Ready
from myosotis.dispatch.surroundings import Surroundings
from myosotis.domain.told import in_mind, last_told
from myosotis.domain.values import Appointment, Card, Contact, ExistingMessage, VisitFacts
from myosotis.domain.words import Channel, ConsentPurpose, Kind, MessageStatus, Wave
from myosotis.naming import Place
from myosotis.store.queue.claim import Claimed

NO_SERVICE: Final = ServiceText()


def ready(message: Claimed, kept: ExistingMessage, visit: VisitFacts, around: Surroundings, now: datetime) -> Ready:
    """What `content` and the provider need. Raises KeyError if something was deleted meanwhile."""
    card = card_of(visit, kept.patient_id)
    contact = card.contact_on(visit.local_day(now))
    patient, practice = around.patients[kept.patient_id], around.practices[message.practice_id]
    guarded = contact is card.guardian
    return Ready(
        context=_context(message, kept, visit, around, card, contact, guarded=guarded),
        address=_address(contact, message.channel),
        name=(patient.guardian_name or patient.name) if guarded else patient.name,
        subscriptions=around.subscriptions.get(kept.patient_id, ()),
        letters=practice.letters,
        sms_price=practice.sms_price,
        sender=practice.sms_sender if message.channel is Channel.SMS else practice.email_sender_name,
        sender_email=practice.text.email,
        reply_to=practice.reply_to,
        told=visit.appointment,
        has_fallback=_has_fallback(kept, visit),
    )


def card_of(visit: VisitFacts, patient_id: int) -> Card:
    """Of the visit's patient, or of the former one, who is told that it is theirs no more."""
    former = visit.former_card
    return former if former is not None and former.patient_id == patient_id else visit.card


def _address(contact: Contact, channel: Channel) -> str:
    if channel is Channel.SMS:
        return contact.phone
    return contact.email if channel is Channel.EMAIL else ""


def _has_fallback(kept: ExistingMessage, visit: VisitFacts) -> bool:
    key = kept.key
    return key.wave is Wave.FIRST and any(
        other.status is MessageStatus.WAITING
        and other.fallback is not None
        and (other.key.revision, other.key.kind, other.key.copy) == (key.revision, key.kind, key.copy)
        for other in visit.messages
    )


def _context(
    message: Claimed,
    kept: ExistingMessage,
    visit: VisitFacts,
    around: Surroundings,
    card: Card,
    contact: Contact,
    *,
    guarded: bool,
) -> MessageContext:
    place, words = around.places[visit.calendar_id], around.visits[visit.visit_id]
    practice = around.practices[message.practice_id]
    consented = ConsentPurpose.TRACKING_IMAGE in card.consents and practice.tracking_image
    return MessageContext(
        kind=message.kind,
        language=card.language,
        practice=practice.text,
        links=around.linker.links(message.uuid, message.kind, message.channel, image=consented),
        patient=PatientText(name=around.patients[kept.patient_id].name, email=contact.email, by_guardian=guarded),
        doctor=place.doctor,
        address=place.address,
        service=NO_SERVICE if words.service_id is None else around.services[words.service_id],
        visit=VisitText(
            uuid=words.uuid,
            revision=kept.key.revision,
            start=visit.start,
            end=visit.end,
            status=visit.status,
            event_by=visit.event_by,
            told=_told(kept, visit, around, place),
            cancel_reason=words.cancel_reason,
        ),
        actions=visit.actions,
    )


def _told(kept: ExistingMessage, visit: VisitFacts, around: Surroundings, place: Place) -> ToldText | None:
    """What the patient knew before: of `moved` the old appointment, of `cancelled` one that differs from the present."""
    if kept.key.kind not in (Kind.MOVED, Kind.CANCELLED):
        return None
    known = _known(kept, visit)
    if known is None or (kept.key.kind is Kind.CANCELLED and known == visit.appointment):
        return None
    old = around.places.get(known.calendar_id, place)
    return ToldText(
        start=known.start,
        doctor=old.doctor if old.doctor != place.doctor else None,
        address=old.address if old.address != place.address else None,
    )


def _known(kept: ExistingMessage, visit: VisitFacts) -> Appointment | None:
    """What this message's patient has in mind; if that is not certain, what the visit was before its last change."""
    if kept.patient_id != visit.card.patient_id:
        told = last_told(visit, kept.patient_id, kept.key.revision)
        if told is not None:
            return told.appointment
        return _before(visit) if kept.key.revision == visit.revision else None
    return in_mind(visit, kept.key.revision) or _before(visit)


def _before(visit: VisitFacts) -> Appointment | None:
    if visit.previous_start is None:
        return None
    return Appointment(start=visit.previous_start, calendar_id=visit.calendar_id)
