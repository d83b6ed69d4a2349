"""What a run is made of: a database, providers, and dispatchers as processes of their own that come from one to the other."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.chaos import peers, verdict
from tests.chaos.peers import Peers

ROOT: Final = Path(__file__).resolve().parents[2]
MAKING: Final = 600.0
"""Seconds that making and reporting may take at most."""
SENDING: Final = 300.0
"""Seconds in which the next thing to go wrong has its turn, also on a machine that has much else to do."""
BEGINNING: Final = 120.0
FAREWELL: Final = 40.0
"""Seconds in which a dispatcher that is told to stop has ended."""
LOOK: Final = 0.01
MB: Final = 1024


class StandsStillError(Exception):
    """What was waited for did not come."""


@dataclass(kw_only=True, slots=True)
class Process:
    """A process of the product that a run watches over."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path
    wanted: bool = True
    """False once we ended it ourselves."""
    peak: int = 0
    """Of memory, MB."""

    @property
    def died(self) -> bool:
        return self.wanted and self.child.poll() is not None

    @property
    def dispatches(self) -> bool:
        """Whether it has begun its work."""
        return b'"dispatching"' in self.log.read_bytes()

    def measure(self) -> None:
        try:
            status = Path(f"/proc/{self.child.pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            return
        words = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if "VmHWM" in words:
            self.peak = max(self.peak, int(words["VmHWM"].split()[0]) // MB)

    def kill(self) -> None:
        """As a power cut does it."""
        self.measure()
        self.wanted = False
        self.child.kill()
        self.child.wait()

    def stop(self) -> bool:
        """As systemd does it; False if it did not end in time or not in order."""
        self.measure()
        self.wanted = False
        self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(FAREWELL) == 0
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            return False


@dataclass(kw_only=True)
class Works:
    """The parts of a run, for a scenario to disturb."""

    home: Path
    url: str
    peers: Peers
    messages: int
    seconds: float
    """How long sending shall take at least: the accounts' rates are set by it."""
    chance: random.Random
    extra: Mapping[str, str] = field(default_factory=dict)
    """Settings of the product beside ours."""
    processes: list[Process] = field(default_factory=list)
    watched: dict[str, int] = field(default_factory=dict)
    """How many messages are in which status, a moment ago; empty while the database is away."""
    told: list[str] = field(default_factory=list)
    """What was done and seen, for the report."""

    def __post_init__(self) -> None:
        self._began = time.monotonic()

    def say(self, words: str) -> None:
        """Note what was done or seen."""
        self.told.append(f"{time.monotonic() - self._began:6.1f} s  {words}")

    # -- settings --

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Of every process of the product."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MYOSOTIS_")}
        return {**kept, **self._settings(), **self.extra, **(extra or {})}

    def _settings(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "myosotis.site.settings",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "MYOSOTIS_DATABASE_URL": self.url,
            "MYOSOTIS_DATA_DIR": str(self.home),
            "MYOSOTIS_PUBLIC_URL": "https://wizyta.example",
            "MYOSOTIS_LOG_LEVEL": "INFO",
            "MYOSOTIS_DISPATCHER_STATUS_BIND": "",  # several on one machine; nobody watches them but we
            "MYOSOTIS_WEB_STATUS_BIND": "",
            "MYOSOTIS_SMS__PROVIDER": "smsapi",
            "MYOSOTIS_EMAIL__PROVIDER": "smtp",
            "MYOSOTIS_EMAIL__HOST": "127.0.0.1",
            "MYOSOTIS_EMAIL__PORT": str(self.peers.smtp_port),
            "MYOSOTIS_EMAIL__SECURITY": "none",
            "MYOSOTIS_EMAIL__FROM_ADDRESS": "wizyty@przychodnia.example",
            "MYOSOTIS_EMAIL__TIMEOUT": "3",
            "MYOSOTIS_EMAIL__DATA_TIMEOUT": "3",
            "MYOSOTIS_EMAIL__PER_SECOND": f"{self._rate / 5:.0f}",
        } | {
            f"MYOSOTIS_SMS__{key.upper()}": value
            for key, value in self._gateway(self.peers.sms_port, self._rate / 2).items()
        }

    @property
    def _rate(self) -> float:
        """Messages a second of all lanes, each of which has its share (`verdict.LANES`)."""
        return max(self.messages / self.seconds, 50)

    def _gateway(self, port: int, rate: float) -> dict[str, str]:
        return {
            "token": peers.TOKEN,
            "base_url": f"http://127.0.0.1:{port}",
            "notify_url": "",
            "timeout": "3",
            "per_second": f"{rate:.0f}",
        }

    # -- processes --

    def start(
        self, *, kind: str = "dispatcher", extra: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()
    ) -> Process:
        """Another dispatcher (or another command of the product); what it says goes into a file."""
        name = f"{kind}-{len(self.processes) + 1}"
        own = ["-m", "tests.chaos.dispatcher"] if kind == "dispatcher" else ["-m", "myosotis.ops.cli", kind]
        path = self.home / f"{name}.log"
        with path.open("wb") as log:
            child = subprocess.Popen(
                [*prefix, sys.executable, *own],
                cwd=ROOT, env=self.environment(extra), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        process = Process(name=name, child=child, log=path)
        self.processes.append(process)
        return process

    @property
    def dispatchers(self) -> list[Process]:
        """Those that are meant to run."""
        return [one for one in self.processes if one.wanted and one.name.startswith("dispatcher")]

    def kill_one(self) -> None:
        """SIGKILL to one dispatcher by chance, and another one in its place, as a supervisor does it."""
        victim = self.chance.choice(self.dispatchers)
        victim.kill()
        self.say(f"{victim.name} killed; {self.start().name} in its place")

    def lose_one(self) -> None:
        """SIGKILL to one dispatcher by chance; nobody takes its place."""
        victim = self.chance.choice(self.dispatchers)
        victim.kill()
        self.say(f"{victim.name} killed; nobody in its place")

    # -- waiting --

    def wait(self, until: Callable[[], bool], what: str, seconds: float) -> None:
        """Raises StandsStillError if it does not come true in time."""
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                raise StandsStillError(f"{what}: not within {seconds:.0f} s; {self.watched}")
            time.sleep(LOOK)  # between two looks at what other processes did
            for process in self.processes:
                process.measure()

    def wait_until_taken(self, share: float) -> None:
        """Until providers took that share of all messages."""
        count = int(self.messages * share)
        self.wait(lambda: self.peers.count() >= count, f"{count} messages to be taken", SENDING)

    def wait_until_dispatching(self) -> None:
        """Until every dispatcher has begun."""
        self.wait(lambda: all(one.dispatches for one in self.dispatchers), "dispatchers to begin", BEGINNING)

    def wait_until_settled(self, seconds: float) -> None:
        """Until nothing is ahead or under way any more."""
        self.wait(lambda: self.is_settled, "the end", seconds)

    @property
    def is_settled(self) -> bool:
        """Whether nothing was ahead or under way a moment ago."""
        return bool(self.watched) and not {"planned", "claimed", "waiting"} & self.watched.keys()

    @property
    def recorded(self) -> int:
        """How many were recorded as sent a moment ago."""
        return self.watched.get("sent", 0)

    # -- asking inside --

    def ask(self, *command: str) -> str:
        """Run one of `tests.chaos.inside`; what it printed. Raises StandsStillError with its last words."""
        return self._ask("tests.chaos.inside", *command)

    def ask_product(self, *command: str) -> str:
        """Run a command of the product; as `ask`."""
        return self._ask("myosotis.ops.cli", *command)

    def _ask(self, module: str, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, *command],
            cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=MAKING, check=False,
        )  # fmt: skip
        if done.returncode:
            raise StandsStillError(f"{command[0]}: {done.stderr[-2000:]}")
        return done.stdout

    def make(self, count: int) -> None:
        self.ask("make", str(count), json.dumps(self._gateway(self.peers.blind_port, self._rate * 3 / 10)))

    def report(self) -> verdict.Verdict:
        """What the run came to."""
        found: dict[str, Any] = json.loads(self.ask("report").splitlines()[-1])
        messages = [verdict.Message(**row) for row in found["rows"]]
        return verdict.of(messages, self.peers.taken(), found["notes"])

    @contextmanager
    def watching(self, seconds: float) -> Iterator[None]:
        """Keep `watched` up to date meanwhile; what is planned for later than so many seconds from now counts apart."""
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.inside", "watch", str(seconds)],
            cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        reader = threading.Thread(target=self._read, args=(child,), daemon=True)
        reader.start()
        try:
            yield
        finally:
            child.kill()
            child.wait()
            reader.join()
            child.communicate()
            self.watched = {}

    def _read(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            self.watched = json.loads(line)

    def end(self) -> list[str]:
        """Stop every process that is left; the names of those that did not end in order."""
        left = [process for process in self.processes if process.wanted]
        return [process.name for process in left if not process.stop()]
