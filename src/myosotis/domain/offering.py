"""A freed slot: whether it is offered, to whom, in which order, and when they are asked (docs/rules.md 4)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from myosotis.domain import addresses, eligibility, window
from myosotis.domain.told import UNDO
from myosotis.domain.values import SendWindow, VisitFacts, require_utc
from myosotis.domain.window import Placed
from myosotis.domain.words import Kind, Party, PassedOver, Reason, Via, VisitEvent
from myosotis.value_class import value_class


class NotOffered(StrEnum):
    """Why a freed slot is not offered to anybody."""

    NOT_BY_PATIENT = "not_by_patient"
    TOO_LATE = "too_late"
    """Freed on a day less than two days before the slot's."""
    NOT_FREE = "not_free"
    SWITCH_OFF = "switch_off"
    CHAIN_OVER = "chain_over"
    """So many offers as the calendar allows have followed from each other."""


DAYS_AHEAD: Final = timedelta(days=2)
"""A slot is offered if it was freed on a local day at least so long before its own."""
AFTER_SLOT: Final = timedelta(hours=48)
"""Visits that start so many elapsed hours after the freed start, or later, are asked about."""
CLOSES_BEFORE: Final = timedelta(hours=2)
"""An offer closes so long before its slot starts."""
MOST: Final = 10
"""So many patients are asked."""
KEPT: Final = 100
"""So many who were passed over are kept with the reason."""
KEPT_BEYOND: Final = 5
"""And so many of those who come after the last one asked."""

_AGAINST: Final = {
    Reason.ERASED: PassedOver.ERASED,
    Reason.DECEASED: PassedOver.DECEASED,
    Reason.PATIENT_SILENCED: PassedOver.PATIENT_SILENCED,
    Reason.VISIT_SILENCED: PassedOver.VISIT_SILENCED,
    Reason.OPTED_OUT: PassedOver.OPTED_OUT,
    Reason.SWITCH_OFF: PassedOver.SWITCH_OFF,
    Reason.SWITCH_OFF_FOR_VISIT: PassedOver.SWITCH_OFF_FOR_VISIT,
}


@value_class
class Freed:
    """A slot that has become free. Instants are UTC."""

    start: datetime
    end: datetime
    """Of the visit that left it."""
    free_until: datetime
    """Until when the calendar is free from `start` on, adjoining free time included; `start` if it is not free."""
    zone: ZoneInfo
    patient_id: int
    """Whose visit left it."""
    by: Party
    """Who asked for that."""
    via: Via
    switched_on: bool = True
    """By the calendar, or by some later visit's own switch."""
    depth: int = 1
    """Its place in a chain of offers."""
    steps: int = 3
    """How many offers may follow from each other."""
    winners: frozenset[int] = frozenset()
    """The patients who won the offers before it in its chain."""
    round_size: int = 0
    """So many are asked at a time; 0: all at once."""
    round_gap: timedelta = timedelta(minutes=30)
    """The next are asked so long after."""

    def __post_init__(self) -> None:
        for name in ("start", "end", "free_until"):
            require_utc(name, getattr(self, name))
        if not self.start < self.end:
            raise ValueError("a slot ends after it starts")

    @property
    def closes_at(self) -> datetime:
        return self.start - CLOSES_BEFORE

    @property
    def first_candidate(self) -> datetime:
        """The earliest start of a visit that is asked about (UTC)."""
        return self.start + AFTER_SLOT


@value_class
class Contender:
    """A booked or confirmed visit of the calendar that starts late enough, and whether its patient has an open offer."""

    visit: VisitFacts
    has_other_offer: bool = False


@value_class
class Candidate:
    """What was decided about a contender."""

    visit: VisitFacts
    position: int
    """From 1, in the order of the contenders, those passed over included."""
    passed_over: PassedOver | None
    """None: asked."""
    round: int = 1


