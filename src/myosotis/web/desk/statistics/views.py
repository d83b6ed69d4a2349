"""The page of statistics, and the table behind a chart as a file."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.context import HOME_ZONE
from myosotis.domain.figures import Figure, earlier, month_of, months_from
from myosotis.flows import found
from myosotis.flows.errors import NotFound
from myosotis.store import statistics_kept
from myosotis.store.models import Calendar
from myosotis.value_class import value_class
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.statistics.charts import Chart, all_of
from myosotis.web.desk.statistics.counted import Counted
from myosotis.web.desk.tables import table_file

USUALLY: Final = 12
LONGEST: Final = 36
"""Months."""


@value_class
class Asked:
    """What is to be shown: calendars, and months that follow each other."""

    calendars: list[Calendar]
    chosen: Calendar | None
    months: list[date]
    choice: list[date]
    """Months to choose from, the present one first."""

    @property
    def counted_calendars(self) -> list[Calendar]:
        return self.calendars if self.chosen is None else [self.chosen]


def _asked(request: HttpRequest, desk: Desk) -> Asked:
    """As the form says: without it, all calendars that are seen here and the last twelve months. Raises NotFound."""
    calendars = list(desk.calendars())
    wanted = request.GET.get("calendar", "")
    chosen = None
    if wanted:
        chosen = found.one(desk.calendars().filter(pk=id_in(wanted)), "calendar")
    zone = calendars[0].address.zone if calendars else HOME_ZONE
    this = month_of(clock.now(), zone)
    choice = [earlier(this, back) for back in range(LONGEST)]
    last = _month(request.GET.get("to", ""), choice) or this
    first = _month(request.GET.get("from", ""), choice) or earlier(last, USUALLY - 1)
    first, last = min(first, last), max(first, last)
    return Asked(calendars=calendars, chosen=chosen, months=months_from(first, last), choice=choice)


def _month(text: str, choice: list[date]) -> date | None:
    return next((month for month in choice if f"{month:%Y-%m}" == text), None)


def _figures(desk: Desk, asked: Asked) -> list[Figure]:
    others = desk.sees_all and asked.chosen is None
    return statistics_kept.read(desk.practice, asked.counted_calendars, asked.months, clock.now(), others=others)


@require_safe
@staff(*ANYBODY)
def statistics(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What the months came to, as charts with a table behind each."""
    asked = _asked(request, desk)
    charts = all_of(Counted(_figures(desk, asked), asked.months))
    short = [f"{month:%m.%y}" for month in asked.months]
    context = {
        "asked": asked,
        "first": asked.months[0],
        "last": asked.months[-1],
        "charts": [(chart, "" if chart.empty else chart.svg(short), _rows(chart, asked.months)) for chart in charts],
        "tiles": _tiles({chart.key: chart for chart in charts}),
        "anything": any(not chart.empty for chart in charts),
        "query": request.GET.urlencode(),
    }
    return frame.answer(request, desk, "desk/statistics/statistics.html", context)


def _rows(chart: Chart, months: list[date]) -> list[tuple[str, list[str]]]:
    """The table: a row for each month, the newest first."""
    cells = [column.shown for column in chart.columns]
    rows = [(date_format(month, "F Y"), [column[place] for column in cells]) for place, month in enumerate(months)]
    return rows[::-1]


def _tiles(charts: dict[str, Chart]) -> list[tuple[str, str]]:
    """The few numbers that are asked for first."""
    return [
        (_("visits held"), charts["visits"].columns[0].in_all),
        (_("missed"), charts["visits"].columns[-1].in_all),
        (_("freed times filled"), charts["freed"].columns[-1].in_all),
        (_("SMS cost"), charts["costs"].columns[0].in_all),
        (_("SMS saved by reading"), charts["fallback"].columns[1].in_all),
    ]


@require_safe
@staff(*ANYBODY)
def table(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The table of one chart (`chart`), by calendar and month, as a file that a Polish spreadsheet opens by itself."""
    asked = _asked(request, desk)
    figures = _figures(desk, asked)
    whole = {chart.key: chart for chart in all_of(Counted(figures, asked.months))}
    key = request.GET.get("chart", "visits")
    if key not in whole:
        raise NotFound("chart")
    header = [_("Month"), _("Doctor"), _("Address"), *(str(column.label) for column in whole[key].columns)]
    return table_file(key, header, list(_lines(desk, asked, figures, key)))


def _lines(desk: Desk, asked: Asked, figures: list[Figure], key: str) -> Iterator[list[str]]:
    """A line for each calendar and month; what belongs to no calendar comes last, for those who see all."""
    owners: list[Calendar | None] = [*asked.counted_calendars]
    if desk.sees_all and asked.chosen is None:
        owners.append(None)
    for owner in owners:
        own = [figure for figure in figures if figure.calendar_id == (owner.pk if owner else None)]
        if owner is None and not own:
            continue
        chart = {chart.key: chart for chart in all_of(Counted(own, asked.months))}[key]
        for place, month in enumerate(asked.months):
            yield [f"{month:%Y-%m}", *_named(owner), *(column.plain(column.values[place]) for column in chart.columns)]


def _named(calendar: Calendar | None) -> tuple[str, str]:
    if calendar is None:
        return "", ""
    return calendar.doctor.full_name, f"{calendar.address.street}, {calendar.address.city}"
