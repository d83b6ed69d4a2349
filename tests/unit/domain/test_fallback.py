"""The SMS that follows the first wave (docs/rules.md 3)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from myosotis.domain.fallback import Decision, Drop, Keep, Release, decide
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import Channel, Kind, MessageStatus, Party, Reason, Wave
from tests.unit.domain.visits import (
    APP_USER,
    BOOKED,
    MIN,
    SEC,
    START,
    H,
    card,
    local,
    moved,
    planned,
    portal,
    row,
    sent,
    visit,
)

LEFT = BOOKED + MIN
READ = Drop(status=MessageStatus.CANCELLED, reason=Reason.READ)


def sms(facts: VisitFacts, kind: Kind = Kind.DETAILS) -> ExistingMessage:
    return row(facts, kind, Channel.SMS, Wave.FALLBACK)


def decided(facts: VisitFacts, now: datetime, kind: Kind = Kind.DETAILS) -> Decision:
    return decide(facts, sms(facts, kind), now)


def announced(**changed: Any) -> VisitFacts:
    return planned(visit(card=APP_USER, **changed))


def release(due_at: datetime, reason: Reason = Reason.FIRST_WAVE_UNREAD) -> Release:
    return Release(due_at=due_at, reason=reason)


def written(facts: VisitFacts, decision: Decision) -> VisitFacts:
    """The visit with a release written to its fallback."""
    assert isinstance(decision, Release)
    waiting = sms(facts)
    due = replace(waiting, status=MessageStatus.PLANNED, due_at=decision.due_at, reason=decision.reason)
    return replace(facts, messages=tuple(due if m.id == waiting.id else m for m in facts.messages))


def test_it_waits_while_any_of_the_first_wave_is_ahead() -> None:
    facts = announced()
    assert decided(facts, BOOKED) == Keep()
    half = sent(facts, Kind.DETAILS, Channel.EMAIL)
    assert decided(half, LEFT) == Keep()
    claimed = sent(half, Kind.DETAILS, Channel.PUSH, status=MessageStatus.CLAIMED, sent_at=None)
    assert decided(claimed, LEFT) == Keep()


@pytest.mark.parametrize("status", [MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.UNCLEAR])
def test_four_hours_after_the_last_real_send(status: MessageStatus) -> None:
    facts = sent(announced(), Kind.DETAILS, Channel.EMAIL, at=LEFT + 5 * SEC)
    facts = sent(facts, Kind.DETAILS, Channel.PUSH, at=LEFT + 20 * MIN, status=status)
    assert decided(facts, LEFT + 20 * MIN) == release(LEFT + 20 * MIN + 4 * H)


def test_a_failed_part_does_not_count_and_the_other_part_sets_the_time() -> None:
    facts = sent(announced(), Kind.DETAILS, Channel.EMAIL, at=LEFT)
    facts = sent(facts, Kind.DETAILS, Channel.PUSH, at=LEFT + MIN, status=MessageStatus.FAILED)
    assert decided(facts, LEFT + MIN) == release(LEFT + 4 * H)


def test_all_failed_it_goes_at_once() -> None:
    facts = sent(announced(), Kind.DETAILS, status=MessageStatus.FAILED)
    assert decided(facts, LEFT + MIN) == release(LEFT + MIN, Reason.FIRST_WAVE_FAILED)


@pytest.mark.parametrize("status", [MessageStatus.EXPIRED, MessageStatus.CANCELLED, MessageStatus.SKIPPED])
def test_a_first_wave_that_was_never_tried_is_no_first_wave(status: MessageStatus) -> None:
    facts = sent(announced(), Kind.DETAILS, status=status, sent_at=None)
    assert decided(facts, LEFT) == release(LEFT, Reason.FIRST_WAVE_FAILED)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PUSH])
def test_reading_any_part_cancels_it_before_and_after_it_got_its_time(channel: Channel) -> None:
    facts = sent(announced(), Kind.DETAILS, at=LEFT)
    timed = written(facts, decided(facts, LEFT))
    for state in (facts, timed):
        seen = tuple(
            replace(m, read_at=LEFT + H)
            if m.key.channel is channel and m.key.kind is Kind.DETAILS and m.key.wave is Wave.FIRST
            else m
            for m in state.messages
        )
        assert decided(replace(state, messages=seen), LEFT + H) == READ


def test_reading_another_kind_or_an_older_revision_says_nothing() -> None:
    facts = sent(announced(), Kind.DETAILS, at=LEFT, read_at=LEFT + MIN)
    there = sent(planned(moved(facts, LEFT + H, START + 24 * H)), Kind.MOVED)
    assert isinstance(decided(there, LEFT + H + MIN, Kind.MOVED), Release)


def test_a_late_bounce_of_everything_brings_it_forward() -> None:
    facts = sent(announced(), Kind.DETAILS, at=LEFT)
    timed = written(facts, decided(facts, LEFT))
    assert decided(timed, LEFT + H) == Keep()
    bounced = replace(
        timed,
        messages=tuple(
            replace(m, status=MessageStatus.FAILED) if m.status is MessageStatus.SENT else m for m in timed.messages
        ),
    )
    assert decided(bounced, LEFT + 2 * H) == release(LEFT + 2 * H, Reason.FIRST_WAVE_FAILED)
    again = written(bounced, decided(bounced, LEFT + 2 * H))
    assert decided(again, LEFT + 3 * H) == Keep()


def test_a_late_bounce_of_the_last_part_goes_by_the_one_that_remains() -> None:
    facts = sent(announced(), Kind.DETAILS, Channel.EMAIL, at=LEFT)
    facts = sent(facts, Kind.DETAILS, Channel.PUSH, at=LEFT + H)
    timed = written(facts, decided(facts, LEFT + H))
    gone = replace(row(timed, Kind.DETAILS, Channel.PUSH), status=MessageStatus.FAILED)
    remaining = replace(timed, messages=tuple(gone if m.id == gone.id else m for m in timed.messages))
    assert decided(remaining, LEFT + 2 * H) == release(LEFT + 4 * H)


def test_what_left_or_ended_is_decided() -> None:
    facts = sent(announced(), Kind.DETAILS, status=MessageStatus.FAILED)
    timed = written(facts, decided(facts, LEFT))
    assert decided(sent(timed, Kind.DETAILS, Channel.SMS), LEFT + H) == Keep()
    dropped = replace(sms(facts), status=MessageStatus.CANCELLED)
    assert decide(facts, dropped, LEFT) == Keep()


def test_a_standard_fallback_goes_at_once_if_no_push_was_accepted() -> None:
    facts = planned(portal(card=APP_USER))
    accepted = sent(facts, Kind.DETAILS)
    assert decided(accepted, BOOKED) == Drop(status=MessageStatus.CANCELLED, reason=Reason.PUSH_ACCEPTED)
    for status in (MessageStatus.FAILED, MessageStatus.UNCLEAR, MessageStatus.EXPIRED, MessageStatus.CANCELLED):
        refused = sent(facts, Kind.DETAILS, Channel.PUSH, status=status)
        assert decided(refused, BOOKED + MIN) == release(BOOKED + MIN, Reason.FIRST_WAVE_FAILED)
    assert decided(sent(facts, Kind.DETAILS, Channel.EMAIL), BOOKED) == Keep()


def test_in_the_night_it_follows_the_send_window() -> None:
    evening = local(2027, 6, 1, 20)
    facts = announced(booked_at=evening, event_at=evening)
    facts = sent(facts, Kind.DETAILS, at=evening + MIN)
    assert decided(facts, evening + MIN) == release(local(2027, 6, 2, 7), Reason.HELD_FOR_WINDOW)


@pytest.mark.parametrize(
    ("left_at", "start", "expected", "reason"),
    [
        # left at 20:00 for 08:30 next morning: due at midnight; 07:00 is too late for (a), 22:00 leaves two hours to read
        ((15, 20, 0), (16, 8, 30), (15, 22, 0), Reason.BROUGHT_FORWARD_FOR_WINDOW),
        ((15, 21, 0), (16, 8, 30), (15, 22, 0), Reason.BROUGHT_FORWARD_FOR_WINDOW),
        # a minute later there is no hour to read it: 07:00, more than half an hour ahead
        ((15, 21, 1), (16, 8, 30), (16, 7, 0), Reason.HELD_FOR_WINDOW),
        # for 07:15 that is too late: at one in the night, as due
        ((15, 21, 1), (16, 7, 15), (16, 1, 1), Reason.OUTSIDE_WINDOW),
    ],
)
def test_a_fallback_before_an_early_visit_follows_the_rules_in_their_order(
    left_at: tuple[int, int, int], start: tuple[int, int, int], expected: tuple[int, int, int], reason: Reason
) -> None:
    at = local(2027, 6, *left_at)
    facts = planned(visit(local(2027, 6, *start), at - MIN))
    assert decided(sent(facts, Kind.DETAILS, at=at), at) == release(local(2027, 6, *expected), reason)


def test_a_first_wave_that_left_late_is_still_followed_before_the_visit() -> None:
    facts = announced(start=local(2027, 6, 16, 16))
    # accepted 3 h before the visit: four hours later it would be over
    late = sent(facts, Kind.DETAILS, at=local(2027, 6, 16, 13))
    assert decided(late, local(2027, 6, 16, 13)) == release(local(2027, 6, 16, 14))
    later = sent(facts, Kind.DETAILS, at=local(2027, 6, 16, 15))
    assert decided(later, local(2027, 6, 16, 15)) == release(local(2027, 6, 16, 15))


def test_what_comes_too_late_expires() -> None:
    facts = sent(announced(), Kind.DETAILS, status=MessageStatus.FAILED)
    assert decided(facts, START) == Drop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)


def test_the_limit_of_moved_holds_for_its_fallback() -> None:
    start, new_start = local(2027, 6, 16, 8, 30), local(2027, 6, 20, 8)
    facts = sent(planned(visit(start)), Kind.DETAILS, Channel.EMAIL)
    at = local(2027, 6, 15, 20)
    there = planned(moved(facts, at - MIN, new_start, by=Party.PRACTICE))
    there = sent(there, Kind.MOVED, Channel.EMAIL, at=at)
    # the patient would come for the old time at 08:30
    assert decided(there, at, Kind.MOVED) == release(local(2027, 6, 15, 22), Reason.BROUGHT_FORWARD_FOR_WINDOW)


def test_only_the_same_patients_first_wave_counts() -> None:
    facts = sent(announced(), Kind.DETAILS, at=LEFT, read_at=LEFT + MIN)
    stranger = replace(sms(facts), patient_id=99)
    assert decide(facts, stranger, LEFT + H) == release(LEFT + H, Reason.FIRST_WAVE_FAILED)


def test_the_plan_and_the_decision_agree() -> None:
    facts = sent(planned(visit(card=card())), Kind.DETAILS, at=LEFT)
    timed = written(facts, decided(facts, LEFT))
    assert planned(facts, LEFT) == timed
    assert planned(timed, LEFT + H) == timed


def test_what_waits_for_the_window_is_not_brought_forward_to_a_time_that_has_passed() -> None:
    """The dispatcher was down from the afternoon into the night: the SMS waits for the morning, asked however often."""
    facts = sent(announced(), Kind.DETAILS, Channel.EMAIL, at=LEFT)
    facts = sent(facts, Kind.DETAILS, Channel.PUSH, at=LEFT)
    held = Release(due_at=local(2027, 6, 2, 7), reason=Reason.HELD_FOR_WINDOW)
    night = local(2027, 6, 2, 0)
    assert night > LEFT + 4 * H
    assert decided(written(facts, held), night) == Keep()


def test_news_that_all_failed_still_brings_it_forward_inside_the_window() -> None:
    facts = sent(announced(), Kind.DETAILS, Channel.EMAIL, at=LEFT)
    facts = sent(facts, Kind.DETAILS, Channel.PUSH, at=LEFT, status=MessageStatus.FAILED)
    later = written(facts, decided(facts, LEFT))
    messages = tuple(replace(m, status=MessageStatus.FAILED) if m.sent_at else m for m in later.messages)
    assert decided(replace(later, messages=messages), LEFT + H) == release(LEFT + H, Reason.FIRST_WAVE_FAILED)
