"""Blocked time: no patient can have it; what is booked in it stays."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.domain.window import instant
from myosotis.flows import calendar_changed, found
from myosotis.flows.errors import REFUSED
from myosotis.store import free_times, visits_outside
from myosotis.store.models import BlockedTime, Calendar
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.fields import ClockField, DayField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer, done, say
from myosotis.web.desk.settings import calendars, undoing
from myosotis.web.desk.settings.days import FURTHEST, LONGEST
from myosotis.web.desk.settings.forms import typed
from myosotis.web.desk.settings.hours import ended

MOST: Final = 200
"""Blocked times that are listed at once."""


class BlockForm(DeskForm):
    """From when to when, by the clock at the address."""

    first = DayField(label=gettext_lazy("Day"))
    opens = ClockField(label=gettext_lazy("From"))
    closes = ClockField(label=gettext_lazy("To"))
    last = DayField(label=gettext_lazy("Up to the day"), required=False, help_text=gettext_lazy("Empty: the same day."))

    def __init__(self, calendar: Calendar, now: datetime, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.zone, self.now = free_times.zone_of(calendar), now

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, opens, closes = (given.get(name) for name in ("first", "opens", "closes"))
        last = given.get("last") or first
        if first is None or opens is None or closes is None or last is None or self.errors:
            return given
        if not self._is_sensible(first, last):
            self.add_error("first" if first == last else "last", _("A day from today on, within three years."))
            return given
        start, end = instant(first, opens, self.zone), instant(last, closes, self.zone)
        if end <= start:
            self.add_error("closes", _("It has to end after it begins."))
        elif end <= self.now:
            self.add_error("closes", _("This time is over."))
        return {**given, "start": start, "end": end}

    def _is_sensible(self, first: date, last: date) -> bool:
        today = self.now.astimezone(self.zone).date()
        return today <= first <= today + FURTHEST and last - first < LONGEST


@value_class
class Block:
    """A blocked time, and how many visits stand in it."""

    row: BlockedTime
    visits: int
    from_file: bool


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def blocks(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/blocks`."""
    row = calendars.at(desk, calendar_id)
    form = BlockForm(row, clock.now(), typed(request))
    status = HTTPStatus.OK
    if form.is_bound:
        if form.is_valid():
            try:
                _block(request, desk, row, form.cleaned_data["start"], form.cleaned_data["end"])
            except REFUSED as error:
                form.refuse(error)
            else:
                return redirect("desk:blocks", row.pk)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"calendar": row, "form": form, "blocks": _blocks(row, clock.now()), "zone": free_times.zone_of(row)}
    return answer(request, desk, "desk/settings/blocks.html", context, status)


def _blocks(calendar: Calendar, now: datetime) -> list[Block]:
    rows = list(calendar.blocked_times.filter(end__gt=now).order_by("start", "pk")[:MOST])
    visits = visits_outside.counted_within(calendar, [(row.start, row.end) for row in rows])
    return [
        Block(row=row, visits=count, from_file=bool(row.source_uid)) for row, count in zip(rows, visits, strict=True)
    ]


def _block(request: HttpRequest, desk: Desk, calendar: Calendar, start: datetime, end: datetime) -> None:
    running = desk.practice.offers.filter(calendar__doctor_id=calendar.doctor_id, closed_at=None)
    ran = running.count()
    blocked = calendar_changed.block(
        practice=desk.practice, calendar_id=calendar.pk, start=start, end=end, actor=desk.actor, now=clock.now()
    )
    (inside,) = visits_outside.counted_within(calendar, [(start, end)])
    said = [_("The time is blocked.")]
    if inside:
        stay = ngettext(
            "%(count)s visit stands in this time; it stays booked.",
            "%(count)s visits stand in this time; they stay booked.",
            inside,
        )
        said.append(stay % {"count": inside})
    said += ended(ran - running.count())
    say(request, " ".join(said), undo=reverse("desk:block_remove", args=(calendar.pk, blocked.pk)))


@require_POST
@staff(*ANYBODY)
def block_remove(request: HttpRequest, desk: Desk, calendar_id: int, block_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/blocks/<id>/remove`: patients can have that time again."""
    row = calendars.at(desk, calendar_id)
    blocked = found.one(row.blocked_times.filter(pk=block_id), "blocked time")
    calendar_changed.unblock(practice=desk.practice, blocked_id=blocked.pk, actor=desk.actor, now=clock.now())
    # Blocked again by hand it would not be the file's any more, and the next import would double it.
    undo = "" if blocked.source_uid else undoing.keep_blocked(request, row.pk, blocked.start, blocked.end)
    say(request, _("The time is free again."), undo=undo)
    return done(request, reverse("desk:blocks", args=(row.pk,)))
