"""Figures as columns of a table: numbers, shares and money, one value for each month, and all of it together."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language

from myosotis.domain.figures import Figure, Measure
from myosotis.value_class import value_class
from myosotis.web.desk.statistics.drawing import Series, Value

NO_BREAK = "\N{NO-BREAK SPACE}"


@value_class
class Column:
    """A column of a table. `plain` is for a file: no units, no separators of thousands."""

    label: "str | Promise"
    values: Sequence[Value]
    together: Value
    written: Callable[[Value], str]
    plain: Callable[[Value], str]
    drawn: bool = True

    @property
    def shown(self) -> list[str]:
        return [self.written(value) for value in self.values]

    @property
    def in_all(self) -> str:
        return self.written(self.together)

    @property
    def series(self) -> Series:
        return Series(label=str(self.label), values=self.values, shown=self.shown)


class Counted:
    """Figures of some calendars, added up by month."""

    def __init__(self, figures: Sequence[Figure], months: Sequence[date]) -> None:
        self.months = months
        self._by_measure: dict[Measure, list[Figure]] = defaultdict(list)
        for figure in figures:
            self._by_measure[figure.measure].append(figure)

    def numbers(self, measure: Measure, *splits: str, channel: str = "") -> list[int]:
        """By month; of some splits only, if any are named."""
        return self._added(measure, splits, channel, lambda figure: figure.count)

    def parts(self, channel: str) -> list[int]:
        return self._added(Measure.SENT, (), channel, lambda figure: figure.parts)

    def costs(self, channel: str) -> list[float]:
        found: dict[date, Decimal] = dict.fromkeys(self.months, Decimal(0))
        for figure in self._by_measure[Measure.SENT]:
            if figure.channel == channel:
                found[figure.month] += figure.cost
        return [float(found[month]) for month in self.months]

    def _added(self, measure: Measure, splits: Sequence[str], channel: str, what: Callable[[Figure], int]) -> list[int]:
        found = dict.fromkeys(self.months, 0)
        for figure in self._by_measure[measure]:
            if (not splits or figure.split in splits) and (not channel or figure.channel == channel):
                found[figure.month] += what(figure)
        return [found[month] for month in self.months]


def number(label: "str | Promise", values: Sequence[int], *, drawn: bool = True) -> Column:
    return Column(label=label, values=values, together=sum(values), written=_whole, plain=_plain_whole, drawn=drawn)


def share(label: "str | Promise", part: Sequence[int], of: Sequence[int], *, drawn: bool = True) -> Column:
    """Per cent; nothing where there is nothing to have a part of."""
    values = [_per_cent(one, whole) for one, whole in zip(part, of, strict=True)]
    together = _per_cent(sum(part), sum(of))
    return Column(label=label, values=values, together=together, written=_percent, plain=_plain_percent, drawn=drawn)


def money(label: "str | Promise", values: Sequence[float], *, drawn: bool = True) -> Column:
    return Column(label=label, values=values, together=sum(values), written=_money, plain=_plain_money, drawn=drawn)


def added(*rows: Sequence[int]) -> list[int]:
    return [sum(values) for values in zip(*rows, strict=True)]


def less(row: Sequence[int], other: Sequence[int]) -> list[int]:
    return [one - two for one, two in zip(row, other, strict=True)]


def _per_cent(part: int, whole: int) -> Value:
    return part / whole * 100 if whole else None


def _comma(text: str) -> str:
    return text if (get_language() or "").startswith("en") else text.replace(".", ",")


def _spaced(value: float, places: int) -> str:
    whole, _point, rest = f"{value:,.{places}f}".partition(".")
    return _comma(f"{whole.replace(',', NO_BREAK)}.{rest}" if rest else whole.replace(",", NO_BREAK))


def _whole(value: Value) -> str:
    return _spaced(value or 0, 0)


def _percent(value: Value) -> str:
    return "\N{EN DASH}" if value is None else f"{_spaced(value, 1)}{NO_BREAK}%"


def _money(value: Value) -> str:
    return f"{_spaced(value or 0, 2)}{NO_BREAK}zł"


def _plain_whole(value: Value) -> str:
    return f"{value or 0:.0f}"


def _plain_percent(value: Value) -> str:
    return "" if value is None else _comma(f"{value:.1f}")


def _plain_money(value: Value) -> str:
    return _comma(f"{value or 0:.2f}")
