"""What is written down of an offer: its opening with everybody who was asked or passed over, and each further step."""

from collections.abc import Sequence
from datetime import datetime

from myosotis.domain import asked
from myosotis.domain.offering import Candidate as Decided
from myosotis.domain.offering import Freed
from myosotis.domain.values import PlannedMessage, VisitFacts
from myosotis.domain.window import Placed
from myosotis.domain.words import OfferStep, SubjectType
from myosotis.store.models import Calendar, Candidate, Message, Offer, OfferEvent, Visit


def opened(
    freed: Freed,
    decided: Sequence[Decided],
    placed: Sequence[Placed],
    *,
    calendar: Calendar,
    freed_by: Visit,
    cause: Offer | None,
    now: datetime,
    actor: str,
) -> Offer:
    """Write a new offer, its candidates, and the messages to those who are asked; `placed` is one for each round."""
    offer = Offer.objects.create(
        practice_id=calendar.practice_id,
        calendar=calendar,
        freed_by=freed_by,
        cause=cause,
        depth=freed.depth,
        start=freed.start,
        end=freed.end,
        opened_at=now,
        closes_at=freed.closes_at,
    )
    step(offer, OfferStep.OPENED, now, actor)
    rows = Candidate.objects.bulk_create(_candidate(offer, one) for one in decided)
    OfferEvent.objects.bulk_create(_decision(row, now) for row in rows)
    messages = [
        _message(row, planned, now)
        for row, one in zip(rows, decided, strict=True)
        if one.passed_over is None
        for planned in asked.rows(one.visit, placed[one.round - 1], freed.closes_at)
    ]
    Message.objects.bulk_create(messages)
    return offer


def _candidate(offer: Offer, one: Decided) -> Candidate:
    visit: VisitFacts = one.visit
    return Candidate(
        practice_id=offer.practice_id,
        offer=offer,
        visit_id=visit.visit_id,
        patient_id=visit.card.patient_id,
        position=one.position,
        round=one.round,
        visit_start=visit.start,
        visit_revision=visit.revision,
        passed_over=one.passed_over or "",
    )


def _decision(row: Candidate, now: datetime) -> OfferEvent:
    what = OfferStep.PASSED_OVER if row.passed_over else OfferStep.ASKED
    return _event(row.offer, what, now, reason=row.passed_over, candidate=row)


def _message(row: Candidate, planned: PlannedMessage, now: datetime) -> Message:
    return Message(
        practice_id=row.practice_id,
        subject_type=SubjectType.CANDIDATE,
        subject_id=row.pk,
        visit_id=row.visit_id,
        patient_id=row.patient_id,
        revision=planned.key.revision,
        kind=planned.key.kind,
        channel=planned.key.channel,
        wave=planned.key.wave,
        status=planned.status,
        reason=planned.reason or "",
        due_at=planned.due_at,
        expires_at=planned.expires_at,
        created_at=now,
    )


def step(
    offer: Offer, what: OfferStep, now: datetime, actor: str, *, reason: str = "", candidate: Candidate | None = None
) -> None:
    """One line in the history of an offer."""
    _event(offer, what, now, actor=actor, reason=reason, candidate=candidate).save(force_insert=True)


def _event(
    offer: Offer,
    what: OfferStep,
    now: datetime,
    *,
    actor: str = "",
    reason: str = "",
    candidate: Candidate | None = None,
) -> OfferEvent:
    return OfferEvent(
        practice_id=offer.practice_id,
        offer=offer,
        candidate=candidate,
        at=now,
        what=what.value,
        reason=reason,
        actor=actor,
    )