def against(freed: Freed, now: datetime) -> NotOffered | None:
    """Why a slot freed at `now` (UTC) is not offered, or None if it is."""
    if freed.by is not Party.PATIENT:
        return NotOffered.NOT_BY_PATIENT
    if not freed.switched_on:
        return NotOffered.SWITCH_OFF
    if freed.depth > freed.steps:
        return NotOffered.CHAIN_OVER
    slot_day, today = freed.start.astimezone(freed.zone).date(), now.astimezone(freed.zone).date()
    if slot_day - today < DAYS_AHEAD or freed.closes_at <= now:
        return NotOffered.TOO_LATE
    return None if freed.free_until > freed.start else NotOffered.NOT_FREE


def opens(freed: Freed, now: datetime) -> bool:
    """Whether a slot freed at `now` (UTC) is offered."""
    return against(freed, now) is None


def candidates(freed: Freed, contenders: Iterable[Contender], now: datetime) -> list[Candidate]:
    """What is decided about each contender (in the order of their starts): the first ten who may be asked are.

    No more of `contenders` are looked at than needed. Of those passed over only so many are kept as staff would read.
    """
    found: list[Candidate] = []
    asked: list[int] = []
    beyond = 0
    for position, contender in enumerate(contenders, 1):
        reason = _passed_over(freed, contender, asked, now)
        if reason is PassedOver.ENOUGH:
            beyond += 1
        if reason is None:
            asked.append(contender.visit.card.patient_id)
        if reason is None or len(found) - len(asked) < KEPT:
            number = round_of(len(asked), freed.round_size)
            found.append(Candidate(visit=contender.visit, position=position, passed_over=reason, round=number))
        if beyond >= KEPT_BEYOND:
            break
    return found


def round_of(asked: int, size: int) -> int:
    """The round of the one who is asked as number `asked` (from 1)."""
    return 1 if size < 1 else (max(asked, 1) - 1) // size + 1


def _passed_over(freed: Freed, contender: Contender, asked: Sequence[int], now: datetime) -> PassedOver | None:
    """The reason that explains best: what concerns the slot, then the patient, then the visit."""
    visit, card = contender.visit, contender.visit.card
    if card.patient_id == freed.patient_id:
        return PassedOver.FREED_IT
    if card.patient_id in freed.winners:
        return PassedOver.WON_EARLIER
    if contender.has_other_offer:
        return PassedOver.OTHER_OFFER
    reason = eligibility.against_patient(Kind.OFFER, visit, card)
    if reason is not None:
        return _AGAINST[reason]
    if len(addresses.missing(card, visit.local_day(now), visit.providers)) == len(addresses.CHANNELS):
        return PassedOver.NO_CHANNEL
    reason = eligibility.against_settings(Kind.OFFER, visit)
    if reason is not None:
        return _AGAINST[reason]
    if _just_moved(visit, now):
        return PassedOver.JUST_MOVED
    if not fits(visit, freed.start, freed.free_until):
        return PassedOver.TOO_SHORT
    if card.patient_id in asked:
        return PassedOver.EARLIER_VISIT_ASKED
    return PassedOver.ENOUGH if len(asked) >= MOST else None


def fits(visit: VisitFacts, start: datetime, free_until: datetime) -> bool:
    """Whether a visit's own duration is free from `start` on."""
    return start + (visit.end - visit.start) <= free_until


def _just_moved(visit: VisitFacts, now: datetime) -> bool:
    return visit.event is VisitEvent.MOVED and visit.event_via is Via.DESK and now < visit.event_at + UNDO


def rounds(freed: Freed, hours: SendWindow, count: int, now: datetime) -> list[Placed]:
    """When each of `count` rounds is asked: all channels at once, inside the send window, before the offer closes.

    A round that cannot be is without a time, and so are all after it. The gap is counted from when the round before
    really leaves: rounds of the evening do not all leave together in the morning.
    """
    due = now + UNDO if freed.via is Via.DESK else now
    found: list[Placed] = []
    for _ in range(count):
        placed = window.place(due, now, hours, freed.zone, expires=freed.closes_at)
        if placed.due_at is None:
            return found + [Placed(due_at=None, reason=Reason.NO_MOMENT_IN_WINDOW)] * (count - len(found))
        found.append(placed)
        due = placed.due_at + freed.round_gap
    return found
