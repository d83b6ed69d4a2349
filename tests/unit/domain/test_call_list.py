"""Which visits somebody has to call about (docs/rules.md 3)."""

from dataclasses import replace

import pytest

from myosotis.domain.call_list import belongs
from myosotis.domain.planning import replan
from myosotis.domain.values import Switches, VisitFacts, VisitSwitches
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, VisitEvent
from tests.unit.domain.visits import (
    BOOKED,
    MIN,
    NEXT_PATIENT,
    NOBODY,
    ONLY_SMS,
    SEC,
    START,
    H,
    apply,
    cancelled,
    card,
    given_to,
    moved,
    planned,
    sent,
    visit,
)

NOW = BOOKED + 5 * H
LATER = BOOKED + 24 * H


def ended(facts: VisitFacts, status: MessageStatus, *, also_sms: bool = True) -> VisitFacts:
    """The visit with `details` ended on every channel."""
    first = sent(facts, Kind.DETAILS, status=status)
    timed = apply(first, replan(first, BOOKED + MIN))
    return sent(timed, Kind.DETAILS, Channel.SMS, status=status) if also_sms else timed


@pytest.mark.parametrize("status", [MessageStatus.FAILED, MessageStatus.UNCLEAR, MessageStatus.EXPIRED])
def test_a_visit_whose_message_got_through_nowhere_is_on_it(status: MessageStatus) -> None:
    assert belongs(ended(planned(visit()), status), NOW)


def test_a_visit_that_is_over_or_has_begun_is_not() -> None:
    facts = ended(planned(visit()), MessageStatus.FAILED)
    assert belongs(facts, START - MIN)
    assert not belongs(facts, START)


def test_one_accepted_channel_is_enough_until_it_is_reported_failed() -> None:
    facts = planned(visit())
    half = sent(sent(facts, Kind.DETAILS, Channel.EMAIL), Kind.DETAILS, status=MessageStatus.FAILED)
    assert not belongs(half, NOW)
    bounced = tuple(
        replace(m, status=MessageStatus.FAILED) if m.status is MessageStatus.SENT else m for m in half.messages
    )
    still_sms = replace(half, messages=bounced)
    assert not belongs(still_sms, NOW)  # the SMS is on its way
    released = apply(still_sms, replan(still_sms, NOW))
    assert belongs(sent(released, Kind.DETAILS, Channel.SMS, status=MessageStatus.FAILED), NOW)


def test_a_reminder_that_got_through_takes_it_off() -> None:
    facts = sent(ended(planned(visit()), MessageStatus.FAILED), Kind.REMINDER)
    assert not belongs(facts, START - H)


def test_nobody_to_reach_is_on_it_at_once() -> None:
    assert belongs(planned(visit(card=NOBODY)), BOOKED)
    imported = planned(visit(card=NOBODY, event=VisitEvent.IMPORTED))
    assert belongs(imported, BOOKED)


def test_what_is_silent_on_purpose_is_not_on_it_but_a_change_of_it_is() -> None:
    off = Switches(details=False, reminder=False)
    assert not belongs(planned(visit(calendar_switches=off, card=NOBODY)), BOOKED)
    silent = planned(visit(visit_switches=VisitSwitches(silent=True)))
    assert not belongs(silent, BOOKED)
    assert belongs(planned(moved(silent, LATER, START + 24 * H)), LATER)
    assert belongs(planned(cancelled(silent, LATER)), LATER)
    quiet = planned(visit(card=card(silent=True)))
    assert belongs(planned(cancelled(quiet, LATER)), LATER)


def test_a_patient_who_died_is_never_called() -> None:
    dead = planned(visit(card=card(deceased=True)))
    assert not belongs(dead, BOOKED)
    assert not belongs(planned(cancelled(dead, LATER)), LATER)


def test_a_new_revision_starts_anew() -> None:
    facts = ended(planned(visit()), MessageStatus.FAILED)
    there = planned(moved(facts, LATER, START + 24 * H))
    assert not belongs(there, LATER)
    assert not belongs(sent(there, Kind.MOVED, Channel.EMAIL), LATER + MIN)


def test_review_and_rebook_never_lead_there() -> None:
    facts = sent(planned(visit()), Kind.DETAILS)
    for kind in (Kind.REVIEW, Kind.REBOOK):
        assert not belongs(sent(facts, kind, status=MessageStatus.FAILED), NOW)


def test_what_the_last_look_stopped_for_want_of_a_channel_is_on_it() -> None:
    facts = planned(visit(card=ONLY_SMS))
    stopped = sent(
        facts, Kind.DETAILS, status=MessageStatus.CANCELLED, sent_at=None, told=None, reason=Reason.BAD_PHONE
    )
    assert belongs(stopped, NOW)
    switched_off = sent(
        facts, Kind.DETAILS, status=MessageStatus.CANCELLED, sent_at=None, told=None, reason=Reason.SWITCH_OFF
    )
    assert not belongs(switched_off, NOW)


def test_what_a_provider_in_trouble_keeps_waiting_is_on_it_after_an_hour() -> None:
    facts = planned(visit(card=ONLY_SMS))
    due_at = BOOKED + MIN
    assert not belongs(facts, due_at + H - SEC)
    assert belongs(facts, due_at + H)
    tried = replace(
        facts, messages=tuple(replace(m, attempts=6, due_at=due_at + 2 * H) for m in facts.messages if m.due_at)
    )
    assert belongs(tried, due_at + H)
    assert not belongs(sent(tried, Kind.DETAILS), due_at + 2 * H)


def test_a_former_patient_who_cannot_be_told_is_called_also_after_a_move() -> None:
    unreachable = replace(sent(planned(visit()), Kind.DETAILS), card=NOBODY)
    given = sent(planned(given_to(unreachable, LATER, card(patient_id=NEXT_PATIENT))), Kind.DETAILS)
    there = sent(planned(moved(given, LATER + H, START + 24 * H)), Kind.MOVED)
    assert belongs(there, LATER + 2 * H)


def test_a_former_patient_who_cannot_be_told_is_called() -> None:
    facts = sent(planned(visit()), Kind.DETAILS)
    unreachable = replace(facts, card=NOBODY)
    given = planned(given_to(unreachable, LATER, card(patient_id=NEXT_PATIENT)))
    reached = sent(given, Kind.DETAILS)
    assert belongs(reached, LATER + MIN)
