"""Virtual time: what comes of an advance never depends on the size of the step."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myosotis import clock
from myosotis.domain.words import Channel, MessageStatus
from myosotis.sandbox.peers.faults import Fault, Peer, set_faults
from myosotis.sandbox.time import Bench, ClockError
from myosotis.store.models import Message, Practice
from tests.db.sandbox.conftest import BEGINNING, World

DAY = timedelta(days=1)
TOKENS = re.compile(r"/[0-9A-Za-z]{17}\b")


def outcome(world: World) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What everybody received and when, and where every message stands; without what is random by design."""
    received = [
        (row.at, row.channel, row.address, TOKENS.sub("/…", row.text) if row.channel == Peer.SMS else row.key and "…")
        for row in world.received()
    ]
    rows = Message.objects.values_list(
        "visit__start", "kind", "channel", "wave", "status", "reason", "due_at", "sent_at"
    )
    return sorted(received, key=repr), sorted(rows, key=repr)


def forget() -> None:
    Message.objects.all().delete()
    for practice in Practice.objects.all():
        practice.visits.all().delete()
        practice.calendars.all().delete()
        practice.patients.all().delete()
        practice.delete()


def lived(make_world: Callable[[], World], steps: list[timedelta]) -> tuple[object, object]:
    world = make_world()
    world.people(visits=14)
    for step in steps:
        world.bench.advance_by(step)
    assert clock.now() == BEGINNING + sum(steps, timedelta())
    found = outcome(world)
    forget()
    return found


def test_a_day_at_once_is_24_hours_one_by_one(make_world: Callable[[], World]) -> None:
    at_once = lived(make_world, [DAY])
    assert at_once == lived(make_world, [timedelta(hours=1)] * 24)
    assert at_once[0], "nothing was sent: the test would compare nothing"


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cuts=st.lists(st.integers(1, 2 * 86_400 - 1), min_size=1, max_size=6, unique=True))
def test_nor_does_any_other_way_to_go_there_differ(make_world: Callable[[], World], cuts: list[int]) -> None:
    marks = [0, *sorted(cuts), 2 * 86_400]
    steps = [timedelta(seconds=later - earlier) for earlier, later in pairwise(marks)]
    assert lived(make_world, steps) == lived(make_world, [2 * DAY])


def test_messages_leave_at_their_very_due_time(world: World) -> None:
    world.people(visits=14)
    world.bench.advance_by(3 * DAY)
    sent = Message.objects.filter(sent_at__isnull=False)
    assert sent.count() > 10
    assert [message.pk for message in sent if message.sent_at != message.due_at] == []


def test_to_the_next_message(world: World) -> None:
    world.people(visits=3)
    world.bench.advance_by(timedelta(minutes=5))
    moment = world.bench.next_message()
    before = len(world.received())
    assert moment is not None
    assert world.bench.advance_to_next() == moment
    assert clock.now() == moment
    assert len(world.received()) > before


def test_with_nothing_ahead_the_next_message_is_none(world: World) -> None:
    assert world.bench.advance_to_next() is None
    assert clock.now() == BEGINNING


def test_time_goes_forward_only_and_not_for_ever(world: World) -> None:
    with pytest.raises(ClockError):
        world.bench.advance(BEGINNING - timedelta(seconds=1))
    with pytest.raises(ClockError):
        world.bench.advance_by(timedelta(days=400))
    assert clock.now() == BEGINNING


def test_it_is_frozen_and_runs_on(world: World) -> None:
    world.bench.run()
    assert not world.bench.frozen()
    world.bench.advance_by(timedelta(hours=1))
    assert not world.bench.frozen()
    assert clock.now() >= BEGINNING + timedelta(hours=1)
    world.bench.freeze()
    assert world.bench.frozen()
    assert clock.now() == clock.now()


def test_a_second_hand_on_the_clock_is_told_to_wait(world: World) -> None:
    def settle(_work: object) -> None:
        with pytest.raises(ClockError):
            Bench(world.place, lambda _work: None).advance_by(DAY)

    Bench(world.place, settle).advance_by(DAY)
    assert clock.now() == BEGINNING + DAY


def test_a_provider_that_is_down_is_waited_for_at_the_reopening_of_its_breaker(world: World) -> None:
    world.people(visits=14)
    set_faults(world.bench.ledger, Peer.EMAIL, [Fault.ERROR])
    world.bench.advance_by(timedelta(minutes=50))
    assert world.received("channel = 'email'") == []
    set_faults(world.bench.ledger, Peer.EMAIL, [])
    world.bench.advance_by(timedelta(hours=2))
    assert len(world.received("channel = 'email'")) >= 1
    left = Message.objects.filter(channel=Channel.EMAIL, due_at__lte=clock.now(), status=MessageStatus.PLANNED)
    assert not left.exists()
