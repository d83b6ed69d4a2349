"""A simulation in parts of a few practices, each an installation of its own in a process and a database of its own.

How many processes there are changes nothing in what comes out: the parts are the same, and are added up in order.
"""

import gc
import json
import multiprocessing
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from myosotis.sandbox.simulator.chance import Chance
from myosotis.sandbox.simulator.figures import Figures
from myosotis.sandbox.simulator.scenario import Scenario
from myosotis.value_class import value_class

if TYPE_CHECKING:
    from myosotis.sandbox.simulator.world import World

TOGETHER: Final = 50
"""Practices in one part: enough that the dispatcher has batches, few enough that two cores have something to share."""
NAME: Final = "myosotis.sqlite3"
TEMPLATE: Final = "empty.sqlite3"
YOUNG: Final = 50_000
"""Objects made before the collector looks for cycles: what the flows make is gone soon, and none of it in a cycle."""
SCRATCH: Final = ("locking_mode=EXCLUSIVE", "journal_mode=MEMORY", "synchronous=OFF", "cache_size=-131072")
"""Of a database on SQLite that is one process's own and thrown away in any case."""
LOOK_SECONDS: Final = 0.5
AGAIN_SECONDS: Final = 5.0
"""Longer than a worker needs to take away what it has made."""
SHOWN: Final = 20
"""Violations of one part told in full."""

_reached: Any = None
"""In a worker: where it tells how many visits were booked."""


@value_class
class Part:
    """One part, and where its database is made."""

    number: int
    scenario: Scenario
    directory: Path
    server: str = ""
    """A PostgreSQL server's URL; empty: SQLite."""


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What a part came to."""

    figures: Figures
    violations: list[list[str]] = field(default_factory=list)
    """Each as lines: what was wrong, then the visit's timeline. Ids and times only."""


def parts(scenario: Scenario, directory: Path, server: str = "") -> list[Part]:
    """The parts of a scenario: the same for the same scenario, whoever runs them."""
    chance, found = Chance(scenario.seed), []
    for number, first in enumerate(range(0, scenario.practices, TOGETHER)):
        one = replace(
            scenario,
            seed=scenario.seed if number == 0 else chance.whole(0, 2**31, "part", number),
            practices=min(TOGETHER, scenario.practices - first),
        )
        found.append(Part(number=number, scenario=one, directory=directory, server=server))
    return found


def run(all_parts: list[Part], workers: int, progress: Callable[[int], None]) -> list[Outcome]:
    """Run all parts, so many at a time; `progress` is told how many visits have been booked."""
    context = multiprocessing.get_context("spawn")
    reached = context.SimpleQueue()
    booked: dict[int, int] = {}
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_tell, initargs=(reached,), max_tasks_per_child=1
    ) as pool:
        pool.submit(make_template, all_parts[0].directory).result()
        running: list[Future[Outcome]] = [pool.submit(run_part, part) for part in all_parts]
        left = set(running)
        try:
            while left:
                left = wait(left, timeout=LOOK_SECONDS).not_done
                while not reached.empty():
                    number, count = reached.get()
                    booked[number] = count
                progress(sum(booked.values()))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise
        return [one.result() for one in running]


def _tell(reached: Any) -> None:
    """A worker begins. Told to end, it takes away what it has made, and ends; Ctrl-C is for who started it, and tells it."""
    global _reached  # noqa: PLW0603 - a worker's own: it is given when the process starts, and there is no other way in
    _reached = reached
    signal.signal(signal.SIGTERM, _end_surely)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_surely(number: int, frame: FrameType | None) -> None:
    """As `end`, and again after a while: an exception raised in a function that SQLite calls gets no further than SQLite."""
    signal.signal(signal.SIGALRM, lambda _alarm, interrupted: _end_surely(number, interrupted))
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    end(number, frame)


def end(number: int, _frame: FrameType | None) -> None:
    """What a signal to end does: everything that is open is closed."""
    raise SystemExit(128 + number)


def make_template(directory: Path) -> None:
    """An empty database with all tables, copied for each part on SQLite."""
    _bring_up(directory / "template", "")
    from django.db import connection

    from myosotis.ops.commands.migrate import migrate

    migrate()
    connection.close()
    shutil.copy(directory / "template" / NAME, directory / TEMPLATE)


