"""What a measurement says: a figure with its unit, and what is wanted of it."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from myosotis.value_class import value_class

PER_SECOND: Final = "messages/s"
ROUNDING: Final = 1e-9
"""0.07 of 100 is the seventh, although it is computed as 7.000000000000001."""


@value_class(kw_only=False)
class Target:
    """What a figure should reach."""

    bound: float
    at_most: bool = False

    def reached(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{'at most' if self.at_most else 'at least'} {rounded(self.bound)}"


def at_least(bound: float) -> Target:
    return Target(bound)


def at_most(bound: float) -> Target:
    return Target(bound, at_most=True)


@value_class
class Figure:
    """One row of a table."""

    name: str
    value: float
    unit: str = ""
    beside: str = ""
    """What else was seen."""
    target: Target | None = None
    ours: bool = False
    """Shown apart from what others do."""

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "reached" if self.target.reached(self.value) else "not reached"

    @property
    def said(self) -> str:
        return f"{rounded(self.value)} {self.unit}".strip()


def rounded(value: float) -> str:
    """As many digits as mean something: 18,432; 112; 9.7; 0.62."""
    size = abs(value)
    if size >= 100:  # noqa: PLR2004 - three digits
        return f"{value:,.0f}"
    text = f"{value:.1f}" if size >= 10 else f"{value:.2f}"  # noqa: PLR2004 - as above
    return text.rstrip("0").rstrip(".") if "." in text else text


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed (nearest rank). Raises ValueError of nothing."""
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[max(math.ceil(share * len(values) - ROUNDING) - 1, 0)]


def dumped(figure: Figure) -> str:
    """As a line of JSON."""
    return json.dumps(asdict(figure), ensure_ascii=False)


def loaded(line: str) -> Figure:
    said = json.loads(line)
    target = said.pop("target")
    return Figure(target=Target(**target) if target else None, **said)
