"""`python -m myosotis.ops.bench`: SMS a second, end to end, on the databases at hand, beside a bare hand-written loop.

Every message has its facts checked, its text rendered, its result and history recorded; it goes over real HTTP to a fake
gateway on this machine. It works in a database of its own, which is removed afterwards.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from myosotis.ops import bench_cpu

TOKEN = "benchmark"  # noqa: S105 - of a gateway that lives for a minute
GATEWAY_PID = "MYOSOTIS_BENCH_GATEWAY_PID"
STAGED = 5000
"""Messages by which the stages are measured one by one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Of one run. CPU in seconds, by who used it; what cannot be seen is left out."""

    messages: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        return self.messages / self.seconds

    @property
    def whole(self) -> float:
        """Microseconds of CPU of everybody together, a message."""
        return sum(self.cpu.values()) / self.messages * 1e6

    def __str__(self) -> str:
        parts = ", ".join(f"{who} {seconds / self.messages * 1e6:.0f}" for who, seconds in self.cpu.items())
        return f"{self.rate:9,.0f} messages/s {self.whole:7.0f} us of CPU a message ({parts})"


class Meter:
    """Takes the time and the CPU of this process, the gateway and the database."""

    def __init__(self) -> None:
        from django.db import connection

        self._others = {"gateway": int(os.environ.get(GATEWAY_PID, "0"))}
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._others["PostgreSQL"] = bench_cpu.parent_of(cursor.fetchone()[0])
        self._began, self._before = time.perf_counter(), self._used()

    def _used(self) -> dict[str, float]:
        return {"own": time.process_time()} | {who: bench_cpu.used(pid) for who, pid in self._others.items() if pid}

    def figures(self, messages: int) -> Figures:
        used = {who: seconds - self._before[who] for who, seconds in self._used().items()}
        return Figures(messages=messages, seconds=time.perf_counter() - self._began, cpu=used)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m myosotis.ops.bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="how many SMS (20000)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="one of them only")
    parser.add_argument("--no-idle", action="store_true", help="leave out the ten seconds of idling")
    parser.add_argument(
        "--no-desk", action="store_true", help="leave out the desk's pages, booking, replanning and import"
    )
    parser.add_argument("--rows", type=int, default=50_000, help="how many visits to import (50000)")
    parser.add_argument("--profile", type=Path, help="write a cProfile of the dispatcher's event loop to this file")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    options = arguments()
    if options.inner:
        return _measure(options)
    codes = [_in_process_of_its_own(name, url, sys.argv[1:]) for name, url in _databases(options.database)]
    return max(codes, default=1)


def _databases(only: str | None) -> Iterator[tuple[str, str]]:
    """The one that is set up, else SQLite and, where there is a server to start, PostgreSQL."""
    given = os.environ.get("MYOSOTIS_DATABASE_URL", "")
    if given:
        yield given.partition(":")[0], given
        return
    if only != "postgresql":
        yield "sqlite", ""
    if only != "sqlite":
        with _throwaway_postgresql() as url:
            if url:
                yield "postgresql", url


@contextmanager
def _throwaway_postgresql() -> Iterator[str]:
    """A server of our own that keeps what it commits, as in production; nothing outside of a checkout."""
    try:
        from tests import postgres
    except ImportError:
        print("PostgreSQL: set MYOSOTIS_DATABASE_URL to measure it")
        yield ""
        return
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
    with postgres.throwaway_cluster(durable) as url:
        yield url


def _in_process_of_its_own(name: str, url: str, argv: list[str]) -> int:
    print(f"\n=== {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="myosotis-bench-") as folder, _gateway(Path(folder)) as (port, pid):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MYOSOTIS_")} | {
            "DJANGO_SETTINGS_MODULE": "myosotis.site.settings",
            "MYOSOTIS_DATA_DIR": folder,
            "MYOSOTIS_DATABASE_URL": url,
            "MYOSOTIS_PUBLIC_URL": "https://wizyta.example",
            "MYOSOTIS_LOG_LEVEL": "WARNING",
            "MYOSOTIS_SMS__PROVIDER": "smsapi",
            "MYOSOTIS_SMS__TOKEN": TOKEN,
            "MYOSOTIS_SMS__BASE_URL": f"http://127.0.0.1:{port}",
            "MYOSOTIS_SMS__NOTIFY_URL": "",  # no delivery reports: nobody here would take them
            "MYOSOTIS_SMS__PER_SECOND": "20000",
            "MYOSOTIS_SMS__IN_FLIGHT": "128",
            GATEWAY_PID: str(pid),
        }
        command = [sys.executable, "-m", "myosotis.ops.bench", "--inner", *argv]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - ourselves


@contextmanager
def _gateway(folder: Path) -> Iterator[tuple[int, int]]:
    """The sandbox's gateway; its port, and its process."""
    command = [sys.executable, "-m", "myosotis.ops.bench_gateway", str(folder / "gateway.sqlite"), TOKEN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None  # noqa: S101 - asked for above
        yield int(process.stdout.readline()), process.pid
        process.communicate()


def _measure(options: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from myosotis import clock
    from myosotis.ops import (
        bench_data,
        bench_desk,
        bench_desk_pages,
        bench_floor,
        bench_free_times,
        bench_offers,
        bench_pages,
        bench_stages,
    )

    if connection.vendor == "sqlite":  # in a file, as in production, not in memory as for tests
        connection.settings_dict["TEST"]["NAME"] = str(settings.MYOSOTIS.data_dir / "bench.sqlite3")
    connection.creation.create_test_db(verbosity=0, serialize=False, autoclobber=True)
    try:
        began = time.perf_counter()
        bench_data.make(options.messages, clock.wall())
        bench_floor.make(options.messages)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"  {options.messages} due SMS made in {time.perf_counter() - began:.1f} s")
        meter = Meter()
        bench_floor.measure(settings.MYOSOTIS.sms["base_url"] + "/sms.do", TOKEN)
        floor = meter.figures(options.messages)
        print(f"  bare loop    {floor}", flush=True)
        ours = _dispatch(options.messages, options.profile)
        print(f"  dispatcher   {ours}")
        print(f"  ratio        {ours.rate / floor.rate:9.2f} of the bare loop", flush=True)
        bench_data.make(min(options.messages, STAGED), clock.wall())
        for line in bench_stages.measure(clock.wall).lines():
            print(f"    {line}", flush=True)
        print(f"  {bench_free_times.line(clock.wall())}", flush=True)
        print(f"  {bench_offers.line(clock.wall())}", flush=True)
        for line in bench_pages.lines():
            print(f"  {line}", flush=True)
        if not options.no_desk:
            for line in bench_desk_pages.lines():
                print(f"  {line}", flush=True)
        if not options.no_idle:
            print(f"  {bench_desk.idle()}", flush=True)
        if connection.vendor == "sqlite" and not options.no_desk:
            for line in bench_desk.lines(settings.MYOSOTIS.data_dir, options.rows):
                print(f"  {line}", flush=True)
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    return 0


def _left() -> bool:
    from django.db import connections

    from myosotis.store.models import Message

    try:
        return Message.objects.filter(status__in=["planned", "claimed"]).exists()
    finally:
        connections.close_all()


def _dispatch(messages: int, profile: Path | None) -> Figures:
    """Run one dispatcher until all is recorded. Raises RuntimeError if some were not accepted."""
    from myosotis.dispatch import run
    from myosotis.dispatch.loop import Dispatcher
    from myosotis.store.models import Message

    tasks = []
    figures: list[Figures] = []

    async def watch(dispatcher: Dispatcher) -> None:
        while dispatcher.recorder.recorded < messages:  # noqa: ASYNC110 - an event for each record would be measured too
            await asyncio.sleep(0.01)
        while await asyncio.to_thread(_left):  # noqa: ASYNC110 - on a busy machine some wait for a second try
            await asyncio.sleep(0.2)
        figures.append(meter.figures(messages))
        dispatcher.stop()

    meter = Meter()
    with _profiled(profile):
        run.run(started=lambda dispatcher: tasks.append(asyncio.create_task(watch(dispatcher))))
    accepted = Message.objects.filter(status="sent").exclude(provider_id="").count()
    if accepted != messages:
        rest = Message.objects.exclude(status="sent").values_list("status", "reason", "detail", "attempts").distinct()
        raise RuntimeError(f"{accepted} of {messages} messages were accepted; the rest: {list(rest[:5])}")
    return figures[0]


@contextmanager
def _profiled(file: Path | None) -> Iterator[None]:
    if file is None:
        yield
        return
    import cProfile

    profile = cProfile.Profile(time.thread_time)  # CPU alone: on a busy machine a call may wait for its turn
    profile.enable()
    yield
    profile.disable()
    profile.dump_stats(file)


if __name__ == "__main__":
    sys.exit(main())
