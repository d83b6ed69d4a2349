"""SMS with everything on: facts checked, text rendered, result and history recorded; beside a bare hand-written loop."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Final

from django.db import connection

from myosotis import clock
from myosotis.channels.config import RATE_FIELD
from myosotis.ops.benchmark import due, race
from myosotis.ops.benchmark.figures import Figure, Target, at_least
from myosotis.ops.benchmark.ground import IN_FLIGHT, ROOT, Ground, Server
from myosotis.ops.benchmark.race import Race, Recorded

SENT: Final = "SELECT NOT EXISTS (SELECT FROM store_message WHERE status = 'planned')"
BARE: Final = "SELECT NOT EXISTS (SELECT FROM bare_queue WHERE status <> 'sent')"
ACCEPTED: Final = "SELECT count(*) FROM store_message WHERE status = 'sent'"
MOST_A_SECOND: Final = f"{RATE_FIELD.at_most:.0f}"
"""No limit of the account's own."""
SLOW_SECONDS: Final = 0.05
OF_THE_LOOP, AT_FIFTY = at_least(0.6), at_least(0.7)


def measure(ground: Ground) -> Iterator[Figure]:
    """All of it with few messages; with more, of which start and end weigh less, what the wanted ratios need."""
    for number, messages in enumerate(ground.options.messages):
        fill(messages)
        yield from _everything(ground, messages) if number == 0 else _again(ground, messages)


def _everything(ground: Ground, messages: int) -> Iterator[Figure]:
    floor = bare(ground, messages, "aiohttp")
    yield floor.figure("bare loop, aiohttp (the floor)")
    yield bare(ground, messages, "lean").figure("bare loop, lean client (what is possible)")
    one = ours(ground, messages)
    yield one.figure("one dispatcher", at_least(20_000), ours=True)
    yield ratio("one dispatcher, of the bare loop", one, floor, OF_THE_LOOP)
    pair, both = bare(ground, messages, "aiohttp", number=2), ours(ground, messages, number=2)
    yield pair.figure("bare loop, two processes")
    yield both.figure("two dispatchers", ours=True)
    yield ratio("two dispatchers, of the two-process loop", both, pair, OF_THE_LOOP)
    yield bare(ground, messages, "lean", delay=SLOW_SECONDS).figure("bare loop, lean, provider answers after 50 ms")
    slow = ours(ground, messages, delay=SLOW_SECONDS)
    yield slow.figure("one dispatcher, provider answers after 50 ms", ours=True)
    yield ratio("answer after 50 ms, of the rate at 0 ms", slow, one, AT_FIFTY)


def _again(ground: Ground, messages: int) -> Iterator[Figure]:
    so_many = f", {messages:,} messages"
    floor, one = bare(ground, messages, "aiohttp"), ours(ground, messages)
    yield floor.figure(f"bare loop{so_many}")
    yield one.figure(f"one dispatcher{so_many}", ours=True)
    yield ratio(f"one dispatcher, of the bare loop{so_many}", one, floor, OF_THE_LOOP)
    pair, both = bare(ground, messages, "aiohttp", number=2), ours(ground, messages, number=2)
    yield pair.figure(f"bare loop, two processes{so_many}")
    yield both.figure(f"two dispatchers{so_many}", ours=True)
    yield ratio(f"two dispatchers, of the two-process loop{so_many}", both, pair, OF_THE_LOOP)
    slow = ours(ground, messages, delay=SLOW_SECONDS)
    yield slow.figure(f"one dispatcher, 50 ms{so_many}", ours=True)
    yield ratio(f"answer after 50 ms, of the rate at 0 ms{so_many}", slow, one, AT_FIFTY)


def ratio(name: str, mine: Race, theirs: Race, target: Target) -> Figure:
    return Figure(name=name, value=mine.rate / theirs.rate, target=target)


def fill(messages: int) -> None:
    """The scenario's database, from which the runs are copied, with so many due messages and nothing from before."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE store_practice CASCADE")
    due.make(messages, clock.wall())
    close()


def close() -> None:
    """Look at everything as autovacuum would, and let go of the database: only then it can be copied."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()


def ours(ground: Ground, messages: int, *, number: int = 1, delay: float = 0.0) -> Race:
    """So many dispatchers on a copy of the filled database. Raises RuntimeError if a message was not accepted."""
    url = ground.copy("ours")
    with (
        ground.server("gateway", "--delay", str(delay)) as gateway,
        closing(Recorded(url, SENT)) as done,
        ground.dispatchers(number, account(gateway.port), url) as programs,
    ):
        whose = {"dispatcher": [program.pid for program in programs], **others(done, gateway)}
        found = race.run(gateway.tally, messages, done, programs=programs, whose=whose)
        check(done, messages, gateway)
    return found


def account(port: int, **more: str) -> dict[str, str]:
    """The settings of the installation's SMS account at a gateway of ours."""
    return {
        "MYOSOTIS_SMS__BASE_URL": f"http://127.0.0.1:{port}",
        "MYOSOTIS_SMS__PER_SECOND": MOST_A_SECOND,
        "MYOSOTIS_SMS__IN_FLIGHT": str(IN_FLIGHT),
    } | more


def bare(ground: Ground, messages: int, client: str, *, number: int = 1, delay: float = 0.0) -> Race:
    """The bare loop, in so many processes."""
    url = ground.empty("bare")
    with ground.server("gateway", "--delay", str(delay)) as gateway:
        environment = surroundings(url, gateway, in_flight=1024 if delay else 128)
        program = [sys.executable, "-m", "bench.bare_loop"]
        run_to_end([*program, "fill", str(messages)], environment)
        with (
            closing(Recorded(url, BARE)) as done,
            ground.running([[*program, "work", client]] * number, environment) as programs,
        ):
            whose = {"loop": [program.pid for program in programs], **others(done, gateway)}
            return race.run(gateway.tally, messages, done, programs=programs, whose=whose)


def surroundings(url: str, gateway: Server, *, in_flight: int = 128) -> dict[str, str]:
    """The environment of the programs in `bench/`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MYOSOTIS_", "DJANGO_"))}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "BENCH_DATABASE": url,
        "BENCH_GATEWAY": f"http://127.0.0.1:{gateway.port}/sms.do",
        "BENCH_IN_FLIGHT": str(in_flight),
    }


def run_to_end(command: Sequence[str], environment: dict[str, str]) -> None:
    """Raises CalledProcessError if it fails."""
    subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own peers


def others(done: Recorded, server: Server) -> dict[str, list[int]]:
    """Who uses CPU beside the program that is measured."""
    return {"PostgreSQL": [done.server], "server": [server.pid]}


def check(done: Recorded, messages: int, server: Server) -> None:
    """Every message was accepted once, and whole. Raises RuntimeError."""
    accepted = done.count(ACCEPTED)
    if accepted != messages or server.tally.whole != messages:
        raise RuntimeError(f"of {messages} messages {accepted} were recorded, {server.tally.whole} arrived whole")
