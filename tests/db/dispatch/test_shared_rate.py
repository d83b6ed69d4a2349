"""However many dispatchers there are, an account gets no more a second than its rate (docs/adr/0076)."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from myosotis import clock
from myosotis.channels.base import Outgoing
from myosotis.dispatch.database import Caller, Database
from myosotis.dispatch.loop import Dispatcher, Pace
from myosotis.store import rations
from myosotis.store.models import Message, QueueEntry, Ration
from tests.db.dispatch.conftest import Post, serving
from tests.db.dispatch.test_stopping import REMINDED
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_patient


def by_sms_alone(scene: Scene, visits: int) -> None:
    for n in range(visits):
        book(scene.calendar, make_patient(scene.practice, email=""), NEXT_WEEK + hours(n))


def four_more(scene: Scene, post: Post) -> list[float]:
    """At 40 a second four went, and four more are planned; when each of these is handed over."""
    post.per_second = 40
    by_sms_alone(scene, 4)
    post.at(NOW + hours(1))
    began: list[float] = []
    post.sms.before = lambda _: began.append(time.monotonic())
    by_sms_alone(scene, 4)
    return began


def test_what_another_dispatcher_took_is_waited_for(scene: Scene, post: Post) -> None:
    began = four_more(scene, post)
    rations.take(Ration.objects.get().account, 0.75, clock.wall())
    taken_at = time.monotonic()
    post.at(NOW + hours(2))

    assert len(began) == 4
    assert began[0] - taken_at >= 0.7


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is on one machine")
@pytest.mark.parametrize("wrong", [timedelta(minutes=4), -timedelta(minutes=4)], ids=["ahead", "behind"])
def test_it_is_waited_for_by_one_whose_clock_is_minutes_off(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    began = four_more(scene, post)
    rations.take(Ration.objects.get().account, 0.75, clock.wall())
    taken_at, right = time.monotonic(), clock.wall
    monkeypatch.setattr(clock, "wall", lambda: right() + wrong)
    post.at(NOW + hours(2))

    assert len(began) == 4
    assert 0.7 <= began[0] - taken_at < 60


def test_one_dispatcher_alone_keeps_its_pace(scene: Scene, post: Post) -> None:
    """Portion by portion, and none is lost between two of them."""
    post.per_second = 40
    began: list[float] = []
    post.sms.before = lambda _: began.append(time.monotonic())
    by_sms_alone(scene, 30)

    post.at(NOW + hours(1))

    assert len(began) == 30
    assert began[-1] - began[0] >= 0.6, "30 messages at 40 a second, but for the first tenth of a second"


class StoppedWhileWaiting(Database):
    """The stop comes when the account's rate turns out to be another's for a while."""

    dispatcher: Dispatcher

    async def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        said = await super().__call__(function, *args, **kwargs)
        if function is rations.take:
            asyncio.get_running_loop().call_soon(self.dispatcher.stop)
        return said


def test_a_dispatcher_that_waits_for_its_turn_can_be_stopped(scene: Scene, post: Post) -> None:
    post.per_second = 1
    by_sms_alone(scene, 1)
    rations.take("*:sms", 60.0, clock.wall())
    sent: list[Outgoing] = []
    post.sms.before = sent.append

    async def work(caller: Caller) -> None:
        database = StoppedWhileWaiting(caller)
        database.dispatcher = Dispatcher(database, now=lambda: REMINDED, pace=Pace())
        await asyncio.wait_for(database.dispatcher.run(), 50)

    serving(work)

    assert not sent
    assert not QueueEntry.objects.filter(claimed_at__isnull=False).exists()
    assert not Message.objects.filter(attempts__gt=0).exists(), "given back as if never claimed"
