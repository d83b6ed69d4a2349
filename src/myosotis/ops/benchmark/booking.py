"""Visits are booked, moved and cancelled with their planning, by several processes as web servers have them, at a steady rate.

Each counts from the moment at which it was to begin: one that had to wait for the one before it took longer.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Final

from myosotis import clock
from myosotis.ops.benchmark import due, processor
from myosotis.ops.benchmark.appointments import A_SECOND, WARM
from myosotis.ops.benchmark.figures import Figure, at_most, percentile
from myosotis.ops.benchmark.ground import PACKAGE, Ground
from myosotis.ops.benchmark.race import Recorded
from myosotis.store.models import Practice
from myosotis.value_class import value_class

PROCESSES: Final = 4
HEAD_START: Final = 0.5
"""Seconds in which all processes hear when it begins."""
ACTS: Final = ("booking", "move", "cancellation")


@value_class
class Acted:
    """What one act took, done many times."""

    name: str
    took: Sequence[float]
    """Milliseconds of each."""
    worked: float
    """Seconds of CPU of the processes, for all of them."""
    served: float
    """As `worked`, of PostgreSQL."""

    @property
    def beside(self) -> str:
        own, server = (seconds * 1e3 / len(self.took) for seconds in (self.worked, self.served))
        return f"{A_SECOND}/s, {PROCESSES} processes; ms of CPU each: process {own:.1f}, PostgreSQL {server:.1f}"

    @property
    def figures(self) -> Iterator[Figure]:
        for share, target in ((0.5, None), (0.95, at_most(15)), (0.99, None)):
            yield Figure(
                name=f"{self.name}, p{share * 100:.0f}", value=percentile(self.took, share), unit="ms", target=target,
                beside=self.beside if target else "",
            )  # fmt: skip


def measure(ground: Ground) -> Iterator[Figure]:
    each = ground.options.bookings // PROCESSES
    with closing(Recorded(ground.url, "SELECT true")) as database:
        practice = _practice(each)
        with _processes(ground, practice, each // 4) as programs:
            fresh = _act("booking", programs, database)
        practice = _practice(each)
        database.tell("ANALYZE")  # as autovacuum would
        with _processes(ground, practice, each) as programs:
            for name in ACTS:
                yield from _act(name, programs, database).figures
    yield Figure(
        name="booking just after an import, p95", value=percentile(fresh.took, 0.95), unit="ms",
        beside="the server has not counted its rows yet",
    )  # fmt: skip


def _practice(each: int) -> Practice:
    """With a patient for every visit."""
    return due.make((each + WARM) * PROCESSES, clock.wall())


def _act(name: str, programs: Sequence[subprocess.Popen[str]], database: Recorded) -> Acted:
    """All processes do the same; it begins once all of them are ready."""
    for program in programs:
        _tell(program, name)
    for program in programs:
        _line(program)
    before = processor.used(database.server)
    begin = time.monotonic() + HEAD_START
    for program in programs:
        _tell(program, str(begin))
    told = [json.loads(_line(program)) for program in programs]
    return Acted(
        name=name,
        took=[milliseconds for took, _ in told for milliseconds in took],
        worked=sum(worked for _, worked in told),
        served=processor.used(database.server) - before,
    )


@contextmanager
def _processes(ground: Ground, practice: Practice, each: int) -> Iterator[list[subprocess.Popen[str]]]:
    """They end with their input."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(_process(ground, practice.pk, number, PROCESSES, each)) for number in range(PROCESSES)
        ]


def _process(ground: Ground, *arguments: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"{PACKAGE}.booker", *map(str, arguments)]
    return subprocess.Popen(  # noqa: S603 - ourselves
        command, env=ground.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _tell(program: subprocess.Popen[str], line: str) -> None:
    assert program.stdin is not None  # noqa: S101 - asked for above
    program.stdin.write(f"{line}\n")
    program.stdin.flush()


def _line(program: subprocess.Popen[str]) -> str:
    """What it says next. Raises RuntimeError if it says nothing more."""
    assert program.stdout is not None  # noqa: S101 - asked for above
    line = program.stdout.readline()
    if not line:
        raise RuntimeError("a process that books has ended")
    return line
