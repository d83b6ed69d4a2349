"""The messages to one who is asked about a freed slot: which there are, and whether they may still go (docs/rules.md 4)."""

from datetime import datetime
from typing import Final

from myosotis.domain import addresses, eligibility
from myosotis.domain.course import skipped
from myosotis.domain.difference import reason_of_change
from myosotis.domain.recheck import Stop, Verdict, in_window
from myosotis.domain.values import ExistingMessage, MessageKey, PlannedMessage, VisitFacts
from myosotis.domain.window import Placed
from myosotis.domain.words import Channel, Kind, MessageStatus, OfferAnswer, OfferEnd, Reason, VisitStatus
from myosotis.value_class import value_class

LIVE: Final = (VisitStatus.BOOKED, VisitStatus.CONFIRMED)


@value_class
class Asked:
    """A candidate of an offer, as it stands. Instants are UTC."""

    candidate_id: int
    offer_id: int
    visit_id: int
    patient_id: int
    visit_start: datetime
    """When the visit was asked about, it started then."""
    calendar_id: int
    answer: OfferAnswer | None
    offer_start: datetime
    closes_at: datetime
    closed_because: OfferEnd | None
    """None: not closed yet; past `closes_at` it is over all the same."""


def rows(visit: VisitFacts, placed: Placed, expires: datetime) -> tuple[PlannedMessage, ...]:
    """Every usable channel, all at one time; why an e-mail or SMS is left out is told.

    Without a time (`placed`) all are skipped, with its reason.
    """
    day = visit.local_day(placed.due_at or visit.start)
    missing = addresses.missing(visit.card, day, visit.providers)
    found = []
    for channel in addresses.CHANNELS:
        reason = missing.get(channel)
        key = MessageKey(revision=visit.revision, kind=Kind.OFFER, channel=channel)
        if reason is None and placed.due_at is not None:
            found.append(_planned(key, visit.card.patient_id, placed, expires))
        elif reason is not Reason.NO_APP:
            why = reason or placed.reason or Reason.NO_MOMENT_IN_WINDOW
            found.append(skipped(key, visit.card.patient_id, why))
    return tuple(found)


def _planned(key: MessageKey, patient_id: int, placed: Placed, expires: datetime) -> PlannedMessage:
    return PlannedMessage(
        key=key,
        patient_id=patient_id,
        status=MessageStatus.PLANNED,
        due_at=placed.due_at,
        expires_at=expires,
        reason=placed.reason,
    )


def against(asked: Asked, visit: VisitFacts, now: datetime) -> Reason | None:
    """Why this patient is not to be asked any more at `now` (UTC), on whatever channel; None if they are."""
    if asked.answer in (OfferAnswer.TAKEN, OfferAnswer.DECLINED):
        return Reason.OFFER_ANSWERED
    if asked.closed_because is not None or now >= asked.closes_at:
        return Reason.OFFER_TAKEN if asked.closed_because is OfferEnd.TAKEN else Reason.OFFER_CLOSED
    return (
        change(asked, visit)
        or eligibility.against_patient(Kind.OFFER, visit, visit.card)
        or eligibility.against_settings(Kind.OFFER, visit)
    )


def change(asked: Asked, visit: VisitFacts) -> Reason | None:
    """What became of the visit since it was asked about: it was cancelled, moved, or given to another patient."""
    if visit.card.patient_id != asked.patient_id:
        return Reason.FORMER_PATIENT
    if visit.status not in LIVE:
        return Reason.VISIT_CANCELLED if visit.status is VisitStatus.CANCELLED else Reason.VISIT_IN_PAST
    if (visit.start, visit.calendar_id) != (asked.visit_start, asked.calendar_id):
        return reason_of_change(visit)
    return Reason.VISIT_CHANGED if asked.answer is OfferAnswer.WITHDRAWN else None


def reason_of_channel(visit: VisitFacts, channel: Channel, now: datetime) -> Reason | None:
    return addresses.reason_against(visit.card, channel, visit.local_day(now), visit.providers)


def recheck(asked: Asked, visit: VisitFacts, message: ExistingMessage, now: datetime) -> Verdict:
    """Whether a claimed message may be handed over at `now` (UTC). E-mail waits for the window too."""
    if message.expires_at is not None and now >= message.expires_at:
        return Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    reason = against(asked, visit, now) or reason_of_channel(visit, message.key.channel, now)
    if reason is not None:
        return Stop(status=MessageStatus.CANCELLED, reason=reason)
    return in_window(visit, message, now)
