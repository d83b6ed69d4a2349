"""Somebody who was asked about a freed slot takes it, or declines: first come, first served (docs/rules.md 4)."""

from datetime import datetime

from django.db import transaction

from myosotis.domain.words import (
    OfferAnswer,
    OfferEnd,
    OfferStep,
    Party,
    ReadSignal,
    Reason,
    Via,
    VisitStatus,
)
from myosotis.flows import found, message_read, offer_closed, patient_acts, records, slot_freed, slots, visit_moved
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.replanning import replan
from myosotis.flows.slot_freed import Slot
from myosotis.store import free_times
from myosotis.store.models import Candidate, Offer, Practice, Visit
from myosotis.store.offers import ending, writing
from myosotis.value_class import value_class

_GONE = (OfferEnd.TAKEN, OfferEnd.BOOKED)


@value_class
class Accepted:
    """The visit at its new time; `changed` is false where its patient had taken the slot before."""

    visit: Visit
    changed: bool
    next_offer: Offer | None = None
    """Of the slot that the visit left."""


@value_class
class Standing:
    """One who was asked, with offer and visit, and the code with which `accept` would refuse now; "" if it would not."""

    candidate: Candidate
    refusal: str

    @property
    def has_taken(self) -> bool:
        return self.candidate.answer == OfferAnswer.TAKEN


def standing(practice: Practice, candidate_id: int, now: datetime) -> Standing:
    """How somebody who was asked stands at `now` (UTC), for the page; nothing is locked. Raises NotFound."""
    candidate = _candidate(practice, candidate_id)
    refusal = "" if candidate.answer == OfferAnswer.TAKEN else _refusal(candidate, candidate.visit, now)
    return Standing(candidate=candidate, refusal=refusal)


def accept(*, practice: Practice, candidate_id: int, actor: Actor, via: Via, now: datetime) -> Accepted:
    """Move the visit of one who was asked to the freed slot; taken again by the winner nothing changes.

    There is no cut-off, and the switch of actions does not matter. The visit is confirmed, the move acknowledged, the
    offer closed, and the slot left is offered in turn. Raises NotFound and Conflict: `offer_taken`, `offer_closed`,
    `slot_held` (somebody is booking it just now; the offer stays open), `visit_changed` (the visit was moved, cancelled
    or given to another patient since), `visit_over`.
    """
    asked = _in_time(practice, candidate_id, now)  # before the transaction: on SQLite its beginning waits for others
    return _accept(practice, asked, actor=actor, via=via, now=now)


@transaction.atomic
def _accept(practice: Practice, asked: Candidate, *, actor: Actor, via: Via, now: datetime) -> Accepted:
    slots.lock_calendars(practice, [asked.offer.calendar_id])
    _in_time(practice, asked.pk, now)  # it may have been taken while we waited
    candidate = _candidate(practice, asked.pk)
    if candidate.answer == OfferAnswer.TAKEN:
        return Accepted(visit=candidate.visit, changed=False)
    calendar = candidate.offer.calendar
    visit, affected = found.locked_visit(practice, candidate.visit_id, now)
    refusal = _refusal(candidate, visit, now)
    if refusal:
        raise Conflict(refusal)
    if via in patient_acts.OWN_DOORS:
        message_read.visit_read(visit.pk, visit.patient_id, ReadSignal.ACTION, now=now, shown_revision=visit.revision)
    left = Slot(calendar=calendar, start=visit.start, end=visit.end)
    _move(visit, candidate.offer, via=via, actor=actor, now=now)
    _note(candidate, OfferAnswer.TAKEN, OfferStep.TAKEN, actor, now)
    ending.close([candidate.offer], OfferEnd.TAKEN, now, actor.name)
    # A longer visit takes adjoining time as well, which may be on offer itself.
    offer_closed.close_where_taken(practice, calendar.pk, visit.start, visit.end, now=now, actor=actor)
    replan(practice, affected, now)
    following = slot_freed.offer(left, visit, by=Party.PATIENT, via=via, now=now, actor=actor, cause=candidate.offer)
    return Accepted(visit=visit, changed=True, next_offer=following)


