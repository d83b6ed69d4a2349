"""docs/benchmarks.md: what a scenario found stands between two marks; what is written around them is left as it is."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from myosotis.ops.benchmark import plot, table
from myosotis.ops.benchmark.figures import PER_SECOND, Figure
from myosotis.ops.benchmark.ground import ROOT
from myosotis.ops.benchmark.options import Options

PAGE: Final = ROOT / "docs" / "benchmarks.md"
PICTURES: Final = ROOT / "docs" / "pictures"
MACHINE: Final = "machine"
COMPARED: Final = 2
"""Bars without which a picture says nothing."""


def write(found: Mapping[str, Sequence[Figure]], facts: Mapping[str, str], sizes: Options) -> None:
    """Put in what was found now; scenarios that did not run keep what they have."""
    page = PAGE.read_text(encoding="utf-8")
    page = inserted(page, MACHINE, "\n".join(f"- {name}: {said}" for name, said in facts.items()))
    for name, figures in found.items():
        picture = _picture(name, figures)
        shown = f"\n\n![Messages a second](pictures/{picture})" if picture else ""
        when = f"Measured {facts['Date']}; sizes: {_sizes(sizes)}."
        page = inserted(page, name, f"{when}\n\n{chr(10).join(table.markdown(figures))}{shown}")
    PAGE.write_text(page, encoding="utf-8")


def inserted(page: str, name: str, text: str) -> str:
    """The page with `text` between the marks of `name`. Raises ValueError if there are none."""
    marks = re.compile(rf"(<!-- measured: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(f"{PAGE.name} has no marks for {name}")
    return marks.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page)


def _sizes(sizes: Options) -> str:
    messages, planned = (", ".join(f"{count:,}" for count in counts) for counts in (sizes.messages, sizes.planned))
    return f"{messages} messages, {planned} planned, a burst of {sizes.burst:,}, {sizes.seconds} s"


def _picture(name: str, figures: Sequence[Figure]) -> str:
    """The file with bars for all rates of a scenario; empty if there is nothing to compare."""
    given = [
        plot.Bar(name=figure.name, value=figure.value, ours=figure.ours)
        for figure in figures
        if figure.unit == PER_SECOND
    ]
    if len(given) < COMPARED:
        return ""
    file = f"benchmark-{name}.svg"
    (PICTURES / file).write_text(plot.bars(name, PER_SECOND, given), encoding="utf-8")
    return file
