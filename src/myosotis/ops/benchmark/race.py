"""From the first message to the last outcome: how long it took, and whose CPU it cost. The same for everybody."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import psycopg

from myosotis.ops.benchmark import processor
from myosotis.ops.benchmark.figures import PER_SECOND, Figure, Target
from myosotis.ops.benchmark.tally import Tally
from myosotis.value_class import value_class

LOOK_SECONDS: Final = 0.004
RECORD_SECONDS: Final = 0.02
START_SECONDS: Final = 60.0
LONGEST_SECONDS: Final = 900.0

Done = Callable[[], bool]


@value_class
class Race:
    """What a run came to."""

    messages: int
    seconds: float
    """From the first message at the server to the last outcome in the database."""
    cpu: Mapping[str, float]
    """Seconds, by who used them."""
    repeated: int
    """Messages that the server got twice."""
    memory: float
    """Of the biggest of the programs, at the most, in MB."""
    growth: float
    """By how much it grew from the first message on, in MB."""

    @property
    def rate(self) -> float:
        return self.messages / self.seconds

    def figure(self, name: str, target: Target | None = None, *, ours: bool = False) -> Figure:
        parts = ", ".join(f"{who} {seconds / self.messages * 1e6:.0f}" for who, seconds in self.cpu.items())
        twice = f"; {self.repeated} sent twice" if self.repeated else ""
        beside = f"us of CPU a message: {parts}{twice}"
        return Figure(name=name, value=self.rate, unit=PER_SECOND, beside=beside, target=target, ours=ours)


def run(
    tally: Tally,
    messages: int,
    done: Done,
    *,
    programs: Sequence[subprocess.Popen[bytes]],
    whose: Mapping[str, Sequence[int]],
) -> Race:
    """Watch `programs` send `messages` until `done`. Raises RuntimeError if one of them fails or nothing moves any more."""
    _wait(lambda: tally.taken > 0, programs, START_SECONDS, LOOK_SECONDS)
    before, start = _used(whose), _memory(programs)
    most = start

    def arrived() -> bool:
        nonlocal most
        most = max(most, _memory(programs))
        return tally.taken >= messages

    _wait(arrived, programs, LONGEST_SECONDS, LOOK_SECONDS)
    _wait(done, programs, LONGEST_SECONDS, RECORD_SECONDS)
    ended, after = time.monotonic(), _used(whose)
    return Race(
        messages=messages,
        seconds=ended - tally.first,
        cpu={who: after[who] - before[who] for who in whose},
        repeated=tally.repeated,
        memory=most,
        growth=most - start,
    )


def _wait(until: Done, programs: Sequence[subprocess.Popen[bytes]], longest: float, pause: float) -> None:
    end = time.monotonic() + longest
    while not until():
        failed = [program.args for program in programs if program.poll() not in {None, 0}]
        if failed or time.monotonic() > end:
            raise RuntimeError(f"ended early: {failed}" if failed else "nothing moves any more")
        time.sleep(pause)


def _used(whose: Mapping[str, Sequence[int]]) -> dict[str, float]:
    return {who: sum(processor.used(pid) for pid in pids) for who, pids in whose.items()}


def _memory(programs: Sequence[subprocess.Popen[bytes]]) -> float:
    return max((processor.resident(program.pid) for program in programs), default=0.0)


class Recorded:
    """Asks a database whether all outcomes are in it, over a connection of its own."""

    def __init__(self, url: str, question: str) -> None:
        """`question` is answered by true or false."""
        self._database = psycopg.connect(url, autocommit=True)
        self._question = question

    def __call__(self) -> bool:
        return bool(self.count(self._question))

    def count(self, question: str) -> int:
        """The number that answers a question."""
        row = self._database.execute(question.encode()).fetchone()
        return int(row[0]) if row else 0

    def tell(self, statement: str) -> None:
        """Carry out something that has no answer."""
        self._database.execute(statement.encode())

    @property
    def server(self) -> int:
        """The process of PostgreSQL whose children answer."""
        return processor.parent_of(self._database.info.backend_pid)

    def close(self) -> None:
        self._database.close()
