"""Figures as people read them: on a terminal and in a page."""

from collections.abc import Iterator, Sequence

from myosotis.ops.benchmark.figures import Figure

HEAD = ("", "measured", "wanted", "", "beside it")


def text(figures: Sequence[Figure]) -> Iterator[str]:
    """Lines in columns; what is beside a figure stands below it."""
    rows = [_cells(figure) for figure in figures]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for row in rows:
        name, said, wanted, verdict = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        yield f"  {name}  {said.strip():>{widths[1]}}  {wanted}  {verdict}".rstrip()
        if row[4]:
            yield f"      {row[4]}"


def markdown(figures: Sequence[Figure]) -> Iterator[str]:
    """A table of GitHub's Markdown."""
    yield f"| {' | '.join(HEAD)} |"
    yield "|---|---:|---|---|---|"
    for figure in figures:
        name, said, wanted, verdict, beside = _cells(figure)
        shown = f"**{verdict}**" if verdict == "not reached" else verdict
        yield f"| {name} | {said} | {wanted} | {shown} | {beside} |".replace("  ", " ")


def _cells(figure: Figure) -> tuple[str, str, str, str, str]:
    wanted = f"{figure.target}" if figure.target else ""
    return figure.name, figure.said, wanted, figure.verdict, figure.beside
