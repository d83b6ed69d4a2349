"""What was handed over without an answer and waits for its repeat may have reached the patient (docs/rules.md 7.4)."""

from dataclasses import replace

from myosotis.domain.planning import plan, replan
from myosotis.domain.values import VisitFacts
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason
from tests.unit.domain.visits import BOOKED, MIN, ONLY_SMS, START, H, apply, cancelled, moved, planned, sent, visit

NEW_START = START + 48 * H
LATER = BOOKED + 24 * H


def handed_over(facts: VisitFacts, kind: Kind) -> VisitFacts:
    """The SMS of a kind had no answer and is due again."""
    at = facts.event_at + 2 * MIN
    return sent(facts, kind, Channel.SMS, at=at, status=MessageStatus.PLANNED, due_at=at + MIN)


def wanted(facts: VisitFacts, kind: Kind) -> dict[Channel, tuple[MessageStatus, Reason | None]]:
    return {row.key.channel: (row.status, row.reason) for row in plan(facts, facts.event_at) if row.key.kind is kind}


def test_a_visit_cancelled_meanwhile_is_told_as_cancelled() -> None:
    facts = cancelled(handed_over(planned(visit(card=ONLY_SMS)), Kind.DETAILS), BOOKED + 3 * MIN)
    assert wanted(facts, Kind.CANCELLED)[Channel.SMS][0] is MessageStatus.PLANNED
    written = apply(facts, replan(facts, facts.event_at))
    assert wanted(written, Kind.CANCELLED)[Channel.SMS][0] is MessageStatus.PLANNED


def test_a_visit_moved_meanwhile_is_told_as_moved_and_back_again_too() -> None:
    first = sent(planned(visit(card=ONLY_SMS)), Kind.DETAILS, Channel.SMS)
    there = handed_over(planned(moved(first, LATER, NEW_START)), Kind.MOVED)
    back = moved(there, LATER + 3 * MIN, START)
    assert wanted(back, Kind.MOVED)[Channel.SMS][0] is MessageStatus.PLANNED
    written = apply(back, replan(back, back.event_at))
    assert wanted(written, Kind.MOVED)[Channel.SMS][0] is MessageStatus.PLANNED


def test_what_was_surely_not_taken_counts_as_never_told() -> None:
    facts = planned(visit(card=ONLY_SMS))
    tried = replace(facts, messages=tuple(replace(m, attempts=1) for m in facts.messages))
    assert wanted(cancelled(tried, BOOKED + 3 * MIN), Kind.CANCELLED) == {
        Channel.NONE: (MessageStatus.SKIPPED, Reason.NOT_TOLD_YET)
    }
