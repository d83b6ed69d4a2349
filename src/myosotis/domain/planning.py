"""The plan of a visit: every message that it should have now, planned, waiting or skipped with the reason.

A pure function of the visit's state and the time: nothing depends on what led here, so that planning again after any
change, or a hundred times, gives the same rows (docs/rules.md 2, 3 and 7).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from myosotis.domain import addresses, due, eligibility, policies, standing, told
from myosotis.domain.course import Course, skipped
from myosotis.domain.difference import difference
from myosotis.domain.lifecycle import LEFT, PENDING
from myosotis.domain.values import Card, ExistingMessage, MessageKey, PlanDifference, PlannedMessage, VisitFacts
from myosotis.domain.words import Channel, Kind, Reason, VisitEvent, VisitStatus
from myosotis.value_class import value_class

ROUTINE: Final = (Kind.REMINDER, Kind.REVIEW, Kind.REBOOK)
"""What a visit that takes place has in any case, besides the news of it."""
JUDGED_BY_EVENT: Final = frozenset({Kind.DETAILS, Kind.MOVED, Kind.CANCELLED})
"""News of what happened: not planned later than its time, even if the window would hold it until now."""
UNREACHED: Final = frozenset({Reason.NO_CHANNEL, Reason.PATIENT_SILENCED, Reason.VISIT_SILENCED})
"""Why a patient never heard of it; kept as the reason, for the call list, though the time has passed since."""


@value_class
class _Wish:
    """A kind of message for one patient, with its rows of the present revision."""

    facts: VisitFacts
    kind: Kind
    card: Card
    former: bool
    rows: Sequence[ExistingMessage]
    now: datetime

    def skipped(self, reason: Reason) -> PlannedMessage:
        """The kind skipped as a whole."""
        key = MessageKey(revision=self.facts.revision, kind=self.kind, channel=Channel.NONE)
        return skipped(key, self.card.patient_id, reason)


def replan(facts: VisitFacts, now: datetime) -> PlanDifference:
    """What has to change in the visit's rows so that they are the plan."""
    return difference(facts.messages, plan(facts, now), facts, now)


def plan(facts: VisitFacts, now: datetime) -> tuple[PlannedMessage, ...]:
    """Every row that the visit should have at `now` (UTC). Rows that already left are no part of it."""
    if facts.event is VisitEvent.IMPORTED and facts.event_at >= facts.end:
        return (_wish(facts, Kind.DETAILS, facts.card, now).skipped(Reason.VISIT_IN_PAST),)
    planned: list[PlannedMessage] = []
    for kind in _kinds(facts):
        planned += _rows(_wish(facts, kind, facts.card, now))
    if _covered_by_details(facts):
        planned.append(_wish(facts, Kind.MOVED, facts.card, now).skipped(Reason.COVERED_BY_DETAILS))
    if facts.former_card is not None and _is_owed_cancelled(facts, facts.former_card):
        planned += _rows(_wish(facts, Kind.CANCELLED, facts.former_card, now, former=True))
    return tuple(planned)


def _kinds(facts: VisitFacts) -> tuple[Kind, ...]:
    if facts.status is VisitStatus.CANCELLED:
        return (Kind.CANCELLED,)
    if facts.event is VisitEvent.MOVED and not _covered_by_details(facts):
        return (Kind.MOVED, *ROUTINE)
    return (Kind.DETAILS, *ROUTINE)


def _covered_by_details(facts: VisitFacts) -> bool:
    """Whether a visit was moved before `details` left: one `details` with the new time goes instead of `moved`.

    With its switch turned off meanwhile there is no `details` to cover for it. What has begun is not dealt out anew.
    """
    if facts.event is not VisitEvent.MOVED or facts.status is VisitStatus.CANCELLED:
        return False
    begun = {m.key.kind for m in facts.messages if m.key.revision == facts.revision and told.may_have_left(m)}
    if Kind.DETAILS in begun or Kind.MOVED in begun:
        return Kind.DETAILS in begun
    if eligibility.against_settings(Kind.DETAILS, facts) is not None:
        return False
    return told.details_were_ahead(facts, facts.card.patient_id, facts.revision)


def _is_owed_cancelled(facts: VisitFacts, former: Card) -> bool:
    """Whether the exchange of the patient is what happened last, and the former one was not told by it already."""
    if facts.event is not VisitEvent.BOOKED or facts.status is VisitStatus.CANCELLED:
        return False
    if former.patient_id == facts.card.patient_id:
        return False
    return not any(
        message.key.kind is Kind.CANCELLED
        and message.key.revision < facts.revision
        and message.patient_id == former.patient_id
        and (message.status in LEFT or message.status in PENDING)
        for message in facts.messages
    )


def _wish(facts: VisitFacts, kind: Kind, card: Card, now: datetime, *, former: bool = False) -> _Wish:
    rows = tuple(
        message
        for message in facts.messages
        if message.key.kind is kind
        and message.key.revision == facts.revision
        and message.key.copy == 0
        and message.patient_id == card.patient_id
    )
    return _Wish(facts=facts, kind=kind, card=card, former=former, rows=rows, now=now)


def _rows(wish: _Wish) -> Iterator[PlannedMessage]:
    reason = _reason_against(wish)
    terms = due.terms(wish.kind, wish.facts)
    if reason is not None:
        yield wish.skipped(reason)
    elif isinstance(terms, Reason):
        yield wish.skipped(terms)
    else:
        yield from _rows_on(wish, terms)


def _rows_on(wish: _Wish, terms: due.Terms) -> Iterator[PlannedMessage]:
    facts, now = wish.facts, wish.now
    missing = addresses.missing(wish.card, facts.local_day(max(now, terms.due)), facts.providers)
    begun = standing.has_begun(wish.rows, terms.due, missing, now)
    course = Course(
        facts=facts,
        kind=wish.kind,
        patient_id=wish.card.patient_id,
        terms=terms if begun else _carried_over(wish, terms),
        missing=missing,
        now=now,
    )
    policy = policies.policy_of(wish.kind, facts, former=wish.former)
    if begun:
        yield from standing.kept(wish.rows, policy, course)
    elif course.terms.due < now and wish.kind in JUDGED_BY_EVENT and len(missing) < len(addresses.CHANNELS):
        yield wish.skipped(_passed(wish))
    else:
        yield from policies.rows(policy, course)


def _reason_against(wish: _Wish) -> Reason | None:
    facts, kind = wish.facts, wish.kind
    reason = eligibility.against_patient(kind, facts, wish.card)
    if not wish.former:
        reason = reason or eligibility.against_settings(kind, facts) or eligibility.against_visit(kind, facts)
    if reason is not None or any(told.may_have_left(row) for row in wish.rows):
        return reason
    return eligibility.against_knowledge(kind, facts, wish.card.patient_id, facts.revision)


def _carried_over(wish: _Wish, terms: due.Terms) -> due.Terms:
    """What is owed although its time has passed is due now.

    That is what was overdue on a channel that is gone, and what was ahead when a visit was cancelled or given away,
    which was undone since.
    """
    if not terms.due < wish.now < terms.expires:
        return terms
    facts, owed = wish.facts, any(row.status in PENDING for row in wish.rows)
    if not wish.rows and wish.kind in (Kind.DETAILS, Kind.MOVED):
        owed = told.was_promised(facts, wish.card.patient_id, facts.revision)
    return replace(terms, due=wish.now) if owed else terms


def _passed(wish: _Wish) -> Reason:
    for row in wish.rows:
        if row.key.channel is Channel.NONE and row.reason in UNREACHED:
            return row.reason
    return Reason.DUE_PASSED
