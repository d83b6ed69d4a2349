"""What a scenario stands on: databases, servers that take the messages, and our own processes with their settings."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import field
from itertools import count
from pathlib import Path
from typing import Final

from myosotis.ops import logs
from myosotis.ops.benchmark import cluster
from myosotis.ops.benchmark.options import Options
from myosotis.ops.benchmark.tally import Tally
from myosotis.value_class import value_class

ROOT: Final = Path(__file__).resolve().parents[4]
PACKAGE: Final = "myosotis.ops.benchmark"
MYOSOTIS: Final = (sys.executable, "-m", "myosotis.ops.cli")
TOKEN: Final = "benchmark"  # noqa: S105 - of a gateway that lives for a minute
IN_FLIGHT: Final = 1024
"""As many as the issue of a slow provider may need; how many of them are used is the dispatcher's own choice."""
FAREWELL: Final = 20.0


@value_class
class Server:
    """One that takes messages and counts them."""

    pid: int
    port: int
    tally: Tally


@value_class
class Ground:
    """Of one scenario, in a process of its own."""

    options: Options
    url: str
    """Its own database, migrated and empty, for which Django is set up; empty: SQLite in `folder`."""
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def set_up(self) -> None:
        """Load Django; before the scenario's module, which may import whatever it likes."""
        import django

        os.environ.update(self.environment())
        django.setup()
        logs.configure("ERROR")  # else each request would write a line for people

    def empty(self, name: str) -> str:
        """The URL of a new database without tables."""
        return cluster.made(self.url, name)

    def copy(self, name: str) -> str:
        """The URL of a new copy of the scenario's own database; nobody may be connected to it."""
        return cluster.made(self.url, name, self.url.rpartition("/")[2])

    def environment(self, settings: Mapping[str, str] | None = None, url: str | None = None) -> dict[str, str]:
        """That of our own processes, on the scenario's database or another one."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MYOSOTIS_")}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "myosotis.site.settings",
            "MYOSOTIS_DATA_DIR": str(self.folder),
            "MYOSOTIS_DATABASE_URL": self.url if url is None else url,
            "MYOSOTIS_PUBLIC_URL": "https://wizyta.example",
            "MYOSOTIS_LOG_LEVEL": "WARNING",
            "MYOSOTIS_IN_FLIGHT": str(IN_FLIGHT),
            "MYOSOTIS_SMS__PROVIDER": "smsapi",  # that there is an account decides what is planned and what may go
            "MYOSOTIS_SMS__TOKEN": TOKEN,
            "MYOSOTIS_SMS__BASE_URL": "http://127.0.0.1:9",
            "MYOSOTIS_SMS__NOTIFY_URL": "",  # no delivery reports, unless somebody takes them
        } | dict(settings or {})  # fmt: skip

    @contextmanager
    def server(self, name: str, *arguments: str) -> Iterator[Server]:
        """One of the servers of this package."""
        file = self.folder / f"tally-{next(self._numbers)}"
        tally = Tally(file, new=True)
        command = [sys.executable, "-m", f"{PACKAGE}.{name}", str(file), *arguments]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
            assert process.stdout is not None  # noqa: S101 - asked for above
            try:
                yield Server(pid=process.pid, port=int(process.stdout.readline()), tally=tally)
            finally:
                process.communicate()

    @contextmanager
    def running(
        self, commands: list[list[str]], environment: Mapping[str, str]
    ) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Programs that run until they end or we are done with them."""
        with ExitStack() as stack:
            yield [stack.enter_context(_running(command, environment)) for command in commands]

    def dispatchers(
        self, number: int, settings: Mapping[str, str], url: str | None = None
    ) -> AbstractContextManager[list[subprocess.Popen[bytes]]]:
        """So many `myosotis dispatcher`."""
        return self.running([[*MYOSOTIS, "dispatcher"]] * number, self.environment(settings, url))


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603 - ours
        command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                process.kill()
