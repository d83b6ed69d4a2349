"""A patient left a slot: it is offered to those who wait longer, in the transaction that freed it (docs/rules.md 4)."""

from datetime import datetime, timedelta

from myosotis.domain import offering
from myosotis.domain.offering import Freed
from myosotis.domain.values import SendWindow
from myosotis.domain.words import OfferEnd, OfferStep, Party, Via
from myosotis.flows.actor import Actor
from myosotis.store import free_times
from myosotis.store.models import Calendar, Offer, Visit
from myosotis.store.offers import ending, reading, writing
from myosotis.value_class import value_class


@value_class
class Slot:
    """Time that a visit has just left; its calendar is locked."""

    calendar: Calendar
    start: datetime
    end: datetime


def offer(
    slot: Slot, visit: Visit, *, by: Party, via: Via, now: datetime, actor: Actor, cause: Offer | None = None
) -> Offer | None:
    """Offer a slot that `visit` has left (and that is saved), or None where the rules say no.

    An offer for which there is nobody to ask, or no moment to ask them, is written down and closed at once. `cause` is
    the offer by which the visit left it.
    """
    if by is not Party.PATIENT:
        return None
    freed = _freed(slot, visit, by, via, now, cause)
    reason = offering.against(freed, now)
    if cause is not None:
        what = OfferStep.CHAINED if reason is None else OfferStep.NOT_CHAINED
        writing.step(cause, what, now, actor.name, reason=reason or "")
    return None if reason is not None else _open(slot.calendar, freed, visit, now, actor, cause)


def _freed(slot: Slot, visit: Visit, by: Party, via: Via, now: datetime, cause: Offer | None) -> Freed:
    calendar = slot.calendar
    return Freed(
        start=slot.start,
        end=slot.end,
        free_until=free_times.free_until(calendar, slot.start, now, freed_end=slot.end).end,
        zone=calendar.address.zone,
        patient_id=visit.patient_id,
        by=by,
        via=via,
        switched_on=calendar.offer or reading.some_switched_on(calendar, slot.start),
        depth=1 if cause is None else cause.depth + 1,
        steps=calendar.offer_chain,
        winners=reading.winners(cause),
        round_size=calendar.offer_round_size,
        round_gap=timedelta(minutes=calendar.offer_round_minutes),
    )


def _open(calendar: Calendar, freed: Freed, visit: Visit, now: datetime, actor: Actor, cause: Offer | None) -> Offer:
    reading.lock_openings(calendar.practice_id)
    decided = offering.candidates(freed, reading.contenders(calendar, freed, now), now)
    count = max((one.round for one in decided), default=1)
    practice = calendar.practice
    hours = SendWindow(opens=practice.window_opens, closes=practice.window_closes)
    placed = offering.rounds(freed, hours, count, now)
    made = writing.opened(
        freed, decided, placed, calendar=calendar, freed_by=visit, cause=cause, now=now, actor=actor.name
    )
    if all(one.passed_over is not None for one in decided):
        ending.close([made], OfferEnd.NOBODY, now, actor.name)
    elif placed[0].due_at is None:
        ending.close([made], OfferEnd.NO_MOMENT, now, actor.name)
    return made
