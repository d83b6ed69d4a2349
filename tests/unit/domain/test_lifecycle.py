"""The life of a message: the table, and every order in which its events may come (docs/rules.md 7)."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.lifecycle import FINAL, TRANSITIONS, Event, after, changes
from myosotis.domain.words import MessageStatus as Status

CLAIMED = Status.CLAIMED


def lived(events: list[Event], start: Status = CLAIMED) -> Status:
    return reduce(after, events, start)


def test_every_status_has_its_line_in_the_table() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_what_has_ended_is_computed_from_the_table() -> None:
    assert {Status.DELIVERED, Status.FAILED, Status.CANCELLED, Status.SKIPPED, Status.EXPIRED} == FINAL


def test_every_status_can_be_reached_and_left_towards_an_end() -> None:
    reached = {Status.WAITING, Status.PLANNED}
    while more := {to for status in reached for to in TRANSITIONS[status].values()} - reached:
        reached |= more
    assert reached == set(Status)
    for status in set(Status) - FINAL:
        assert set(TRANSITIONS[status].values()) & FINAL


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ([Event.ACCEPTED, Event.DELIVERED], Status.DELIVERED),
        ([Event.DELIVERED, Event.ACCEPTED], Status.DELIVERED),
        ([Event.ACCEPTED, Event.FAILED], Status.FAILED),
        ([Event.FAILED, Event.ACCEPTED], Status.FAILED),
        ([Event.UNANSWERED, Event.DELIVERED], Status.DELIVERED),
        ([Event.UNANSWERED, Event.FAILED], Status.FAILED),
        ([Event.UNANSWERED, Event.ACCEPTED], Status.SENT),
        ([Event.ACCEPTED, Event.UNANSWERED], Status.SENT),
        ([Event.PUT_BACK, Event.CLAIMED, Event.ACCEPTED], Status.SENT),
        ([Event.PUT_BACK, Event.ACCEPTED, Event.CLAIMED], Status.SENT),
        ([Event.DELIVERED, Event.FAILED], Status.DELIVERED),
        ([Event.FAILED, Event.DELIVERED], Status.FAILED),
        ([Event.CANCELLED, Event.ACCEPTED], Status.CANCELLED),
    ],
)
def test_events_in_any_order_make_sense(events: list[Event], end: Status) -> None:
    assert lived(events) is end


def test_a_waiting_fallback_is_released_before_it_can_be_claimed() -> None:
    assert after(Status.WAITING, Event.CLAIMED) is Status.WAITING
    assert after(after(Status.WAITING, Event.RELEASED), Event.CLAIMED) is Status.CLAIMED


def test_what_left_cannot_be_cancelled() -> None:
    for status in (Status.SENT, Status.DELIVERED, Status.UNCLEAR, Status.FAILED):
        assert not changes(status, Event.CANCELLED)
        assert not changes(status, Event.EXPIRED)
        assert not changes(status, Event.PUT_BACK)


@given(st.permutations([Event.ACCEPTED, Event.DELIVERED] * 3))
def test_accepted_and_delivered_in_any_order_any_number_of_times_end_delivered(events: list[Event]) -> None:
    assert lived(events) is Status.DELIVERED


@given(st.permutations([Event.ACCEPTED, Event.FAILED, Event.UNANSWERED] * 2))
def test_a_failure_among_our_own_records_ends_failed(events: list[Event]) -> None:
    assert lived(events) is Status.FAILED


@given(st.lists(st.sampled_from(Event)), st.sampled_from(sorted(FINAL)), st.lists(st.sampled_from(Event)))
def test_what_has_ended_stays_ended(before: list[Event], end: Status, later: list[Event]) -> None:
    assert lived(later, end) is end
    reached = lived(before)
    assert reached not in FINAL or lived(later, reached) is reached


@given(st.lists(st.sampled_from(Event)), st.sampled_from(Event))
def test_a_repeated_report_changes_nothing(before: list[Event], event: Event) -> None:
    once = after(lived(before), event)
    assert after(once, event) is once
