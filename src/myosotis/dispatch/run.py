"""Starting a dispatcher: as a process of its own, or in this thread until nothing is due."""

import asyncio
import gc
import resource
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
import uvloop
from django.conf import settings

from myosotis import clock
from myosotis.channels.aside import with_aside
from myosotis.dispatch.core import Core
from myosotis.dispatch.database import Caller, Database, Threads
from myosotis.dispatch.loop import Dispatcher, Pace
from myosotis.dispatch.waker import bell

YOUNG: Final = 50_000
"""Objects made before the collector looks for cycles again; a message makes hundreds, all gone soon, none in a cycle."""

LONGEST_TURN: Final = 0.001
"""Seconds that a thread keeps the interpreter's lock while another waits for it. The event loop gives the lock back after each
event, and at the usual five milliseconds it would wait for its turn more than it works."""
OPEN_FILES: Final = 4096
"""So many connections may be under way at once, of all accounts and beside them; many systems begin with 1024."""

log = structlog.get_logger(__name__)


def pace() -> Pace:
    """As the settings of the installation say."""
    config = settings.MYOSOTIS
    return Pace(batch=config.batch_size, in_flight=config.in_flight, lease_seconds=config.lease_seconds)


def run(*, started: Callable[[Dispatcher], None] | None = None) -> None:
    """Dispatch until SIGTERM or SIGINT; then finish what is under way and give the rest back.

    `started` is called on the event loop once the dispatcher stands.
    """
    _spare_collector()
    sys.setswitchinterval(LONGEST_TURN)
    _allow_connections()
    threads = Threads()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(Database(threads), started))
    finally:
        threads.close()


def _spare_collector() -> None:
    """What stands by now stays: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)


def _allow_connections() -> None:
    """As many open files as the system lets us ask for, up to what we could need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _run(database: Database, started: Callable[[Dispatcher], None] | None) -> None:
    dispatcher = Dispatcher(database, now=clock.reader(), pace=pace())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, dispatcher.stop)
    core = Core()
    watching = asyncio.gather(dispatcher.waker.listen(bell(settings.MYOSOTIS.poll_seconds)), core.run())
    if started is not None:
        started(dispatcher)
    log.info("dispatching")
    try:
        async with with_aside(core.allowed):
            await dispatcher.run()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        log.info("stopped", recorded=dispatcher.recorder.recorded)


def run_until_idle(now: datetime) -> int:
    """Dispatch everything due at `now` (UTC), which stands still meanwhile; how many results were recorded.

    The database is asked in the calling thread, with its connection and inside its transaction, if it has one.
    """
    caller = Caller()
    outcome: list[int | BaseException] = []

    async def work() -> int:
        return await Dispatcher(Database(caller), now=lambda: now, pace=pace()).run_until_idle()

    def body() -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                outcome.append(runner.run(work()))
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            outcome.append(error)
        finally:
            caller.stop()

    thread = threading.Thread(target=body, name="dispatch")
    thread.start()
    caller.serve()
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]
