"""The circuit breaker: when it opens, for how long, and what closes it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.channels.breaker import (
    ACCOUNT_REST,
    FIRST_REST,
    LONGEST_REST,
    PROBE_TIME,
    THRESHOLD,
    Breaker,
    State,
    after,
    allowance,
    probing,
    state,
)
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble, Unclear
from myosotis.domain.values import utc

NOW = utc(2027, 3, 29, 8)
DOWN = Deferred(detail="cannot connect")
MAILBOX_FULL = Deferred(trouble=Trouble.MESSAGE)
NO_CREDIT = Deferred(trouble=Trouble.ACCOUNT)


def test_a_fresh_breaker_lets_everything_through() -> None:
    assert allowance(Breaker(), NOW, 500) == 500


def test_one_trouble_too_few_leaves_it_closed() -> None:
    assert state(after(Breaker(), [DOWN] * (THRESHOLD - 1), NOW), NOW) is State.CLOSED


@pytest.mark.parametrize("outcome", [DOWN, Unclear(detail="no answer")])
def test_troubles_in_a_row_open_it(outcome: Outcome) -> None:
    opened = after(Breaker(), [outcome] * THRESHOLD, NOW)
    assert opened.open_until == NOW + FIRST_REST
    assert allowance(opened, NOW, 500) == 0


@pytest.mark.parametrize("outcome", [Accepted(), Refused()])
def test_a_sign_of_life_between_troubles_begins_the_count_anew(outcome: Outcome) -> None:
    mixed = [DOWN] * (THRESHOLD - 1) + [outcome] + [DOWN] * (THRESHOLD - 1)
    assert state(after(Breaker(), mixed, NOW), NOW) is State.CLOSED


def test_full_mailboxes_never_open_it() -> None:
    assert after(Breaker(), [MAILBOX_FULL] * 1000, NOW) == Breaker()


def test_one_trouble_of_the_account_opens_it_at_once() -> None:
    assert after(Breaker(), [NO_CREDIT], NOW).open_until == NOW + ACCOUNT_REST


def test_it_rests_as_long_as_the_provider_asked() -> None:
    assert after(Breaker(), [Deferred(retry_after=17.0)], NOW).open_until == NOW + timedelta(seconds=17)


def test_it_rests_no_longer_than_the_longest_even_if_asked() -> None:
    assert after(Breaker(), [Deferred(retry_after=86400.0)], NOW).open_until == NOW + LONGEST_REST


def test_a_rest_longer_than_any_is_the_word_of_a_clock_that_was_wrong() -> None:
    ahead = after(Breaker(), [NO_CREDIT], NOW + timedelta(hours=5))
    assert (state(ahead, NOW), allowance(ahead, NOW, 9)) == (State.HALF_OPEN, 1)


def test_when_the_rest_is_over_one_message_goes_as_a_probe() -> None:
    opened = after(Breaker(), [DOWN] * THRESHOLD, NOW)
    later = NOW + FIRST_REST
    assert state(opened, later) is State.HALF_OPEN
    assert allowance(opened, later, 500) == 1
    assert allowance(opened, later, 0) == 0


def test_while_a_probe_is_under_way_nobody_sends_another() -> None:
    later = NOW + FIRST_REST
    probe = probing(after(Breaker(), [DOWN] * THRESHOLD, NOW), later)
    assert allowance(probe, later, 500) == 0
    assert allowance(probe, later + PROBE_TIME, 500) == 1


def test_a_probe_that_got_through_closes_it() -> None:
    later = NOW + FIRST_REST
    probe = probing(after(Breaker(), [DOWN] * THRESHOLD, NOW), later)
    assert after(probe, [Accepted()], later) == Breaker()


def test_each_probe_that_fails_doubles_the_rest_up_to_the_longest() -> None:
    breaker, now, rests = after(Breaker(), [DOWN] * THRESHOLD, NOW), NOW, []
    for _ in range(8):
        assert breaker.open_until is not None
        rests.append(breaker.open_until - now)
        now = breaker.open_until
        breaker = after(probing(breaker, now), [DOWN], now)
    assert rests[:5] == [FIRST_REST * factor for factor in (1, 2, 4, 8, 16)]
    assert rests[-1] == LONGEST_REST


def test_what_was_under_way_when_it_opened_does_not_prolong_the_rest() -> None:
    opened = after(Breaker(), [DOWN] * THRESHOLD, NOW)
    assert after(opened, [DOWN] * 50, NOW + timedelta(seconds=1)) == opened


def test_a_closed_breaker_has_nothing_to_probe() -> None:
    assert probing(Breaker(), NOW) == Breaker()


OUTCOMES = st.sampled_from([Accepted(), Refused(), Unclear(), DOWN, MAILBOX_FULL, NO_CREDIT, Deferred(retry_after=3.0)])


@given(st.lists(st.tuples(OUTCOMES, st.integers(0, 900), st.booleans())))
def test_it_never_locks_a_provider_out_for_longer_than_the_longest_rest(
    story: list[tuple[Outcome, int, bool]],
) -> None:
    breaker, now = Breaker(), NOW
    for outcome, seconds, probe in story:
        now += timedelta(seconds=seconds)
        breaker = after(probing(breaker, now) if probe else breaker, [outcome], now)
        assert allowance(breaker, now + LONGEST_REST, 10) >= 1
