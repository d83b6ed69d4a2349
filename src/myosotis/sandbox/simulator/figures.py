"""What a simulation came to, in numbers that can be added up; and how they are printed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from myosotis.sandbox.simulator.checker.rules import RULES


@dataclass(kw_only=True, slots=True)
class Figures:
    """Of one part of a simulation, or of several added up."""

    counts: Counter[str] = field(default_factory=Counter)
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind and channel: handed over."""
    read: Counter[tuple[str, str]] = field(default_factory=Counter)
    cost: Counter[tuple[str, str]] = field(default_factory=Counter)
    """In ten-thousandths of the currency."""
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of what ended without arriving, by status."""
    refused: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    """What each rule of the checker looked at; a rule that looked at nothing was not tried."""

    def add(self, other: "Figures") -> None:
        for name in self.__slots__:
            getattr(self, name).update(getattr(other, name))


def lines(figures: Figures) -> Iterator[str]:
    """What is printed; the same for the same figures."""
    counts = figures.counts
    yield f"visits {counts['visits']}: " + ", ".join(
        f"{name.removeprefix('visits ')} {counts[name]}" for name in sorted(counts) if name.startswith("visits ")
    )
    yield ""
    yield f"{'kind':<12}{'channel':<9}{'messages':>9}{'read':>7}{'cost':>11}"
    for key in sorted(figures.messages):
        sent, cost = figures.messages[key], Decimal(figures.cost[key]) / 10_000
        yield f"{key[0]:<12}{key[1]:<9}{sent:>9}{figures.read[key] / sent:>7.0%}{cost:>11.2f}"
    total = sum(figures.messages.values())
    yield f"{'all':<21}{total:>9}{'':>7}{Decimal(sum(figures.cost.values())) / 10_000:>11.2f}"
    yield ""
    yield f"to call, a practice on a morning: {counts['asked to call'] / max(counts['mornings'], 1):.2f} on average"
    yield f"offers {counts['offers']}, asked {counts['asked']}, refilled {counts['offers taken']}"
    for (status, reason), count in sorted(figures.reasons.items()):
        yield f"{status} ({reason}): {count}"
    for words, count in sorted(figures.refused.items()):
        yield f"refused, {words}: {count}"
    yield ""
    for rule in RULES:
        yield f"looked at, {rule}: {figures.looked[rule]}"
