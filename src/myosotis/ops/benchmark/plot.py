"""Bars as SVG, drawn by hand: no library is worth its weight for that."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from myosotis.ops.benchmark.figures import rounded
from myosotis.value_class import value_class

WIDTH: Final = 760
NAMES: Final = 300
NUMBERS: Final = 90
STEP: Final = 30
THICK: Final = 20
TOP: Final = 48
STYLE: Final = (
    "text{font:14px system-ui,sans-serif;fill:#1b2430}.title{font-weight:600;font-size:16px}"
    ".ours{fill:#3460c9}.other{fill:#a9b4c4}@media(prefers-color-scheme:dark){text{fill:#e4e9f1}.other{fill:#6a788c}}"
)


@value_class
class Bar:
    """One of a row of figures that can be compared."""

    name: str
    value: float
    ours: bool


def bars(title: str, unit: str, given: Sequence[Bar]) -> str:
    """A picture of figures that are at least 0, the longest bar over the whole width."""
    height = TOP + STEP * len(given) + 12
    longest = max((bar.value for bar in given), default=0) or 1
    head = f"{escape(title)} ({escape(unit)})"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{head}">',
            f"<style>{STYLE}</style>",
            f'<text class="title" x="8" y="26">{head}</text>',
            *_drawn(given, longest),
            "</svg>",
            "",
        ]
    )


def _drawn(given: Sequence[Bar], longest: float) -> Iterator[str]:
    for number, bar in enumerate(given):
        y = TOP + STEP * number
        length = max(bar.value / longest * (WIDTH - NAMES - NUMBERS), 1)
        yield f'<text x="{NAMES - 10}" y="{y + 15}" text-anchor="end">{escape(bar.name)}</text>'
        kind = "ours" if bar.ours else "other"
        yield f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{length:.1f}" height="{THICK}" rx="3"/>'
        yield f'<text x="{NAMES + length + 8:.1f}" y="{y + 15}">{rounded(bar.value)}</text>'
