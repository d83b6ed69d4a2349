"""Trying again what a provider did not take (docs/rules.md 7.3)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.retry import JITTER, STEPS, Again, GiveUp, next_try
from myosotis.domain.words import MessageStatus, Reason
from tests.unit.domain.visits import BOOKED, MIN, SEC, H

NOW = BOOKED
UNAVAILABLE = GiveUp(status=MessageStatus.FAILED, reason=Reason.PROVIDER_UNAVAILABLE)
TOO_LATE = GiveUp(status=MessageStatus.EXPIRED, reason=Reason.PROVIDER_UNAVAILABLE)
MESSAGE = UUID("6fa459ea-ee8a-4ca4-894e-db77e160355e")


@pytest.mark.parametrize(
    ("attempts", "step"),
    [(1, 30 * SEC), (2, 2 * MIN), (3, 5 * MIN), (4, 15 * MIN), (5, 30 * MIN), (6, 30 * MIN), (40, 30 * MIN)],
)
def test_each_wait_is_longer_than_the_one_before_up_to_half_an_hour(attempts: int, step: timedelta) -> None:
    found = next_try(attempts, NOW, MESSAGE, first_tried_at=NOW)
    assert isinstance(found, Again)
    assert step * (1 - JITTER) <= found.due_at - NOW <= step * (1 + JITTER)


def test_the_same_message_always_waits_the_same_and_others_otherwise() -> None:
    def waits(uuid: UUID) -> object:
        return next_try(3, NOW, uuid, first_tried_at=NOW)

    assert waits(MESSAGE) == waits(MESSAGE)
    assert len({waits(uuid4()) for _ in range(50)}) > 10


def test_a_provider_that_says_when_is_believed() -> None:
    assert next_try(1, NOW, MESSAGE, first_tried_at=NOW, retry_after=600.0) == Again(due_at=NOW + 10 * MIN)
    soon = next_try(2, NOW, MESSAGE, first_tried_at=NOW, retry_after=0.5)
    assert isinstance(soon, Again)
    assert soon.due_at > NOW + MIN


def test_a_first_wave_with_an_sms_behind_it_gives_up_after_an_hour() -> None:
    first = NOW - 40 * MIN
    assert next_try(5, NOW, MESSAGE, first_tried_at=first, has_fallback=True) == UNAVAILABLE
    assert isinstance(next_try(5, NOW, MESSAGE, first_tried_at=first), Again)
    assert isinstance(next_try(1, NOW, MESSAGE, first_tried_at=NOW, has_fallback=True), Again)
    hour = next_try(1, NOW, MESSAGE, first_tried_at=NOW, has_fallback=True, retry_after=3600.0)
    assert hour == Again(due_at=NOW + H)
    assert next_try(1, NOW, MESSAGE, first_tried_at=NOW, has_fallback=True, retry_after=3601.0) == UNAVAILABLE


def test_a_last_try_is_made_before_it_expires() -> None:
    assert next_try(6, NOW, MESSAGE, first_tried_at=NOW - H, expires_at=NOW + 10 * MIN) == Again(due_at=NOW + 5 * MIN)
    assert next_try(6, NOW, MESSAGE, first_tried_at=NOW - H, expires_at=NOW + 60 * SEC) == TOO_LATE
    assert next_try(6, NOW, MESSAGE, first_tried_at=NOW - H, expires_at=NOW) == TOO_LATE


@given(attempts=st.integers(1, 1000), uuid=st.uuids(version=4), left=st.integers(1, 7 * 24 * 3600))
def test_no_try_is_due_after_the_expiry_or_at_once(attempts: int, uuid: UUID, left: int) -> None:
    expires_at = NOW + left * SEC
    found = next_try(attempts, NOW, uuid, first_tried_at=NOW, expires_at=expires_at)
    if isinstance(found, Again):
        assert NOW + STEPS[0] * (1 - JITTER) <= found.due_at < expires_at
    else:
        assert left <= 60
