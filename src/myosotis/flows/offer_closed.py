"""An offer ends before anybody takes it: somebody else has the slot, it is blocked, or staff stop it (docs/rules.md 4)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time
from typing import Final

from django.db import transaction

from myosotis.domain.free_times import open_spans
from myosotis.domain.window import instant
from myosotis.domain.words import OfferEnd
from myosotis.flows import found, slots
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.store import free_times
from myosotis.store.inquiry import Inquiry, learn
from myosotis.store.models import Calendar, Offer, Practice
from myosotis.store.offers import ending
from myosotis.store.question import Question

Taken = tuple[int, datetime, datetime]
"""Time (UTC) of a calendar that has been taken."""

_OPEN_DURING: Final = Question(
    lambda calendars, end, start: Offer.objects.filter(
        closed_at=None, start__lt=end, end__gt=start, calendar__doctor__calendars__in=[calendars]
    ).values_list("id", "start"),
    instants=2,
)
"""Open offers of a calendar's doctor; nearly always none, and asked with every booking."""


def close_where_taken(
    practice: Practice,
    calendar_id: int,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    actor: Actor,
    because: OfferEnd = OfferEnd.BOOKED,
) -> None:
    """Close every offer of a slot of which some of `start` to `end` (UTC) has been taken; the calendar is locked.

    A doctor cannot be at two addresses: offers of the doctor's other calendars close too.
    """
    close_these(practice, learn(asking_open(calendar_id, start, end)), now=now, actor=actor, because=because)


def asking_open(calendar_id: int, start: datetime, end: datetime) -> Inquiry[dict[int, datetime]]:
    """The open offers between `start` and `end` (UTC) of the calendar's doctor, and when their slots begin."""
    [rows] = yield [_OPEN_DURING.of([calendar_id], at=[end, start])]
    return dict(rows)


def close_these(
    practice: Practice,
    offer_ids: Collection[int],
    *,
    now: datetime,
    actor: Actor,
    because: OfferEnd = OfferEnd.BOOKED,
) -> None:
    """Close these offers; their calendars are locked."""
    if offer_ids:
        ending.close(list(practice.offers.filter(id__in=offer_ids).order_by("id")), because, now, actor.name)


def close_where_any_taken(
    practice: Practice,
    taken: Iterable[Taken],
    *,
    now: datetime,
    actor: Actor,
    because: OfferEnd = OfferEnd.BOOKED,
) -> None:
    """As `close_where_taken`, for many times at once."""
    offers = list(practice.offers.filter(closed_at=None).select_related("calendar").order_by("id"))
    if not offers:
        return
    doctors = dict(practice.calendars.values_list("id", "doctor_id"))
    spans: dict[int, list[tuple[datetime, datetime]]] = {}
    for calendar_id, start, end in taken:
        spans.setdefault(doctors[calendar_id], []).append((start, end))
    gone = [
        offer
        for offer in offers
        if any(start < offer.end and end > offer.start for start, end in spans.get(offer.calendar.doctor_id, ()))
    ]
    ending.close(gone, because, now, actor.name)


def close_where_not_open(
    calendar: Calendar, day: date, hours: Sequence[tuple[time, time]], *, now: datetime, actor: Actor
) -> None:
    """Close the offers of a local day that lie outside of its (new) opening hours; the calendar is locked."""
    zone = calendar.address.zone
    stretches = [(instant(day, opens, zone), instant(day, closes, zone)) for opens, closes in hours]
    gone = [
        offer
        for offer in calendar.offers.filter(closed_at=None).order_by("id")
        if offer.start.astimezone(zone).date() == day
        and not any(opens <= offer.start and offer.end <= closes for opens, closes in stretches)
    ]
    ending.close(gone, OfferEnd.DAY_CHANGED, now, actor.name)


def that_are_open(calendar: Calendar) -> list[Offer]:
    """The running offers of slots in which the calendar is open, by its hours and the days that differ."""
    offers = list(calendar.offers.filter(closed_at=None).order_by("id"))
    if not offers:
        return []
    zone = calendar.address.zone
    days = [offer.start.astimezone(zone).date() for offer in offers]
    opening = free_times.opening(calendar, min(days), max(days))
    spans = open_spans(opening, zone, min(days), max(days))
    return [offer for offer in offers if any(opens <= offer.start and offer.end <= closes for opens, closes in spans)]


def close_where_shut(calendar: Calendar, was_open: Iterable[Offer], *, now: datetime, actor: Actor) -> None:
    """Close those offers whose slots lay in opening hours and do not any more; the calendar is locked.

    A slot that staff gave outside of hours has nothing to do with them.
    """
    still = set(that_are_open(calendar))
    ending.close([offer for offer in was_open if offer not in still], OfferEnd.DAY_CHANGED, now, actor.name)


@transaction.atomic
def stop(*, practice: Practice, offer_id: int, actor: Actor, now: datetime) -> Offer:
    """Staff stop an offer; stopped again nothing changes. Raises NotFound and Conflict (`offer_closed`)."""
    offer = locked(practice, offer_id)
    if offer.closed_because == OfferEnd.STOPPED:
        return offer
    if offer.closed_at is not None or offer.closes_at <= now:
        raise Conflict("offer_closed")
    ending.close([offer], OfferEnd.STOPPED, now, actor.name)
    return offer


def locked(practice: Practice, offer_id: int) -> Offer:
    """An offer with the calendars of its doctor locked: nobody else opens, takes or closes it meanwhile. Raises NotFound."""
    calendar_id = found.one(practice.offers.filter(id=offer_id), "offer").calendar_id
    slots.lock_calendars(practice, [calendar_id])
    return practice.offers.select_related("calendar__address", "cause").get(id=offer_id)
