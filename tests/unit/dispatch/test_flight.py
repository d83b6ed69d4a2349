"""As many messages are under way as keep the provider busy: found by measuring, bounded, and fewer after trouble."""

from collections import deque

import pytest

from myosotis.dispatch.flight import FEW, Flight


def sent(flight: Flight, seconds: float, *, takes: float, at_most: float = 1e9, begun: float = 100.0) -> float:
    """Send without pause for so long to a provider that takes `takes` seconds each and works off `at_most` a second.

    Gives the answers a second over the last half.
    """
    under_way: deque[tuple[float, float]] = deque()
    now, free, late = begun, begun, 0
    while now < begun + seconds:
        while len(under_way) < flight.allowed:
            free = max(free + 1 / at_most, now)
            under_way.append((now, free + takes))
        began, done = under_way.popleft()
        now = max(done, now + 1e-5)
        late += now > begun + seconds / 2
        flight.answered(began, now, len(under_way) + 1, trouble=False)
    return late / (seconds / 2)


def test_a_provider_that_takes_its_time_gets_as_many_as_it_can_work_off() -> None:
    flight = Flight(1024)
    assert sent(flight, 2, takes=0.05, at_most=4000) > 3900
    assert 200 <= flight.allowed <= 2 * 200 + FEW + 50


def test_a_provider_that_answers_at_once_gets_few() -> None:
    flight = Flight(1024)
    sent(flight, 1, takes=0.0005, at_most=4000)
    assert flight.allowed <= 2 * FEW


def test_no_more_than_the_account_allows() -> None:
    flight = Flight(50)
    assert flight.allowed == 50
    sent(flight, 1, takes=0.2)
    assert flight.allowed == 50


def test_after_trouble_it_halves_and_comes_back_slowly() -> None:
    flight = Flight(1024)
    sent(flight, 2, takes=0.1, at_most=5000)
    before = flight.allowed
    assert before > 500
    flight.answered(102.0, 102.1, before, trouble=True)
    assert flight.allowed <= before / 2
    sent(flight, 0.3, takes=0.1, at_most=5000, begun=102.2)
    assert flight.allowed < before * 2 / 3
    sent(flight, 10, takes=0.1, at_most=5000, begun=103)
    assert flight.allowed > 500


@pytest.mark.parametrize("trouble", [True, False])
def test_one_is_always_allowed(trouble: bool) -> None:
    flight = Flight(1)
    for number in range(100):
        flight.answered(100.0 + number, 100.5 + number, 1, trouble=trouble)
        assert flight.allowed == 1
