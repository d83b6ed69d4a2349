"""Told to stop, a dispatcher loses no record of what it handed over, however busy its database is (docs/rules.md 7.1)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from myosotis.channels.base import Outgoing
from myosotis.dispatch.database import Caller, Database
from myosotis.dispatch.loop import Dispatcher, Pace
from tests.db.dispatch.conftest import Post, serving
from tests.db.make import NEXT_WEEK, Scene, book, messages

REMINDED = NEXT_WEEK - timedelta(hours=47)
MESSAGES = 3
"""`details` and the reminder by e-mail, the reminder by SMS."""


class Stopped(Database):
    """The stop comes when all is handed over and to be written; the turn of that only when nothing else is under way any more."""

    dispatcher: Dispatcher

    async def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if getattr(function, "__self__", None) is self.dispatcher.recorder:
            await self.all_handed_over.wait()
            self.dispatcher.stop()
            await self.all_under_way_ended.wait()
        return await super().__call__(function, *args, **kwargs)

    def watch(self, dispatcher: Dispatcher, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dispatcher = dispatcher
        self.all_handed_over = asyncio.Event()
        self.all_under_way_ended = asyncio.Event()
        left = list(range(MESSAGES))

        def handed_over(_outgoing: Outgoing) -> None:
            left.pop()
            if not left:
                self.all_handed_over.set()

        post.email.before = post.sms.before = handed_over
        finished = dispatcher.sender.finished

        async def told() -> None:
            await finished()
            self.all_under_way_ended.set()

        monkeypatch.setattr(dispatcher.sender, "finished", told)


def stopped_while_results_wait(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(caller: Caller) -> None:
        database = Stopped(caller)
        dispatcher = Dispatcher(database, now=lambda: REMINDED, pace=Pace())
        database.watch(dispatcher, post, monkeypatch)
        await dispatcher.run()

    serving(work)


def test_results_whose_turn_in_the_database_has_not_come_at_the_stop_are_written(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = book(scene.calendar, scene.patient)

    stopped_while_results_wait(post, monkeypatch)

    assert post.counts() == (2, 0, 1)
    assert [row.status for row in messages(visit)].count("sent") == MESSAGES
