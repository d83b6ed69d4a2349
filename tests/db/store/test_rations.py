"""The rate of an account, taken by several: one after the other, and never given away twice."""

from datetime import UTC, datetime, timedelta

import pytest

from myosotis.store import rations

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_one_follows_the_other() -> None:
    assert rations.take("*:sms", 50, NOW) == 0
    assert rations.take("*:sms", 50, NOW) == pytest.approx(50)
    assert rations.take("*:sms", 20, NOW) == pytest.approx(100)
    assert rations.take("*:sms", 20, later(30)) == pytest.approx(90)


def test_each_account_has_its_own() -> None:
    rations.take("*:sms", 50, NOW)
    assert rations.take("7:sms", 50, NOW) == 0


def test_time_that_nobody_used_is_not_given_later() -> None:
    rations.take("*:sms", 50, NOW)
    assert rations.take("*:sms", 50, later(3600)) == 0
    assert rations.take("*:sms", 50, later(3600)) == pytest.approx(50)


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    rations.take("*:sms", 1, later(3600))
    assert rations.take("*:sms", 1, NOW) == 0
    assert rations.take("*:sms", 1, NOW) == pytest.approx(1)


def test_several_are_taken_at_once_each_after_what_was_taken_of_it() -> None:
    rations.take("*:sms:7", 2, NOW)
    assert rations.take_each({"*:sms:7": 3.0, "*:sms:8": 1.0}, NOW) == pytest.approx({"*:sms:7": 5, "*:sms:8": 1})


def test_what_is_taken_can_be_seen_until_it_is_over() -> None:
    rations.take_each({"*:sms": 4.0, "*:sms:7": 2.0, "*:sms:8": 1.0, "*:email:8": 900.0}, NOW)
    assert rations.ahead("*:%:%", 600, later(1.5)) == pytest.approx({"*:sms:7": 0.5})
    assert rations.ahead("*:%:%", 600, later(3)) == {}
