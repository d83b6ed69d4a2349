"""What a process may send of an account's rate: nothing that was not taken, and nothing kept for long."""

import pytest

from myosotis.dispatch.ration import GRACE_SECONDS, PORTION_SECONDS, Ration


def test_a_portion_serves_several_lots() -> None:
    ration = Ration(per_second=400)
    assert ration.use(30, now=10.0) == 100, "a portion, although a part would do"
    ration.taken(100, begins=10.0)
    assert ration.use(70, now=10.1) == 0
    assert ration.use(1, now=10.1) == 100


def test_what_is_missing_is_taken_even_if_it_is_more_than_a_portion() -> None:
    ration = Ration(per_second=40)
    assert ration.use(25, now=10.0) == 25
    ration.taken(25, begins=10.0)
    assert ration.use(1, now=10.0) == 10


def test_lots_that_ask_at_once_take_for_themselves_alone() -> None:
    ration = Ration(per_second=40)
    assert ration.use(10, now=10.0) == 10
    assert ration.use(8, now=10.0) == 10, "the first one has not been given its portion yet"
    ration.taken(10, begins=10.0)
    ration.taken(10, begins=10.25)
    assert ration.use(2, now=10.3) == 0
    assert ration.use(1, now=10.3) == 10


def test_what_is_not_used_lapses() -> None:
    ration = Ration(per_second=400)
    ration.use(1, now=10.0)
    ration.taken(100, begins=10.0)
    end = 10.0 + PORTION_SECONDS + GRACE_SECONDS
    assert ration.use(1, now=end) == 0
    assert ration.use(1, now=end + 0.001) == 100


@pytest.mark.parametrize(("per_second", "portion"), [(0.1, 1), (1, 1), (50, 12), (20_000, 5_000)])
def test_a_slow_account_sends_at_least_one(per_second: float, portion: int) -> None:
    ration = Ration(per_second)
    assert ration.portion == portion
    assert ration.seconds(1) == pytest.approx(1 / per_second)
