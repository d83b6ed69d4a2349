"""What each stage of dispatch costs by itself: claim, check, render, note, record, one batch after the other, nothing sent."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from myosotis import clock
from myosotis.dispatch import checker, outcomes, renderer, tokens, worker
from myosotis.dispatch.job import Ready
from myosotis.domain.outcomes import Accepted
from myosotis.ops.benchmark import due
from myosotis.ops.benchmark.figures import Figure
from myosotis.ops.benchmark.ground import Ground
from myosotis.store.queue import claim, feed, hand_over, record

BATCH: Final = 500
STAGED: Final = 5000


@dataclass(slots=True)
class Stages:
    """Seconds of this process's CPU, and of the clock on the wall, by stage."""

    messages: int = 0
    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu[stage] = self.cpu.get(stage, 0) + time.process_time() - cpu
        self.wall[stage] = self.wall.get(stage, 0) + time.perf_counter() - wall

    def figures(self) -> Iterator[Figure]:
        for stage, seconds in self.wall.items():
            whole, cpu = seconds / self.messages * 1e6, self.cpu[stage] / self.messages * 1e6
            yield Figure(name=stage, value=whole, unit="us a message", beside=f"{cpu:.0f} us of it our own CPU")


def measure(ground: Ground) -> Iterator[Figure]:
    messages = min(ground.options.few, STAGED)
    due.make(messages, clock.wall())
    feed.refill(clock.wall())
    stages = _through(clock.wall)
    if stages.messages != messages:
        raise RuntimeError(f"only {stages.messages} of {messages} were claimed")
    yield from stages.figures()


def _through(now: Callable[[], datetime]) -> Stages:
    """Take everything due through the stages as `dispatch` does, with an acceptance made up for each."""
    stages, me = Stages(), worker.name()
    while True:
        with stages.measured("claim"):
            messages = claim.claim(worker=me, now=now(), limit=BATCH)
        if not messages:
            return stages
        stages.messages += len(messages)
        at = now()
        with stages.measured("check"):
            checked = checker.check(messages, at)
        ready = [(message, found) for message in messages if isinstance(found := checked[message.id], Ready)]
        if not ready:
            raise RuntimeError("nothing of what is due may go")
        with stages.measured("render"):
            letters = [(message, renderer.write(message, found, at)) for message, found in ready]
        with stages.measured("note"):
            note = hand_over.note([message for message, _ in ready], worker=me, hashes=tokens.hashes)
            if note is None or hand_over.lost(messages):
                raise RuntimeError("what was claimed is not ours")
        with stages.measured("record"):
            results = [_accepted(*given, at) for given in letters]
            record.record(results, now=at, over=[note])


def _accepted(message: claim.Claimed, letter: renderer.Letter, at: datetime) -> record.Result:
    sent = outcomes.HandedOver(message=message, letter=letter, provider="bench", abilities=frozenset())
    return outcomes.of_outcome(sent, Accepted(provider_id=str(message.id)), at)
