"""The pages of the schedule: the week or the day with its list, and what the picture of it is drawn from."""

from datetime import datetime, time
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.moments import day_names
from myosotis.domain.free_times import days_between
from myosotis.store import schedule
from myosotis.value_class import value_class
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.schedule.asked import WALL, Asked, View, asked_for, wall_at
from myosotis.web.desk.schedule.entries import ICONS, Writer, as_json

EARLIEST: Final = time(8)
LATEST: Final = time(18)
"""The hours shown in any case; opening hours and visits outside of them are shown too."""
LAST_HOUR: Final = 23


@require_safe
@staff(*ANYBODY)
def schedule_page(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The week or the day, and the day's list."""
    now = clock.now()
    asked = asked_for(request, desk, now)
    return frame.answer(
        request, desk, "desk/schedule/schedule.html", {**_listed(desk, asked, now), **_frame(asked, desk)}
    )


@require_safe
@staff(*ANYBODY)
def day_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The day's list alone, to be loaded anew."""
    now = clock.now()
    return frame.answer(
        request, desk, "desk/schedule/lists.piece.html", _listed(desk, asked_for(request, desk, now), now)
    )


@require_safe
@staff(*ANYBODY)
def events(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What the picture shows, as JSON: wall times of each address, never instants that a browser could shift."""
    now = clock.now()
    asked = asked_for(request, desk, now)
    writer = _writer(desk, asked, now, whole=True)
    return JsonResponse(
        {
            "entries": [as_json(entry) for entry in writer.entries()],
            "closed": writer.closed(asked.first, asked.last, together=asked.view is View.WEEK),
            "now": [
                {"calendars": [calendar.pk], "start": wall_at(now, calendar.address.zone).strftime(WALL)}
                for calendar in asked.calendars
            ],
        }
    )


def _writer(desk: Desk, asked: Asked, now: datetime, *, whole: bool) -> Writer:
    """Of all days that the picture shows, or of the list's only."""
    first, last = (asked.first, asked.last) if whole else (asked.day, asked.day)
    loaded = schedule.load(desk.practice, asked.calendars, first, last, now, cancelled=asked.cancelled)
    return Writer(schedule=loaded, calendars=asked.calendars, language=desk.language, now=now)


def _listed(desk: Desk, asked: Asked, now: datetime) -> dict[str, Any]:
    return {
        "asked": asked,
        "lists": _writer(desk, asked, now, whole=False).day_lists(asked.day),
        "day_name": day_names(asked.day, desk.language).long,
    }


@value_class
class DayLink:
    """A day of the week to go to."""

    url: str
    name: str
    today: bool
    shown: bool


def _frame(asked: Asked, desk: Desk) -> dict[str, Any]:
    """What stands around the picture."""
    first, last = day_names(asked.first, desk.language), day_names(asked.last, desk.language)
    opens, closes = _hours_shown(asked)
    return {
        "title": first.long if asked.view is View.DAY else f"{first.shorter} \N{EN DASH} {last.short}",
        "day_links": [
            DayLink(
                url=asked.url(day=day),
                name=day_names(day, desk.language).shorter,
                today=day == asked.today,
                shown=day == asked.day,
            )
            for day in asked.days
        ],
        "state_icons": ICONS,
        "picture": {
            "view": asked.view,
            "day": asked.first.isoformat(),
            "today": asked.today.isoformat(),
            "opens": opens,
            "closes": closes,
            "step": min((calendar.slot_minutes for calendar in asked.calendars), default=15),
            "language": desk.language,
            "calendars": [
                {"id": calendar.pk, "title": f"{calendar.doctor.full_name}, {calendar.address.street}"}
                for calendar in asked.calendars
            ],
        },
    }


def _hours_shown(asked: Asked) -> tuple[str, str]:
    """The hours of the picture, whole ones: from the first opening to the last closing of its days."""
    opening = schedule.opening_of([calendar.pk for calendar in asked.calendars], asked.first, asked.last)
    stretches = [
        stretch
        for day in days_between(asked.first, asked.last)
        for each in opening.values()
        for stretch in each.stretches(day)
    ]
    opens = min([EARLIEST, *(stretch.opens for stretch in stretches)])
    closes = max([LATEST, *(stretch.closes for stretch in stretches)])
    until = closes.hour + (1 if closes.minute else 0)
    # The picture writes no hour at its upper edge: it begins an hour before.
    return f"{max(opens.hour - 1, 0):02}:00", f"{min(until, LAST_HOUR + 1):02}:00"
