"""The limit of an account: evenly spaced, and nothing saved up."""

import pytest

from myosotis.channels.limits import BURST_SECONDS, Limit


def begun(limit: Limit, count: int, now: float) -> float:
    """When the last of so many has begun, each as soon as it may."""
    for _ in range(count):
        while (wait := limit.take(now)) > 0:
            now += wait
    return now


def test_it_lets_through_so_many_a_second() -> None:
    limit = Limit(per_second=20, in_flight=5)
    assert 10 - 2 * BURST_SECONDS <= begun(limit, 200, 1000.0) - 1000 <= 10


def test_unused_time_is_not_saved_up() -> None:
    limit = Limit(per_second=20, in_flight=5)
    begun(limit, 1, 1000.0)
    assert begun(limit, 100, 4600.0) - 4600 >= 5 - 2 * BURST_SECONDS


@pytest.mark.parametrize("per_second", [0.1, 7, 50, 20_000])
def test_it_says_how_many_may_begin(per_second: float) -> None:
    limit = Limit(per_second=per_second, in_flight=5)
    for now in (1000.0, 1000.05, 1003.0):
        room = limit.room(now)
        assert [limit.take(now) > 0 for _ in range(room + 1)] == [False] * room + [True]
        assert limit.room(now) == 0


@pytest.mark.parametrize(("per_second", "in_flight"), [(0, 1), (1, 0), (-1, 1)])
def test_a_limit_that_lets_nothing_through_is_a_mistake(per_second: float, in_flight: int) -> None:
    with pytest.raises(ValueError, match="something"):
        Limit(per_second=per_second, in_flight=in_flight)
