"""When a visit could be booked at the desk: the free times of the day, and what speaks against the time chosen.

Staff may book at any time: what speaks against it is said, and forbids nothing (docs/rules.md 1).
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.moments import day_names
from myosotis.domain.free_times import Span, Wanted, free_starts
from myosotis.flows.visit_booked import LONGEST
from myosotis.store import free_times
from myosotis.store.free_times import Times
from myosotis.store.models import Calendar, Service
from myosotis.value_class import value_class
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.communication.switches import filled_in, mask_of
from myosotis.web.desk.schedule.asked import instant_of, number_of, wall_at, wall_of
from myosotis.web.desk.schedule.booking_form import SWITCHES, BookingForm
from myosotis.web.times_shown import day_of

USUAL: Final = 30
"""Minutes of a visit without a service."""


@value_class
class When:
    """A time looked at: a day of a calendar, maybe with an hour already."""

    calendar: Calendar
    day: date
    minutes: int
    break_minutes: int
    wall: datetime | None
    """As chosen, by the clock on the wall."""

    @property
    def span(self) -> Span | None:
        """From when to when (UTC)."""
        if self.wall is None:
            return None
        start = instant_of(self.wall, self.calendar)
        return Span(start, start + timedelta(minutes=self.minutes))


@require_safe
@staff(*ANYBODY)
def times(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The free times of the day and what speaks against the time chosen; with `part=where` all that hangs on the calendar."""
    now = clock.now()
    if request.GET.get("part") == "where":
        form = BookingForm(desk, initial=_anew(desk, request.GET))
        context = {"form": form, "swapped": True, **where(desk, form, now)}
        return frame.answer(request, desk, "desk/schedule/book_where.piece.html", context)
    when = _when(desk, request.GET)
    return frame.answer(request, desk, "desk/schedule/book_times.piece.html", shown(desk, when, now))


def where(desk: Desk, form: BookingForm, now: datetime) -> dict[str, Any]:
    """What the part of the form needs that hangs on the calendar: its services, free times and switches."""
    calendar = form.chosen
    if calendar is None:
        return {"chosen": None}
    values = {name: str(form[name].value() or "") for name in ("calendar", "service", "day", "time", "minutes")}
    return {
        "chosen": calendar,
        "services": calendar.services.filter(active=True).order_by("pk"),
        "service_chosen": values["service"],
        "switches": [form[name] for name in SWITCHES],
        "filled": mask_of(filled_in(form.data, calendar.switches)),
        **shown(desk, _when(desk, values | {"calendar": str(calendar.pk)}), now),
    }


def _anew(desk: Desk, query: Mapping[str, str]) -> dict[str, Any]:
    """The fields after another calendar was chosen: its first service, its switches, the same day and time."""
    calendar = _calendar_in(desk, query)
    if calendar is None:
        return {}
    service = calendar.services.filter(active=True).order_by("pk").first()
    kept = {name: query.get(name, "") for name in ("day", "time")}
    switches = {name: getattr(calendar, name) for name in SWITCHES}
    lasting = {"service": service.pk, "minutes": service.minutes} if service else {"minutes": USUAL}
    return {"calendar": calendar.pk, **kept, **switches, **lasting}


def _calendar_in(desk: Desk, given: Mapping[str, str]) -> Calendar | None:
    key = number_of(given, "calendar")
    return None if key is None else desk.calendars().filter(pk=key).first()


def _when(desk: Desk, given: Mapping[str, str]) -> When | None:
    """What is chosen so far; None without a day or a calendar of this desk."""
    calendar, day = _calendar_in(desk, given), day_of(given.get("day", "")[:10])
    if calendar is None or day is None:
        return None
    key = number_of(given, "service")
    service: Service | None = None if key is None else calendar.services.filter(pk=key).first()
    minutes = number_of(given, "minutes") or (service.minutes if service else USUAL)
    return When(
        calendar=calendar,
        day=day,
        minutes=min(max(minutes, 1), LONGEST),
        break_minutes=service.break_minutes if service else 0,
        wall=wall_of(f"{day}T{given.get('time', '')[:5]}"),
    )


def shown(desk: Desk, when: When | None, now: datetime) -> dict[str, Any]:
    """The free times as people read and write them, and the warnings."""
    if when is None:
        return {"free": [], "warnings": []}
    loaded = free_times.load(when.calendar, when.day, when.day, now)
    zone = when.calendar.address.zone
    wanted = Wanted(minutes=when.minutes, break_minutes=when.break_minutes, step_minutes=when.calendar.slot_minutes)
    starts = free_starts(wanted, loaded.open_time, loaded.busy, not_before=now)
    walls = (f"{wall_at(start, zone):%H:%M}" for start in starts if wall_at(start, zone).date() == when.day)
    return {
        "free": list(dict.fromkeys(walls)),
        "free_day": day_names(when.day, desk.language).long,
        "time_chosen": f"{when.wall:%H:%M}" if when.wall else "",
        "warnings": list(_warnings(when, loaded, now)),
        "closed": not loaded.open_time,
    }


def _warnings(when: When, loaded: Times, now: datetime) -> Iterator[str]:
    span, zone = when.span, when.calendar.address.zone
    if span is None:
        return
    if wall_at(span.start, zone) != when.wall:
        text = _("There is no such hour on this day: the clocks change. It would start at %(clock)s.")
        yield text % {"clock": f"{wall_at(span.start, zone):%H:%M}"}
    if span.start < now:
        yield _("This time has passed.")
    for busy in loaded.visits:
        if _meets(busy, span):
            text = _("The doctor has a visit from %(begins)s to %(ends)s.")
            yield text % {"begins": f"{wall_at(busy.start, zone):%H:%M}", "ends": f"{wall_at(busy.end, zone):%H:%M}"}
    if any(_meets(busy, span) for busy in loaded.blocked):
        yield _("This time is blocked.")
    if any(_meets(busy, span) for busy in loaded.held):
        yield _("Somebody is booking this time online just now.")
    if not any(opened.start <= span.start and span.end <= opened.end for opened in loaded.open_time):
        yield _("This is outside of the opening hours.")


def _meets(one: Span, other: Span) -> bool:
    return one.start < other.end and one.end > other.start
