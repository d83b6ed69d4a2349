"""A bench without other processes, for tests: dispatcher and reports run in the caller's thread, peers in another one."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import parseaddr
from typing import Final

import uvloop

from myosotis import clock
from myosotis.dispatch.run import run_until_idle
from myosotis.sandbox.peers.faults import Peer, faults_of
from myosotis.sandbox.peers.ledger import connect
from myosotis.sandbox.peers.reports import Call, calls_due, settle
from myosotis.sandbox.peers.world import Options, Peers
from myosotis.sandbox.place import Place
from myosotis.sandbox.time import ClockError, Work
from myosotis.value_class import value_class

MOST_ROUNDS: Final = 1000
"""More than any instant needs; a message that is due for ever is a fault."""


@value_class
class Doors:
    """How what the peers say comes in: a callback (True: taken), and a bounce."""

    callback: Callable[[str, dict[str, str]], bool]
    mail: Callable[[bytes, str], bool]


def settle_here(place: Place, doors: Doors) -> Callable[[Callable[[], Work]], None]:
    """For `Bench`: do what is due in this thread until nothing is."""

    def until_idle(work: Callable[[], Work]) -> None:
        for _ in range(MOST_ROUNDS):
            left = work()
            if not left.left:
                return
            if left.due or left.claimed:
                run_until_idle(clock.now())
            _say_what_is_due(place, doors)
        raise ClockError(f"still not idle: {work()}")

    return until_idle


def _say_what_is_due(place: Place, doors: Doors) -> None:
    database = connect(place.ledger)
    try:
        now = clock.now()
        for call in calls_due(database, now, faults_of(database, Peer.SMS)):
            settle(database, call, taken=_said(call, doors), now=now)
    finally:
        database.close()


def _said(call: Call, doors: Doors) -> bool:
    if call.body:
        return doors.mail(call.body, parseaddr(call.fields["to"])[1])
    return doors.callback(call.url, call.fields)


@contextmanager
def threaded_peers(options: Options) -> Iterator[Peers]:
    """The peers in a thread of their own; their ports are chosen by the system unless given."""
    ready = threading.Event()
    running: list[tuple[Peers, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def live() -> None:
        peers = Peers(replace(options, reports=False), now=clock.now, wall=clock.wall)
        await peers.start()
        stop = asyncio.Event()
        running.append((peers, asyncio.get_running_loop(), stop))
        ready.set()
        await stop.wait()
        await peers.stop()

    def body() -> None:
        try:
            uvloop.run(live())
        finally:
            ready.set()

    thread = threading.Thread(target=body, name="peers")
    thread.start()
    ready.wait()
    if not running:
        thread.join()
        raise ClockError("the peers did not start")
    peers, loop, stop = running[0]
    try:
        yield peers
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
