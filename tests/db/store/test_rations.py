"""The rate of an account, taken by several: one after the other, and never given away twice."""

import pytest

from myosotis.store import rations
from myosotis.store.models import Ration

pytestmark = pytest.mark.django_db


def test_one_follows_the_other() -> None:
    assert rations.take("*:sms", 50.0) == 0
    assert rations.take("*:sms", 50.0) == pytest.approx(50, abs=5)
    assert rations.take("*:sms", 20.0) == pytest.approx(100, abs=5)
    assert rations.take("*:sms", 50.0) == pytest.approx(120, abs=5)


def test_each_account_has_its_own() -> None:
    rations.take("*:sms", 50.0)
    assert rations.take("7:sms", 50.0) == 0


def test_time_that_nobody_used_is_not_given_later() -> None:
    rations.take("*:sms", 50.0)
    Ration.objects.update(taken_until=1_000_000.0)
    assert rations.take("*:sms", 50.0) == 0
    assert rations.take("*:sms", 50.0) == pytest.approx(50, abs=5)


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    rations.take("*:sms", 1.0)
    Ration.objects.update(taken_until=Ration.objects.get().taken_until + 3600)
    assert rations.take("*:sms", 1.0) == 0
