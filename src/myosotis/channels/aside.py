"""What only computes, done by a process beside ours, lot by lot.

A dispatcher's threads share one core (docs/adr/0069), and a signature or an encryption is up to a third of what a message
costs it. A thread on another core gains nothing: after each result it waits for the interpreter's lock. The process is
started once there is much to do; until then, where there is one core only, and whenever the process does not answer, we
compute here.
"""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any, Final, NamedTuple, TypeVar, TypeVarTuple, cast

import structlog

from myosotis.channels import aside_process

LOT: Final = 16
"""At most so many calls go together: more would keep their messages from the provider for too long."""
AHEAD: Final = 2
"""So many lots are with the process, if they are full: while we take in the answers of one, it works on the next."""
MUCH: Final = 100
"""So many calls within a second are worth a process of their own."""
LONGEST: Final = 5.0
"""Seconds that a lot may take; it needs some milliseconds."""
PAUSE: Final = 60.0
"""Seconds after which a process that was lost may be started anew."""

Ts = TypeVarTuple("Ts")
T = TypeVar("T")

log = structlog.get_logger(__name__)


class _Call(NamedTuple):
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    answer: asyncio.Future[Any]

    def settle(self, found: Any) -> None:
        if self.answer.done():  # cancelled
            return
        if isinstance(found, Exception):
            self.answer.set_exception(found)
        else:
            self.answer.set_result(found)


async def aside(function: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """What `function` returns or raises: one of a module's own, that looks at nothing but its arguments."""
    helper = _helper.get()
    if helper is None or not helper.has_time:
        return function(*arguments)
    return cast("T", await helper.ask(function, arguments))


@asynccontextmanager
async def with_aside(cores: Collection[int]) -> AsyncIterator[None]:
    """What begins within may be helped by a process that works on these cores (numbers as the system has them)."""
    if len(cores) < 2:  # noqa: PLR2004 - nothing is gained on one
        yield
        return
    helper = _Helper(cores)
    token = _helper.set(helper)
    try:
        yield
    finally:
        _helper.reset(token)
        await helper.close()


class _Helper:
    """Whoever is asked: starts the process when there is much to do, and gives it lots. Used by one event loop."""

    def __init__(self, cores: Collection[int]) -> None:
        self._cores = cores
        self._loop = asyncio.get_running_loop()
        self._process: _Process | None = None
        self._leaving: list[_Process] = []
        """Lost ones, which the system may not have seen off yet."""
        self._starting: asyncio.Task[None] | None = None
        self._not_before = float("-inf")
        self._since, self._calls = 0.0, 0
        self._asked: deque[_Call] = deque()
        self._gathering = False

    @property
    def has_time(self) -> bool:
        """Whether the process can be asked now; who wants to know is counted, and when they are many it is started."""
        if self._process is not None:
            return True
        now = self._loop.time()
        if now - self._since > 1:
            self._since, self._calls = now, 0
        self._calls += 1
        if self._calls >= MUCH and self._starting is None and now >= self._not_before:
            self._not_before = now + PAUSE
            self._starting = self._loop.create_task(self._start())
        return False

    async def _start(self) -> None:
        cores = ",".join(map(str, self._cores))
        try:
            _, self._process = await self._loop.subprocess_exec(
                lambda: _Process(self._hand_over, self._lost),
                *(sys.executable, "-m", aside_process.__name__, cores),
                stderr=None,
            )
        except OSError as error:
            log.warning("no_process_aside", error=type(error).__name__)
        finally:
            self._starting = None

    async def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """What the function returns or raises."""
        call = _Call(function, arguments, self._loop.create_future())
        self._asked.append(call)
        if not self._gathering:
            self._gathering = True
            self._loop.call_soon(self._hand_over)  # together with what else is asked in this turn
        return await call.answer

    def _hand_over(self) -> None:
        """Give the process as much as it should have; the rest gathers meanwhile."""
        self._gathering = False
        if self._process is None:
            self._compute(())
            return
        while self._asked and self._wants_more(len(self._process.owed)):
            self._process.take([self._asked.popleft() for _ in range(min(LOT, len(self._asked)))])

    def _wants_more(self, owed: int) -> bool:
        """To wake it for few while it is busy costs us more than they would have to wait."""
        return owed == 0 or (owed < AHEAD and len(self._asked) >= LOT)

    def _lost(self, process: "_Process") -> None:
        if self._process is process:
            log.warning("process_aside_lost")
            self._process = None
            self._leaving = [one for one in (*self._leaving, process) if not one.ended.is_set()]
            self._compute(process.given_up())

    def _compute(self, owed: Iterable[_Call]) -> None:
        """Here, what nobody else will."""
        asked, self._asked = self._asked, deque()
        for call in (*owed, *asked):
            call.settle(aside_process.computed(call.function, call.arguments))

    async def close(self) -> None:
        """End the process; what it still has is computed here."""
        if self._starting is not None:
            await self._starting
        if self._process is not None:
            process, self._process = self._process, None
            self._leaving.append(process)
            self._compute(process.given_up())
        for process in self._leaving:
            await process.ended.wait()


class _Process(asyncio.SubprocessProtocol):
    """One process, and what it was given. It answers in order."""

    def __init__(self, answered: Callable[[], None], lost: "Callable[[_Process], None]") -> None:
        self._answered = answered
        self._lost = lost
        self.owed: deque[list[_Call]] = deque()
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._came = bytearray()
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)  # uvloop's own is no subclass
        self._given = cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))

    def take(self, lot: list[_Call]) -> None:
        self.owed.append(lot)
        self._given.write(aside_process.packed([(call.function, call.arguments) for call in lot]))
        self._watch()

    def _watch(self) -> None:
        """The time of the lot that it works on begins now, if there is one."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(LONGEST, self._lost, self) if self.owed else None

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        del fd
        self._came += data
        while (answers := aside_process.unpacked(self._came)) is not None:
            for call, found in zip(self.owed.popleft(), answers, strict=True):
                call.settle(found)
            self._watch()
            self._answered()

    def pipe_connection_lost(self, fd: int, error: Exception | None) -> None:
        del fd, error
        self._lost(self)

    def process_exited(self) -> None:
        self.ended.set()
        self._lost(self)

    def given_up(self) -> list[_Call]:
        """End it; what it has not answered."""
        left = [call for lot in self.owed for call in lot]
        self.owed.clear()
        self._watch()
        with suppress(ProcessLookupError):
            self._transport.kill()  # it keeps nothing that could be lost
        self._transport.close()
        return left


_helper: ContextVar[_Helper | None] = ContextVar("helper", default=None)
