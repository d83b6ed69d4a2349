"""The real dispatcher under virtual time: asked to deal with what is due at an instant, again and again.

Everything runs in the caller's thread, the database too: nothing depends on which thread was faster.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeVar

from django.db.models.functions import Coalesce

from myosotis.dispatch.database import Database
from myosotis.dispatch.loop import Dispatcher, Pace
from myosotis.domain.words import MessageStatus
from myosotis.store.models import BreakerState, Message, Offer, QueueEntry, QueueHorizon
from myosotis.store.question import Question, together
from myosotis.store.queue import feed
from myosotis.store.queue.claim import FREE, UNCLAIMED

P = ParamSpec("P")
T = TypeVar("T")

_DUE: Final = Question(
    lambda after: (
        QueueEntry.objects.filter(due_at__gt=after)
        .extra(where=[FREE])  # noqa: S610 - a constant
        .order_by("due_at")
        .values_list("due_at")[:1]
    ),
    lists=0,
    instants=1,
)
"""When the first message of the queue is due after an instant."""
_EXPIRING: Final = Question(
    lambda: (
        QueueEntry.objects.filter(expires_at__isnull=False)
        .extra(where=[UNCLAIMED])  # noqa: S610 - a constant
        .order_by("expires_at")
        .values_list("expires_at")[:1]
    ),
    lists=0,
)
"""When the first one expires."""
_RESTED: Final = Question(
    lambda after: (
        BreakerState.objects.filter(open_until__gt=after).order_by("open_until").values_list("open_until")[:1]
    ),
    lists=0,
    instants=1,
)
"""When the first account that had trouble may be tried after an instant."""
_CLOSING: Final = Question(
    lambda: Offer.objects.filter(closed_at=None).order_by("closes_at").values_list("closes_at")[:1], lists=0
)
"""When the first offer closes."""
_FED: Final = Question(lambda: QueueHorizon.objects.values_list("fed_until"), lists=0)
"""How far the queue reaches."""
_AHEAD: Final = Question(
    lambda since: (
        Message.objects.filter(status__in=(MessageStatus.PLANNED, MessageStatus.WAITING))
        .annotate(ahead=Coalesce("due_at", "expires_at"))
        .filter(ahead__gte=since)
        .order_by("ahead")
        .values_list("ahead")[:1]
    ),
    lists=0,
    instants=1,
)
"""When the first message that is due (or, having no due time, expires) at an instant or later is."""


class AtOnce(Executor):
    """Runs what is submitted before it returns, in this thread and with its connection to the database.

    Django keeps another connection for an event loop, and refuses to use it there; this loop has nothing else to do
    meanwhile, so it is put aside.
    """

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        done: Future[T] = Future()
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)  # noqa: SLF001 - exported for event loops, and this plays one
        try:
            done.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            done.set_exception(error)
        finally:
            asyncio._set_running_loop(loop)  # noqa: SLF001 - as above
        return done


class Clockwork:
    """A dispatcher for virtual time."""

    def __init__(self, runner: "asyncio.Runner") -> None:
        self._runner = runner
        self.now: datetime | None = None
        self.next: datetime | None = None
        """When the next message is due, expires, or may be tried again (UTC), as it was seen last."""
        self._looked_at = feed.BEGINNING
        self._dispatcher: Dispatcher = runner.run(self._made())

    async def _made(self) -> Dispatcher:
        return Dispatcher(Database(AtOnce()), now=self._now, pace=Pace())

    def _now(self) -> datetime:
        if self.now is None:
            raise LookupError("the dispatcher was not told the time")
        return self.now

    def settle(self, now: datetime) -> int:
        """Deal with everything due at `now` (UTC); how many results were recorded.

        Asked first is whether anything is: people act more often than messages go, and a look takes ten times as long.
        """
        self.now = now
        if self.next is None or self.next > now:
            self.next = self._foreseen(self._looked_at)
        before, more = self._dispatcher.recorder.recorded, True
        while more and self.next is not None and self.next <= now:
            more = self._runner.run(self._dispatcher.settle())
            self._looked_at = now
            self.next = self._foreseen(feed.BEGINNING if more else now)
        return self._dispatcher.recorder.recorded - before

    def _foreseen(self, after: datetime) -> datetime | None:
        """When a look can bring something: in the queue, at a rested account, among offers, or beyond the queue's reach.

        A dispatcher of a real day feeds the queue every five minutes; here it waits until there is something to feed.
        What was due until `after` was seen, and could not go.
        """
        fed, *found = together(
            _FED.of(), _DUE.of(at=[after]), _EXPIRING.of(), _RESTED.of(at=[self._looked_at]), _CLOSING.of()
        )
        [(fed_until,)] = fed or [(feed.BEGINNING,)]
        moments = [moment for rows in (*found, _AHEAD.ask(at=[fed_until])) for (moment,) in rows]
        return min(moments, default=None)

    def close(self) -> None:
        self._runner.run(self._dispatcher.close())


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Told to end (`ops.simulation.end`), a task that was at work ends in the middle, and that is no news."""
    if not isinstance(context.get("exception"), SystemExit):
        loop.default_exception_handler(context)


@contextmanager
def clockwork() -> Iterator[Clockwork]:
    """A dispatcher of this thread."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(_tell)
        made = Clockwork(runner)
        yield made
        made.close()
