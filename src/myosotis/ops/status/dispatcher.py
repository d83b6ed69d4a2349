"""What is to be seen of a dispatcher: that its loop turns, that it is ready, and its figures."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.db import connection
from prometheus_client import REGISTRY, Gauge

from myosotis.dispatch.loop import Dispatcher
from myosotis.metrics.sending import loop_lag
from myosotis.ops.status import systemd
from myosotis.ops.status.checks import Check, Readiness, as_json, surroundings
from myosotis.ops.status.figures import Build, Queue
from myosotis.ops.status.server import METRICS, Page, StatusServer, figures, plain

NAP: Final = 1.0
LOOKS: Final = 3
"""In a row that find the loop standing still."""
STANDS_STILL: Final = 10.0
"""Seconds without a turn of the loop after which nobody would call it alive."""

log = structlog.get_logger(__name__)
in_flight: Final = Gauge("myosotis_in_flight", "Messages claimed by this dispatcher and not yet recorded.")


class Beat:
    """Turns with the event loop; everybody may look at it."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    @property
    def alive(self) -> bool:
        return time.monotonic() - self._last < STANDS_STILL

    async def run(self) -> None:
        """Until cancelled; systemd hears of each beat."""
        while True:
            systemd.notify(systemd.ALIVE)
            began = time.monotonic()
            await asyncio.sleep(NAP)
            self._last = time.monotonic()
            loop_lag.observe(max(self._last - began - NAP, 0.0))


def _end() -> None:
    """At once: whatever would tidy up may be what hangs. What was claimed is rescued, for its process is gone."""
    log.critical("loop_stands_still")
    os._exit(os.EX_SOFTWARE)


class Guard:
    """Ends a process whose loop does not turn any more, so that a supervisor starts it again."""

    def __init__(self, beat: Beat, *, every: float = STANDS_STILL, end: Callable[[], None] = _end) -> None:
        self._beat, self._every, self._end = beat, every, end
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="guard", daemon=True).start()

    def close(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        """A machine that slept, or a process that was halted, wakes up with an old beat: one look is not enough."""
        misses = 0
        while not self._over.wait(self._every):
            misses = 0 if self._beat.alive else misses + 1
            if misses == LOOKS:
                self._end()
                return


class Watch:
    """Shows a dispatcher at its status port. Use as a context around its run."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._beat = Beat()
        self._dispatcher: Dispatcher | None = None
        self._server: StatusServer | None = None
        self._beating: asyncio.Task[None] | None = None
        self._guard: Guard | None = None
        self._readiness = Readiness(self._look)

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        systemd.notify(systemd.STOPPING)
        if self._guard is not None:
            self._guard.close()
        if self._server is not None:
            self._server.close()

    def started(self, dispatcher: Dispatcher) -> None:
        """The dispatcher stands: called on its event loop."""
        self._dispatcher = dispatcher
        self._beating = asyncio.create_task(self._beat.run())
        self._guard = Guard(self._beat)
        in_flight.set_function(lambda: dispatcher.claimer.load)
        if self._config.dispatcher_status_bind:
            self._serve(self._config.dispatcher_status_bind)
        systemd.notify(systemd.READY)

    def _serve(self, bind: str) -> None:
        pages = {METRICS: lambda: figures(REGISTRY), "/healthz": self.health, "/readyz": self.ready}
        try:
            self._server = StatusServer(bind, pages, token=self._config.status_token)
        except OSError as error:  # one that sends unseen is better than none
            log.error("status_port_not_open", bind=bind, error=error.strerror)
            return
        for collector in (Build("dispatcher"), Queue()):
            REGISTRY.register(collector)

    def health(self) -> Page:
        """Whether it is alive: starting it again would help if not."""
        if self._beat.alive:
            return plain(HTTPStatus.OK, {"status": "alive"})
        return plain(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "the event loop stands still"})

    def ready(self) -> Page:
        """Whether it can send: starting it again would not help."""
        said = as_json(self._readiness.checks())
        return plain(HTTPStatus.OK if said["status"] == "ready" else HTTPStatus.SERVICE_UNAVAILABLE, said)

    def _look(self) -> Iterator[Check]:
        try:
            yield from surroundings()
        finally:
            connection.close()
        yield Check("loop") if self._beat.alive else Check("loop", "stands still")
        heard = self._dispatcher is not None and self._dispatcher.waker.listening
        yield Check("listening") if heard else Check("listening", "no connection for notifications")