@transaction.atomic
def decline(*, practice: Practice, candidate_id: int, actor: Actor, via: Via, now: datetime) -> Candidate:
    """Note that somebody does not want the slot; the visit stays as it is, and nothing more is sent of the offer.

    Whoever declined may still take it while it is open. Declined again nothing changes. Raises NotFound and Conflict
    (`offer_taken`, `offer_closed`, `visit_changed`).
    """
    del via  # an answer is the same through every door
    asked = _candidate(practice, candidate_id)
    slots.lock_calendars(practice, [asked.offer.calendar_id])
    found.lock(practice, {asked.visit_id})  # before its messages, as every change of the visit does
    candidate = _candidate(practice, candidate_id)
    if candidate.answer == OfferAnswer.DECLINED:
        return candidate
    if candidate.answer == OfferAnswer.TAKEN:
        raise Conflict("offer_taken")
    refusal = _of_offer(candidate, now)
    if refusal:
        raise Conflict(refusal)
    _note(candidate, OfferAnswer.DECLINED, OfferStep.DECLINED, actor, now)
    ending.end_messages({candidate.pk: Reason.OFFER_ANSWERED}, now)
    return candidate


def _candidate(practice: Practice, candidate_id: int) -> Candidate:
    rows = practice.candidates.filter(id=candidate_id, passed_over="")
    return found.one(
        rows.select_related("offer__calendar__address", "offer__cause", "visit__calendar", "visit__service"),
        "candidate",
    )


def _in_time(practice: Practice, candidate_id: int, now: datetime) -> Candidate:
    """Who was asked, with the offer. What is closed never opens again: the rest of a crowd goes on without a lock.

    Raises NotFound and Conflict (`offer_taken`, `offer_closed`); the winner is always in time.
    """
    rows = practice.candidates.filter(id=candidate_id, passed_over="").select_related("offer")
    candidate = found.one(rows, "candidate")
    if candidate.offer.closed_at is not None and candidate.answer != OfferAnswer.TAKEN:
        raise Conflict(_of_offer(candidate, now))
    return candidate


def _refusal(candidate: Candidate, visit: Visit, now: datetime) -> str:
    """The code of the conflict with which taking the slot is refused now, or ""."""
    return _of_offer(candidate, now) or _of_visit(candidate, visit) or _of_slot(candidate, visit, now)


def _of_offer(candidate: Candidate, now: datetime) -> str:
    offer = candidate.offer
    if offer.closed_because in _GONE:
        return "offer_taken"
    if offer.closed_at is not None or offer.closes_at <= now:
        return "offer_closed"
    return "visit_changed" if candidate.answer == OfferAnswer.WITHDRAWN else ""


def _of_visit(candidate: Candidate, visit: Visit) -> str:
    if visit.status not in patient_acts.OPEN:
        return "visit_changed" if visit.status == VisitStatus.CANCELLED else "visit_over"
    agreed = (candidate.patient_id, candidate.visit_start, candidate.offer.calendar_id)
    return "" if (visit.patient_id, visit.start, visit.calendar_id) == agreed else "visit_changed"


def _of_slot(candidate: Candidate, visit: Visit, now: datetime) -> str:
    """A patient never overlaps anybody, whatever staff may have done beside the offer."""
    offer, needed = candidate.offer, visit.end - visit.start
    free = free_times.free_until(offer.calendar, offer.start, now, freed_end=offer.end, without_visit=visit.pk)
    if offer.start + needed > free.but_for_holds:
        return "offer_taken"
    return "slot_held" if offer.start + needed > free.end else ""


def _move(visit: Visit, offer: Offer, *, via: Via, actor: Actor, now: datetime) -> None:
    was, lasting = records.before(visit), visit.end - visit.start
    visit_moved.note_move(visit, by=Party.PATIENT, via=via, now=now)
    visit.start, visit.end = offer.start, offer.start + lasting
    visit.save()
    records.log_visit(visit, records.Happened.MOVED, now=now, by=Party.PATIENT, via=via, actor=actor, was=was)


def _note(candidate: Candidate, answer: OfferAnswer, what: OfferStep, actor: Actor, now: datetime) -> None:
    candidate.answer, candidate.answered_at = answer, now
    candidate.save(update_fields=["answer", "answered_at"])
    writing.step(candidate.offer, what, now, actor.name, candidate=candidate)