def run_part(part: Part) -> Outcome:
    """In a process of its own: Django is set up for one database."""
    own = part.directory / f"part-{part.number}"
    with _database(part, own) as url:
        _bring_up(own, url)
        from django.db import connection

        if not url:
            with connection.cursor() as cursor:
                for setting in SCRATCH:
                    cursor.execute(f"PRAGMA {setting}")
        else:
            from myosotis.ops.commands.migrate import migrate

            migrate()
        gc.freeze()
        gc.set_threshold(YOUNG, 20, 20)
        try:
            return simulate(part.scenario, lambda visits: _reached.put((part.number, visits)))
        finally:
            connection.close()


@contextmanager
def _database(part: Part, own: Path) -> Iterator[str]:
    own.mkdir(parents=True)
    if not part.server:
        shutil.copy(part.directory / TEMPLATE, own / NAME)
        shutil.copy(part.directory / "template" / "secret.key", own)
        yield ""
        return
    import psycopg
    from psycopg.sql import SQL, Identifier

    name = f"myosotis_simulation_{part.directory.name}_{part.number}".lower()
    with psycopg.connect(part.server, autocommit=True) as server:
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        yield beside(part.server, name)
    finally:
        with psycopg.connect(part.server, autocommit=True) as server:
            server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def beside(server: str, name: str) -> str:
    """The URL of another database of the same server, reached in the same way."""
    url = urlsplit(server)
    return f"{url.scheme}://{url.netloc}/{name}" + (f"?{url.query}" if url.query else "")


def _bring_up(directory: Path, url: str) -> None:
    """As an installation with an account on each channel; nothing ever leaves for them (`sandbox.simulator.gateways`)."""
    for name in [name for name in os.environ if name.startswith("MYOSOTIS_")]:
        del os.environ[name]
    os.environ.update(environment(directory, url))
    from myosotis.ops.installation import bring_up

    bring_up()


def environment(directory: Path, url: str) -> dict[str, str]:
    """The settings of a simulated installation."""
    from myosotis.channels.registry import new_push_key

    push = {"provider": "webpush", "vapid_private_key": new_push_key(), "subject": "mailto:nikt@example.com"}
    mail = {"provider": "smtp", "host": "127.0.0.1", "security": "none", "from_address": "nikt@example.com"}
    return {
        "MYOSOTIS_DATA_DIR": str(directory),
        "MYOSOTIS_DATABASE_URL": url,
        "MYOSOTIS_PUBLIC_URL": "https://wizyta.example",
        "MYOSOTIS_LOG_LEVEL": "ERROR",
        "MYOSOTIS_SMS": json.dumps({"provider": "smsapi", "token": "simulation"}),
        "MYOSOTIS_EMAIL": json.dumps(mail),
        "MYOSOTIS_PUSH": json.dumps(push),
    }


def simulate(scenario: Scenario, progress: Callable[[int], None]) -> Outcome:
    """Simulate in the database at hand, check, and count."""
    from myosotis.sandbox.simulator import counting, world

    lived = world.run(scenario, lambda _at, visits: progress(visits))
    figures = counting.of(lived)
    return Outcome(figures=figures, violations=list(_violations(lived, figures.looked)))


def _violations(lived: "World", looked: Counter[str]) -> Iterator[list[str]]:
    from myosotis.ops import explain
    from myosotis.sandbox.simulator.checker.reading import records
    from myosotis.sandbox.simulator.checker.rules import violations
    from myosotis.store.models import Visit

    for record in records(lived):
        for count, wrong in enumerate(violations(record, looked)):
            where = f"practice {wrong.practice_id}, visit {wrong.visit_id}, message {wrong.message_id}"
            lines = [f"{wrong.rule}: {where}: {wrong.words}"]
            if wrong.visit_id is not None and count < SHOWN:
                visit = Visit.objects.select_related("calendar__address").get(id=wrong.visit_id)
                lines += [f"    {line}" for line in explain.lines(visit, "en", history=True)]
            yield lines
