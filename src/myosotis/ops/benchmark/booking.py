"""Booking with planning, by several processes as web servers have them, at a steady rate: how long each booking takes.

A booking counts from the moment at which it was to begin: one that had to wait for the one before it took longer.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Final

from myosotis import clock
from myosotis.ops.benchmark import due, processor
from myosotis.ops.benchmark.figures import Figure, at_most, percentile
from myosotis.ops.benchmark.ground import PACKAGE, Ground
from myosotis.ops.benchmark.race import Recorded
from myosotis.store.models import Practice

A_SECOND: Final = 200
PROCESSES: Final = 4
HEAD_START: Final = 0.5
"""Seconds in which all processes hear when it begins."""
WARM: Final = 20
"""Bookings of each process that are not counted."""


def measure(ground: Ground) -> Iterator[Figure]:
    bookings = ground.options.bookings
    practice = due.make(bookings + WARM * PROCESSES, clock.wall())
    took, _ = _booked(ground, practice, bookings // PROCESSES // 4)
    fresh = Figure(
        name="booking just after an import, p95", value=percentile(took, 0.95), unit="ms",
        beside="the server has not counted its rows yet",
    )  # fmt: skip
    practice = due.make(bookings + WARM * PROCESSES, clock.wall())
    database = Recorded(ground.url, "SELECT true")
    database.tell("ANALYZE")  # as autovacuum would
    before = processor.used(database.server)
    took, worked = _booked(ground, practice, bookings // PROCESSES)
    served = processor.used(database.server) - before
    database.close()
    cpu = f"ms of CPU a booking: process {worked * 1e3 / len(took):.1f}, PostgreSQL {served * 1e3 / len(took):.1f}"
    for share, target in ((0.5, None), (0.95, at_most(15)), (0.99, None)):
        yield Figure(
            name=f"booking, p{share * 100:.0f}", value=percentile(took, share), unit="ms", target=target,
            beside=f"{A_SECOND}/s, {PROCESSES} processes; {cpu}" if target else "",
        )  # fmt: skip
    yield fresh


def _booked(ground: Ground, practice: Practice, each: int) -> tuple[Sequence[float], float]:
    """Milliseconds of all bookings, and the seconds of CPU that they took here. Begins once all processes are ready."""
    with ExitStack() as stack:
        programs = [
            stack.enter_context(_process(ground, practice.pk, number, PROCESSES, each)) for number in range(PROCESSES)
        ]
        for program in programs:
            _line(program)
        begin = time.monotonic() + HEAD_START
        for program in programs:
            assert program.stdin is not None  # noqa: S101 - asked for below
            program.stdin.write(f"{begin}\n")
            program.stdin.flush()
        told = [json.loads(_line(program)) for program in programs]
    return [milliseconds for took, _ in told for milliseconds in took], sum(worked for _, worked in told)


def _process(ground: Ground, *arguments: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"{PACKAGE}.booker", *map(str, arguments)]
    return subprocess.Popen(  # noqa: S603 - ourselves
        command, env=ground.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _line(program: subprocess.Popen[str]) -> str:
    """What it says next. Raises RuntimeError if it says nothing more."""
    assert program.stdout is not None  # noqa: S101 - asked for above
    line = program.stdout.readline()
    if not line:
        raise RuntimeError("a process that books has ended")
    return line


def book(practice_id: int, number: int, processes: int, each: int) -> tuple[list[float], float]:
    """What process `number` does: a booking every so often from the moment that it is told.

    How long each took (ms), and the seconds of CPU for all of them.
    """
    from myosotis.domain.words import Party, Via
    from myosotis.flows import actor, visit_booked

    practice = Practice.objects.get(pk=practice_id)
    patients = list(practice.patients.order_by("pk").values_list("pk", flat=True))[number::processes]
    calendars = list(practice.calendars.order_by("pk").values_list("pk", flat=True))
    day = (clock.wall() + timedelta(days=300)).replace(hour=8, minute=0, second=0, microsecond=0)

    def one(turn: int) -> None:
        visit_booked.book(
            practice=practice, calendar_id=calendars[(turn * processes + number) % len(calendars)],
            patient_id=patients[turn], start=day + timedelta(minutes=20 * turn), by=Party.PRACTICE, via=Via.DESK,
            actor=actor.SYSTEM, now=clock.wall(),
        )  # fmt: skip

    for turn in range(WARM):
        one(turn)
    print("ready", flush=True)
    began, took = float(input()), []
    worked = time.process_time()
    for turn in range(each):
        planned = began + (turn * processes + number) / A_SECOND
        time.sleep(max(planned - time.monotonic(), 0))
        one(WARM + turn)
        took.append((time.monotonic() - planned) * 1e3)
    return took, time.process_time() - worked
