"""How much is measured."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from myosotis.value_class import value_class


@value_class
class Options:
    """The sizes of all scenarios."""

    messages: tuple[int, ...] = (20_000, 200_000)
    """Due at once: SMS with each of these, everything else with the first (of e-mail a half)."""
    peer_messages: int = 20_000
    """For each of the others; a tenth of it for those that record less than a thousand a second."""
    planned: tuple[int, ...] = (10_000, 1_000_000, 10_000_000)
    batches: int = 10
    """Of 500, claimed and recorded by size and condition."""
    burst: int = 50_000
    seconds: int = 60
    """Of steady sending."""
    bookings: int = 2_000
    """Visits that are booked, then moved, then cancelled."""
    rows: int = 50_000
    """Visits of an import."""

    @property
    def few(self) -> int:
        """Messages of a run that takes seconds."""
        return self.messages[0]

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: str) -> "Options":
        said: dict[str, Any] = json.loads(text)
        numbers = {name: tuple(value) for name, value in said.items() if isinstance(value, list)}
        return cls(**{**said, **numbers})


QUICK = Options(
    messages=(2_000, 4_000),
    peer_messages=2_000,
    planned=(10_000, 100_000),
    batches=4,
    burst=5_000,
    seconds=10,
    bookings=400,
    rows=2_000,
)


def read(arguments: Sequence[str], scenarios: Sequence[str]) -> tuple[argparse.Namespace, Options]:
    """What was asked for on the command line: which scenarios, and their sizes."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measures on a PostgreSQL of its own.")
    parser.add_argument("--only", default="", help=f"some of: {', '.join(scenarios)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it works, not how fast it is")
    parser.add_argument("--no-page", action="store_true", help="leave docs/benchmarks.md as it is")
    for name, value in asdict(Options()).items():
        kind = _numbers if isinstance(value, tuple) else int
        shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, help=f"({shown})")
    given = parser.parse_args(arguments)
    sizes = asdict(QUICK if given.quick else Options())
    said = {name: getattr(given, name) for name in sizes if getattr(given, name) is not None}
    return given, Options(**{**sizes, **said})


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part.replace("_", "")) for part in text.split(","))
