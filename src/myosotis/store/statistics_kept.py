"""Figures of months that are settled are kept; statistics read them, and count anew only the months that are not.

Late news (a delivery report, a reading, a visit marked as missed) comes within days or weeks: a month is settled
`SETTLES_IN` after its end. Whether it is kept already or counted anew, what is read is the same.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Min

from myosotis.domain.figures import Figure, Measure, earlier, month_of, months_from
from myosotis.store import statistics
from myosotis.store.models import Calendar, MonthlyFigure, Practice

SETTLES_IN: Final = timedelta(days=14)
LONGEST: Final = 24
"""Months back for which rows are there to be counted (docs/rules.md 6)."""
_COLUMNS: Final = ("practice_id", "calendar_id", "month", "measure", "split", "channel", "count", "parts", "cost")


def read(
    practice: Practice, calendars: Sequence[Calendar], months: Sequence[date], now: datetime, *, others: bool = False
) -> list[Figure]:
    """The figures of months: kept ones as they were kept, the rest as they are at `now` (UTC)."""
    stored = practice.monthly_figures.filter(month__in=months)
    kept = set(stored.filter(measure=Measure.KEPT).values_list("month", flat=True))
    wanted = {calendar.pk for calendar in calendars} | ({None} if others else set())
    rows = stored.exclude(measure=Measure.KEPT).values_list(*_COLUMNS[1:]) if kept else ()
    figures = [
        Figure(calendar, month, Measure(measure), *rest)
        for calendar, month, measure, *rest in rows
        if calendar in wanted and month in kept
    ]
    anew = [month for month in months if month not in kept]
    if anew:
        begun = _begun(practice, calendars)
        anew = [month for month in anew if month >= begun]
    return figures + statistics.count(practice, calendars, anew, now, others=others)


def _begun(practice: Practice, calendars: Sequence[Calendar]) -> date:
    """A month before which there is nothing to count: to find that out takes eight questions a month.

    Visits that were taken over may be older than the practice is here. A day is added for other calendars' clocks.
    """
    zone = calendars[0].address.zone if calendars else ZoneInfo("UTC")
    first = practice.visits.aggregate(first=Min("start"))["first"] or practice.created_at
    return month_of(min(first, practice.created_at) - timedelta(days=1), zone)


def keep(now: datetime) -> int:
    """Count and keep the months that are settled at `now` (UTC) and not kept yet; how many."""
    return sum(_keep(practice, now) for practice in Practice.objects.order_by("pk"))


def _keep(practice: Practice, now: datetime) -> int:
    calendars = list(practice.calendars.select_related("address").order_by("pk"))
    begun = practice.visits.aggregate(first=Min("start"))["first"]
    if begun is None or not calendars:
        return 0
    zone = calendars[0].address.zone
    settled = earlier(month_of(now - SETTLES_IN, zone), 1)
    first = max(month_of(begun, zone), earlier(settled, LONGEST))
    there = practice.monthly_figures.filter(measure=Measure.KEPT).values_list("month", flat=True)
    missing = sorted(set(months_from(first, settled)) - set(there))
    for month in missing:
        _keep_month(practice, calendars, month, now)
    return len(missing)


def _keep_month(practice: Practice, calendars: Sequence[Calendar], month: date, now: datetime) -> None:
    """Counted first and written at once: nobody waits for the counting, and the mark stands only beside the figures."""
    kept = [
        Figure(None, month, Measure.KEPT, "", "", 1),
        *statistics.count(practice, calendars, [month], now, others=True),
    ]
    rows = [
        (
            practice.pk, figure.calendar_id, figure.month, figure.measure, figure.split, figure.channel, figure.count,
            figure.parts, figure.cost,
        )
        for figure in kept
    ]  # fmt: skip
    MonthlyFigure.objects.bulk_create(MonthlyFigure(**dict(zip(_COLUMNS, row, strict=True))) for row in rows)
