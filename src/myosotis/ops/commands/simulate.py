"""`myosotis simulate`: weeks of many practices under virtual time, and whether anything happened that must not."""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from myosotis.domain.values import Switches
from myosotis.ops import simulation
from myosotis.ops.installation import bring_up
from myosotis.sandbox.simulator.figures import Figures, lines
from myosotis.sandbox.simulator.scenario import QUIET, Habits, Scenario
from myosotis.sandbox.simulator.script import Script

if TYPE_CHECKING:
    from myosotis.store.what_if import Comparison, Line

MEMORY = Path("/dev/shm")  # noqa: S108 - a throw-away database in a directory of its own
BAR = 30


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", nargs="?", choices=("what-if",), help="what-if: the last four weeks of a real calendar, other switches"
    )
    parser.add_argument("--practice", type=_positive, help="what-if: the id of the practice")
    parser.add_argument("--calendar", type=_positive, help="what-if: the id of the calendar")
    parser.add_argument(
        "--switch", type=_switch, action="append", default=[], metavar="NAME=on|off", help="what-if: may be repeated"
    )
    parser.add_argument("--practices", type=_positive, default=10, help="how many practices (%(default)s)")
    parser.add_argument("--weeks", type=_positive, default=1, help="how many weeks (%(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed has the same outcome (%(default)s)")
    parser.add_argument("--calendars", type=_positive, default=2, help="of each practice (%(default)s)")
    parser.add_argument("--no-faults", action="store_true", help="providers never fail")
    parser.add_argument("--pure", action="store_true", help="the rules only, without database and dispatcher")
    parser.add_argument("--workers", type=_positive, default=os.cpu_count() or 1, help="processes (%(default)s)")
    parser.add_argument(
        "--database", default="", help="postgresql://... of a server: databases are made and dropped there"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _switch(text: str) -> tuple[str, bool]:
    name, _, value = text.partition("=")
    known = [field.name for field in fields(Switches)]
    if name not in known or value not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"like reminder=off; there are: {', '.join(known)}")
    return name, value == "on"


def run(given: argparse.Namespace) -> int:
    if given.what == "what-if":
        return _what_if(given)
    scenario = Scenario(
        seed=given.seed,
        practices=given.practices,
        weeks=given.weeks,
        calendars=given.calendars,
        faults=not (given.no_faults or given.pure),
        habits=QUIET if given.pure else Habits(),
    )
    return _pure(scenario) if given.pure else _real(scenario, given.workers, given.database)


def _what_if(given: argparse.Namespace) -> int:
    """Reads the installation's own database; writes nothing."""
    bring_up()
    from myosotis import clock
    from myosotis.store import what_if
    from myosotis.store.models import Calendar

    calendar = Calendar.objects.select_related("practice").filter(id=given.calendar, practice=given.practice).first()
    if calendar is None:
        print("myosotis: there is no such calendar in this practice; give --practice and --calendar", file=sys.stderr)
        return 1
    switches = replace(calendar.switches, **dict(given.switch))
    try:
        found = what_if.compare(calendar.practice, calendar, switches, clock.now())
    except what_if.TooManyVisitsError:
        print(f"myosotis: more than {what_if.MOST_VISITS} visits in four weeks", file=sys.stderr)
        return 1
    print("\n".join(_compared(found)))
    return 0


def _compared(found: "Comparison") -> Iterator[str]:
    yield f"{found.since:%F} to {found.until:%F}, {found.visits} visits"
    yield f"{'kind':<12}{'channel':<9}{'then':>8}{'cost':>10}{'now':>10}{'cost':>10}"
    for key in sorted({*found.then, *found.now}):
        then, now = found.then.get(key), found.now.get(key)
        yield f"{key[0]:<12}{key[1]:<9}{_line(then, 8, 0)}{_line(now, 10, 1)}"
    before, after = [sum(line.cost for line in lines.values()) for lines in (found.then, found.now)]
    yield f"{'all':<21}{'':>8}{before:>10.2f}{'':>10}{after:>10.2f}"
    for kind in sorted(found.unforeseen):
        yield f"{kind}: what it would bring cannot be foreseen"


def _line(line: "Line | None", width: int, digits: int) -> str:
    if line is None:
        return " " * (width + 10)
    return f"{line.count:>{width}.{digits}f}{line.cost:>10.2f}"


def _pure(scenario: Scenario) -> int:
    from myosotis.sandbox.simulator import pure

    began = time.monotonic()
    counted = pure.count(pure.run(Script(scenario)))
    for (kind, channel), count in sorted(counted.items()):
        print(f"{kind:<12}{channel:<9}{count:>9}")
    _say(f"{time.monotonic() - began:.1f} s")
    return 0


def _real(scenario: Scenario, workers: int, server: str) -> int:
    began = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, simulation.end)
    with tempfile.TemporaryDirectory(prefix="simulation", dir=MEMORY if MEMORY.is_dir() else None) as place:
        all_parts = simulation.parts(scenario, Path(place), server)
        whole = sum(len(Script(part.scenario).bookings()) for part in all_parts)
        outcomes = simulation.run(all_parts, workers, _bar(whole))
    figures = Figures()
    for outcome in outcomes:
        figures.add(outcome.figures)
    print("\n".join(lines(figures)))
    violations = [found for outcome in outcomes for found in outcome.violations]
    for found in violations:
        print("\n" + "\n".join(found))
    print(f"\nwhat must never happen: {len(violations) or 'nothing of it happened'}")
    seconds = time.monotonic() - began
    _say(f"{seconds:.0f} s, {figures.counts['visits'] / seconds:.1f} visits/s, {workers} processes")
    return 1 if violations else 0


def _bar(whole: int) -> Callable[[int], None]:
    """A progress bar on a terminal; else nothing."""

    def show(done: int) -> None:
        if sys.stderr.isatty():
            full = min(BAR, BAR * done // max(whole, 1))
            print(f"\r[{'#' * full}{'.' * (BAR - full)}] {done} of {whole} visits booked", end="", file=sys.stderr)

    return show


def _say(text: str) -> None:
    """What differs from run to run does not go to where the outcome goes."""
    print(f"\n{text}", file=sys.stderr)
