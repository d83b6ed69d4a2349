"""Small charts as SVG, drawn here: stacked bars and lines over months, for the eye and for readers of the screen.

Colours come by class from the style sheet, so that a chart follows light and dark. Numbers are written with a point,
whatever the language: this is geometry.
"""

from collections.abc import Sequence
from typing import Final

from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from myosotis.value_class import value_class

WIDTH, HEIGHT = 520, 220
LEFT, RIGHT, TOP, BOTTOM = 50, 6, 10, 26
PLOT_WIDTH: Final = WIDTH - LEFT - RIGHT
PLOT_HEIGHT: Final = HEIGHT - TOP - BOTTOM
STEPS: Final = (1, 2, 2.5, 5, 10)
LINES: Final = 4
MOST_LABELS: Final = 14
MORE_LABELS: Final = 12
"""Months named on the axis; of more, every second, third ..."""

Value = float | None
"""None: there is nothing to say of this month."""


@value_class
class Series:
    """A row of values with its name; the place among its chart's series says the colour."""

    label: "str | Promise"
    values: Sequence[Value]
    shown: Sequence[str]
    """The same in words, as they stand in the table."""


def axis_top(largest: float) -> float:
    """A round number not below the largest value, from which four equal steps make round numbers too."""
    if largest <= 0:
        return LINES
    size = 1.0
    while size * STEPS[-1] * LINES < largest:
        size *= 10
    while size > 1 and size * STEPS[0] * LINES >= largest:
        size /= 10
    return next(step * size * LINES for step in STEPS if step * size * LINES >= largest)


def bars(title: str, months: Sequence[str], series: Sequence[Series], unit: str = "") -> SafeString:
    """Bars that stand on each other, one for each month."""
    sums = [sum(one.values[place] or 0 for one in series) for place in range(len(months))]
    top = axis_top(max(sums, default=0))
    room = PLOT_WIDTH / max(len(months), 1)
    pieces = []
    for place, month in enumerate(months):
        floor = float(TOP + PLOT_HEIGHT)
        for number, one in enumerate(series):
            value = one.values[place] or 0
            height = value / top * PLOT_HEIGHT
            floor -= height
            if value:
                pieces.append(
                    (
                        number, f"{LEFT + room * (place + 0.18):.1f}", f"{floor:.1f}", f"{room * 0.64:.1f}", f"{height:.1f}",
                        month, one.label, one.shown[place],
                    )
                )  # fmt: skip
    drawn = format_html_join(
        "",
        '<rect class="series-{}" x="{}" y="{}" width="{}" height="{}"><title>{}: {} {}</title></rect>',
        pieces,
    )
    return _framed(title, months, top, unit, drawn)


def lines(title: str, months: Sequence[str], series: Sequence[Series], unit: str = "") -> SafeString:
    """Lines over the months; one is broken where there is nothing to say."""
    top = axis_top(max((value for one in series for value in one.values if value is not None), default=0))
    room = PLOT_WIDTH / max(len(months), 1)
    drawn = []
    for number, one in enumerate(series):
        points = [
            None if value is None else (LEFT + room * (place + 0.5), TOP + PLOT_HEIGHT * (1 - value / top))
            for place, value in enumerate(one.values)
        ]
        drawn.append(format_html('<path class="line line-{}" d="{}"/>', number, _path(points)))
        dots = (
            (number, f"{point[0]:.1f}", f"{point[1]:.1f}", months[place], one.label, one.shown[place])
            for place, point in enumerate(points)
            if point is not None
        )
        drawn.append(
            format_html_join(
                "", '<circle class="series-{}" cx="{}" cy="{}" r="4"><title>{}: {} {}</title></circle>', dots
            )
        )
    return _framed(title, months, top, unit, format_html_join("", "{}", ((piece,) for piece in drawn)))


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """The points as a path, with a new beginning after each gap."""
    parts, apart = [], True
    for point in points:
        if point is not None:
            parts.append(f"{'M' if apart else 'L'}{point[0]:.1f} {point[1]:.1f}")
        apart = point is None
    return "".join(parts)


def _framed(title: str, months: Sequence[str], top: float, unit: str, drawn: SafeString) -> SafeString:
    """Axes, their words, and what is drawn between them. The table beside it says all of it in words."""
    levels = [(TOP + PLOT_HEIGHT * (1 - step / LINES), top * step / LINES) for step in range(LINES + 1)]
    grid = format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, f"{y:.1f}", f"{y:.1f}", LEFT - 6, f"{y + 4:.1f}", f"{_round(value)}{unit}")
            for y, value in levels
        ),
    )
    room = PLOT_WIDTH / max(len(months), 1)
    every = 1 if len(months) <= MOST_LABELS else -(-len(months) // MORE_LABELS)
    names = format_html_join(
        "",
        '<text class="month" x="{}" y="{}">{}</text>',
        (
            (f"{LEFT + room * (place + 0.5):.1f}", HEIGHT - 6, month)
            for place, month in enumerate(months)
            if place % every == 0
        ),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        grid,
        drawn,
        names,
    )


def _round(value: float) -> str:
    """Thousands told apart, with no more after the language's decimal mark than there is."""
    return f"{value:,.6g}".replace(",", "\N{NO-BREAK SPACE}").replace(".", get_format("DECIMAL_SEPARATOR"))
