"""Who may be asked about a freed slot, and how those who were asked stand; loaded set-wise."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from myosotis.domain.asked import LIVE, Asked
from myosotis.domain.offering import Contender, Freed
from myosotis.domain.words import OfferAnswer, OfferEnd
from myosotis.store import facts, turns
from myosotis.store.inquiry import Inquiry
from myosotis.store.models import Calendar, Candidate, Offer, Visit
from myosotis.store.question import Question, Row

PAGE: Final = 50
"""So many visits are looked at first; twice as many each time after."""

_COLUMNS: Final = (
    "id", "offer_id", "visit_id", "patient_id", "visit_start", "offer__calendar_id", "answer", "offer__start",
    "offer__closes_at", "offer__closed_because", "offer__closed_at",
)  # fmt: skip
_BY_ID: Final = Question(lambda ids: Candidate.objects.filter(id__in=[ids]).values_list(*_COLUMNS))
_BY_VISIT: Final = Question(
    lambda ids: (
        Candidate.objects.filter(visit_id__in=[ids], passed_over="", answer="", offer__closed_at=None)
        .order_by("id")
        .values_list(*_COLUMNS)
    )
)
_OPEN_TO: Final = Question(
    lambda ids: Candidate.objects.filter(
        patient_id__in=[ids], passed_over="", answer="", offer__closed_at=None
    ).values_list("patient_id", "offer__closes_at")
)


def asked(candidate_ids: Collection[int]) -> dict[int, Asked]:
    """Those candidates, by id."""
    return {row[0]: _asked(row) for row in _BY_ID.ask(candidate_ids)}


def asking_about(visit_ids: Collection[int]) -> Inquiry[list[Asked]]:
    """Who has not answered yet an offer that is not closed, of these visits."""
    if not visit_ids:
        return []
    [rows] = yield [_BY_VISIT.of(visit_ids)]
    return [_asked(row) for row in rows]


def _asked(row: Row) -> Asked:
    candidate_id, offer_id, visit_id, patient_id, start, calendar_id, answer, offered, closes_at, because, closed = row
    return Asked(
        candidate_id=candidate_id,
        offer_id=offer_id,
        visit_id=visit_id,
        patient_id=patient_id,
        visit_start=start,
        calendar_id=calendar_id,
        answer=OfferAnswer(answer) if answer else None,
        offer_start=offered,
        closes_at=closes_at,
        closed_because=OfferEnd(because) if closed is not None else None,
    )


def lock_openings(practice_id: int) -> None:
    """Until the end of the transaction nobody else opens an offer of this practice: no patient is asked by two at once.

    The last lock that is taken.
    """
    turns.take(f"offers of {practice_id}")


def contenders(calendar: Calendar, freed: Freed, now: datetime) -> Iterator[Contender]:
    """Booked and confirmed visits of the calendar that start late enough, in that order, read as they are asked for.

    Where the calendar's switch is off, only those whose own is on.
    """
    visits = Visit.objects.filter(
        practice_id=calendar.practice_id, calendar=calendar, status__in=LIVE, start__gte=freed.first_candidate
    ).order_by("start", "id")
    if not calendar.offer:
        visits = visits.filter(offer=True)
    ids = iter(list(visits.values_list("id", flat=True)))
    size = PAGE
    while page := [visit_id for visit_id, _ in zip(ids, range(size), strict=False)]:
        yield from _judged(page, now)
        size *= 2


def some_switched_on(calendar: Calendar, after: datetime) -> bool:
    """Whether a visit of the calendar after that moment (UTC) has its own switch on."""
    visits = Visit.objects.filter(practice_id=calendar.practice_id, calendar=calendar, start__gt=after)
    return visits.filter(offer=True, status__in=LIVE).exists()


def _judged(visit_ids: list[int], now: datetime) -> list[Contender]:
    found = {visit.visit_id: visit for visit in facts.load(visit_ids, now)}
    taken = {
        patient_id
        for patient_id, closes_at in _OPEN_TO.ask({visit.card.patient_id for visit in found.values()})
        if closes_at > now
    }
    visits = [found[visit_id] for visit_id in visit_ids if visit_id in found]
    return [Contender(visit=visit, has_other_offer=visit.card.patient_id in taken) for visit in visits]


def winners(cause: Offer | None) -> frozenset[int]:
    """The patients who took an offer and those that it followed from."""
    found: set[int] = set()
    while cause is not None:
        found.update(cause.candidates.filter(answer=OfferAnswer.TAKEN).values_list("patient_id", flat=True))
        cause = cause.cause
    return frozenset(found)
