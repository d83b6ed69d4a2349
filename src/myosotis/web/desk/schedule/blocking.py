"""Time of a calendar is blocked by hand, and freed again."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.flows import calendar_changed, found
from myosotis.flows.errors import Invalid, NotFound
from myosotis.store.models import BlockedTime, Calendar
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.fields import DayField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.once import once
from myosotis.web.desk.schedule.asked import calendar_of, instant_of, number_of, wall_at, wall_of
from myosotis.web.desk.schedule.fields import CalendarField, done_in_drawer, piece_or_page, time_input
from myosotis.web.times_shown import day_of, start_of, written


class BlockForm(DeskForm):
    """From when to when, by the clock on the wall of the address."""

    calendar = CalendarField(label=gettext_lazy("Calendar"))
    day = DayField(label=gettext_lazy("Day"))
    begins = forms.TimeField(label=gettext_lazy("From"), widget=time_input())
    end = forms.TimeField(label=gettext_lazy("Until"), widget=time_input())

    def __init__(self, desk: Desk, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["calendar"].queryset = desk.calendars()  # type: ignore[attr-defined] # of a ModelChoiceField


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
@once("desk:schedule", end=done_in_drawer)
def block(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Block time; the form comes filled with what was chosen in the picture."""
    if request.method != "POST":
        return _form(request, desk, BlockForm(desk, initial=_chosen(request)))
    form = BlockForm(desk, request.POST)
    if not form.is_valid():
        return _form(request, desk, form)
    calendar, day = form.cleaned_data["calendar"], form.cleaned_data["day"]
    begins, ends = (datetime.combine(day, form.cleaned_data[name]) for name in ("begins", "end"))
    try:
        blocked = _block(desk, calendar, instant_of(begins, calendar), instant_of(ends, calendar))
    except Invalid as error:
        form.refuse(error)
        return _form(request, desk, form)
    frame.say(request, _("The time is blocked."), undo=reverse("desk:schedule_free", args=[blocked.pk]))
    return done_in_drawer(request, f"{reverse('desk:schedule')}?day={day}")


def _form(request: HttpRequest, desk: Desk, form: BlockForm) -> HttpResponse:
    return frame.answer(
        request, desk, piece_or_page(request, "block"), {"form": form}, status=422 if form.is_bound else 200
    )


def _chosen(request: HttpRequest) -> dict[str, Any]:
    wall = wall_of(request.GET.get("start", ""))
    day = day_of(request.GET.get("start", "")[:10])
    chosen: dict[str, Any] = {"calendar": request.GET.get("calendar", ""), "day": day}
    if wall is not None:
        lasting = min(number_of(request.GET, "minutes") or 60, 24 * 60)
        chosen |= {"day": wall.date(), "begins": wall.time(), "end": (wall + timedelta(minutes=lasting)).time()}
    return chosen


def _block(desk: Desk, calendar: Calendar, start: datetime, end: datetime) -> BlockedTime:
    return calendar_changed.block(
        practice=desk.practice, calendar_id=calendar.pk, start=start, end=end, actor=desk.actor, now=clock.now()
    )


@require_safe
@staff(*ANYBODY)
def blocked(request: HttpRequest, desk: Desk, blocked_id: int) -> HttpResponse:
    """What blocks the time, with the way to free it."""
    row = _blocked_of(desk, blocked_id)
    zone = row.calendar.address.zone
    context = {
        "blocked": row,
        "zone": zone,
        "same_day": wall_at(row.start, zone).date() == wall_at(row.end, zone).date(),
    }
    return frame.answer(request, desk, piece_or_page(request, "blocked"), context)


@require_POST
@staff(*ANYBODY)
def free(request: HttpRequest, desk: Desk, blocked_id: int) -> HttpResponse:
    """Free blocked time again."""
    row = _blocked_of(desk, blocked_id)
    calendar_changed.unblock(practice=desk.practice, blocked_id=row.pk, actor=desk.actor, now=clock.now())
    back = reverse("desk:schedule_block_again", args=[row.calendar_id, written(row.start), written(row.end)])
    if row.source_uid:
        back = ""  # blocked again it would no longer be the file's, and the next import would double it
    frame.say(request, _("The time is free again."), undo=back)
    return done_in_drawer(request, reverse("desk:schedule"))


@require_POST
@staff(*ANYBODY)
def block_again(request: HttpRequest, desk: Desk, calendar_id: int, begins: str, ends: str) -> HttpResponse:
    """Take back that time was freed."""
    start, end = start_of(begins), start_of(ends)
    if start is None or end is None or not start < end:
        raise NotFound("time")
    _block(desk, calendar_of(desk, str(calendar_id)), start, end)
    frame.say(request, _("The time is blocked again."))
    return frame.done(request, reverse("desk:schedule"))


def _blocked_of(desk: Desk, blocked_id: int) -> BlockedTime:
    rows = desk.practice.blocked_times.filter(pk=blocked_id, calendar__in=desk.calendars())
    return found.one(rows.select_related("calendar__doctor", "calendar__address"), "blocked time")
