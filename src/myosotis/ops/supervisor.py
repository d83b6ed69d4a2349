"""Starts processes, watches them, and ends them all: no child is left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from myosotis.ops.family import PARENT
from myosotis.ops.status import systemd
from myosotis.value_class import value_class

LOOK_SECONDS: Final = 0.1
GRACE_SECONDS: Final = 30.0
"""A dispatcher finishes what is in flight; longer than that and it is ended."""
START_SECONDS: Final = 60.0
FIRST_REST, LONGEST_REST = 1.0, 30.0


class StartError(Exception):
    """A child could not be started; the text names it."""


@value_class
class Child:
    """A process to run: `myosotis` with these arguments. `ready` says when it does its work."""

    name: str
    arguments: tuple[str, ...]
    ready: Callable[[], bool] = lambda: True


@dataclass(slots=True)
class _Running:
    child: Child
    process: "subprocess.Popen[bytes]"
    rest: float = FIRST_REST
    started: float = field(default_factory=time.monotonic)


class Supervisor:
    """The processes of one machine. Use as a context: leaving it ends them all."""

    def __init__(self, *, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._environment = {name: value for name, value in environment.items() if name != systemd.SOCKET}
        self._say = say
        self._running: list[_Running] = []
        self._stop = threading.Event()

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._told_to_stop)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def start(self, *children: Child) -> None:
        """Start children side by side and wait until all are ready.

        Raises StartError if one ends before, takes too long, or we are told to stop.
        """
        deadline = time.monotonic() + START_SECONDS
        started = []
        for child in () if self.stopping else children:
            started.append(_Running(child, self._spawn(child)))
            self._running.append(started[-1])
        for running in started:
            self._await(running, deadline)
        if self.stopping:
            raise StartError("told to stop while starting")

    def _await(self, running: _Running, deadline: float) -> None:
        child = running.child
        while not child.ready():
            if self._stop.wait(LOOK_SECONDS / 2):
                raise StartError("told to stop while starting")
            if running.process.poll() is not None:
                raise StartError(f"{child.name} did not start (exit code {running.process.returncode})")
            if time.monotonic() > deadline:
                raise StartError(f"{child.name} was not ready within {START_SECONDS:.0f} s")

    def watch(self) -> None:
        """Until told to stop: start again what ended by itself, later each time it happens soon."""
        systemd.notify(systemd.READY)
        while not self._stop.wait(LOOK_SECONDS):
            for running in self._running:
                if running.process.poll() is not None:
                    self._again(running)

    def _again(self, running: _Running) -> None:
        _end_group(running.process.pid, signal.SIGKILL)
        self._say(f"{running.child.name} ended (exit code {running.process.returncode}); starting it again")
        lasted = time.monotonic() - running.started
        running.rest = FIRST_REST if lasted > LONGEST_REST * 2 else min(running.rest * 2, LONGEST_REST)
        if not self._stop.wait(running.rest):
            running.process, running.started = self._spawn(running.child), time.monotonic()

    def _spawn(self, child: Child) -> "subprocess.Popen[bytes]":
        """In a session of its own: Ctrl-C reaches the supervisor alone, which ends the children in their order."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "myosotis.ops.cli", *child.arguments],
            env={**self._environment, PARENT: str(os.getpid())},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )

    def end(self) -> None:
        """Ask all to stop, the last started first, then make sure."""
        systemd.notify(systemd.STOPPING)
        for running in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                running.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for running in reversed(self._running):
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(max(0.1, deadline - time.monotonic()))
            _end_group(running.process.pid, signal.SIGKILL)
            running.process.wait()
        self._running.clear()


def _end_group(pid: int, number: signal.Signals) -> None:
    """End what a child itself started and left; the child leads its own process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
