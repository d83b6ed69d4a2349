"""While a dispatcher's clock and the database's are minutes apart it touches nothing (docs/rules.md 7.2)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
import structlog
from django.db import connection
from structlog.testing import capture_logs

from myosotis import clock
from myosotis.dispatch import claimer, clocks, loop
from myosotis.dispatch.claimer import Catch
from myosotis.dispatch.clocks import Clocks, ClocksApartError
from myosotis.dispatch.database import Caller, Database
from myosotis.dispatch.loop import Dispatcher, Pace
from myosotis.dispatch.pruner import TURNS, Pruner
from myosotis.store.models import QueueEntry
from tests.db.dispatch.conftest import Post, serving
from tests.db.make import NEXT_WEEK, Scene, book, messages

REMINDED = NEXT_WEEK - timedelta(hours=47)
RIGHT = timedelta()
real = clock.wall

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Set this machine's clock wrong by so much; the database's stays right."""

    def turned(by: timedelta) -> None:
        monkeypatch.setattr(clock, "wall", lambda: real() + by)

    return turned


@on_postgresql
@pytest.mark.parametrize(
    "wrong", [timedelta(hours=5), -timedelta(hours=5), timedelta(minutes=6), -timedelta(minutes=6)]
)
def test_nothing_goes_nor_expires_by_a_wrong_clock(
    scene: Scene, post: Post, turn: Callable[[timedelta], None], wrong: timedelta
) -> None:
    visit = book(scene.calendar, scene.patient)
    before = [(row.pk, row.status) for row in messages(visit)]
    turn(wrong)

    with pytest.raises(ClocksApartError):
        post.at(NEXT_WEEK + timedelta(days=400))  # by which all of it would have expired

    assert post.counts() == (0, 0, 0)
    assert [(row.pk, row.status) for row in messages(visit)] == before

    turn(RIGHT)
    post.at(REMINDED)
    assert post.counts() == (2, 0, 1)  # `details` and the reminder by e-mail, the reminder by SMS


@pytest.mark.parametrize("wrong", [timedelta(minutes=4), -timedelta(minutes=4)])
def test_a_few_minutes_are_borne(scene: Scene, post: Post, turn: Callable[[timedelta], None], wrong: timedelta) -> None:
    book(scene.calendar, scene.patient)
    turn(wrong)
    post.at(REMINDED)
    assert post.counts() == (2, 0, 1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has a clock of its own")
def test_on_one_machine_there_is_nothing_to_compare(
    scene: Scene, post: Post, turn: Callable[[timedelta], None]
) -> None:
    book(scene.calendar, scene.patient)
    turn(timedelta(hours=5))
    post.at(REMINDED)
    assert post.counts() == (2, 0, 1)


@on_postgresql
def test_what_was_claimed_before_the_clock_jumped_is_given_back(
    scene: Scene, post: Post, turn: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    book(scene.calendar, scene.patient)
    catch = claimer.catch

    def caught(*given: Any, **more: Any) -> Catch:
        found = catch(*given, **more)
        turn(timedelta(hours=5))
        return found

    monkeypatch.setattr(claimer, "catch", caught)
    with pytest.raises(ClocksApartError):
        post.at(REMINDED)

    assert post.counts() == (0, 0, 0)
    assert not QueueEntry.objects.exclude(claimed_at=None).exists()


def _answering(*seconds: float) -> tuple[Clocks, list[float]]:
    """Clocks of a database that is apart by so much, each time it is asked; what is left to say."""
    left = list(seconds)

    class Asked:
        async def __call__(self, function: object) -> float:
            assert function is clocks._seconds_apart
            return left.pop(0)

    return Clocks(cast("Database", Asked())), left


async def test_the_database_is_asked_every_few_seconds_and_when_ours_jumps(
    monkeypatch: pytest.MonkeyPatch, turn: Callable[[timedelta], None]
) -> None:
    both, left = _answering(0.0, 1.0, 2.0)
    await both.ensure()
    await both.ensure()
    assert len(left) == 2
    turn(timedelta(seconds=-2))
    await both.ensure()
    await both.ensure()
    assert len(left) == 1
    monkeypatch.setattr(clocks, "ASK_EVERY", -1.0)
    await both.ensure()
    assert not left


async def test_it_is_told_once_and_once_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "ASK_EVERY", -1.0)
    monkeypatch.setattr(clocks, "log", structlog.get_logger())
    both, _ = _answering(301.0, -18_000.0, 299.0)
    with capture_logs() as logs:
        for _ in range(2):
            with pytest.raises(ClocksApartError):
                await both.ensure()
        await both.ensure()
    assert [(line["event"], line["seconds"]) for line in logs] == [("clocks_apart", 301), ("clocks_agree", 299)]


def test_a_dispatcher_waits_until_they_agree(scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    book(scene.calendar, scene.patient)
    apart = [3600.0, 3600.0]
    monkeypatch.setattr(clocks, "_seconds_apart", lambda: apart.pop() if apart else 0.0)
    monkeypatch.setattr(loop, "PAUSE", 0.0)
    monkeypatch.setattr(clocks, "ASK_EVERY", -1.0)

    async def work(caller: Caller) -> None:
        dispatcher = Dispatcher(Database(caller), now=lambda: REMINDED, pace=Pace())

        post.email.before = post.sms.before = lambda _: dispatcher.stop()
        await dispatcher.run()

    serving(work)
    assert not apart
    assert post.counts() != (0, 0, 0)


def test_nothing_is_removed_by_a_wrong_clock() -> None:
    asked: list[object] = []

    class Apart:
        async def __call__(self, function: object, *_given: object) -> float:
            asked.append(function)
            return 400.0

    database = cast("Database", Apart())
    pruner = Pruner(database, Clocks(database), now=lambda: REMINDED)
    for turn in TURNS:
        asyncio.run(pruner.look(turn))
    assert set(asked) == {clocks._seconds_apart}
