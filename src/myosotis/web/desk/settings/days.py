"""Days that differ from the week: closed or open at other hours, for a range of days; and public holidays."""

from collections.abc import Iterable
from datetime import date, time, timedelta
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.content.holidays import name as holiday_name
from myosotis.content.moments import day_names
from myosotis.domain.free_times import days_between
from myosotis.flows import days_changed, holidays_proposed
from myosotis.flows.days_changed import Days, Hours
from myosotis.flows.errors import REFUSED
from myosotis.store import free_times, visits_outside
from myosotis.store.models import Calendar
from myosotis.value_class import value_class
from myosotis.web.desk import errors
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.fields import ClockField, DayField, PickField, SwitchField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer, done, say, warn
from myosotis.web.desk.settings import calendars, undoing
from myosotis.web.desk.settings.forms import typed
from myosotis.web.desk.settings.hours import consequences

CLOSED, OTHER = "closed", "other"
LONGEST: Final = timedelta(days=366)
FURTHEST: Final = timedelta(days=3 * 366)


class DaysForm(DeskForm):
    """From when to when, and how these days differ."""

    first = DayField(label=gettext_lazy("First day"))
    last = DayField(label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: that one day."))
    what = PickField(
        label=gettext_lazy("On these days the calendar is"),
        choices=((CLOSED, gettext_lazy("closed all day")), (OTHER, gettext_lazy("open at other hours"))),
        initial=CLOSED,
    )
    opens = ClockField(label=gettext_lazy("Open from"), required=False)
    closes = ClockField(label=gettext_lazy("Open to"), required=False)
    everywhere = SwitchField(label=gettext_lazy("In all calendars of this doctor"))

    def __init__(self, today: date, several: bool, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.today = today
        if not several:
            del self.fields["everywhere"]

    def clean_first(self) -> date:
        first: date = self.cleaned_data["first"]
        if not self.today <= first <= self.today + FURTHEST:
            raise forms.ValidationError(_("A day from today on, within three years."))
        return first

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first is not None and last is not None and not timedelta(0) <= last - first < LONGEST:
            self.add_error("last", _("A day after the first one, within a year."))
        if given.get("what") == OTHER:
            self._check_hours(given.get("opens"), given.get("closes"))
        else:
            for hidden in ("opens", "closes"):
                self.errors.pop(hidden, None)
        return given

    def _check_hours(self, opens: time | None, closes: time | None) -> None:
        for name, value in (("opens", opens), ("closes", closes)):
            if value is None and name not in self.errors:
                self.add_error(name, _("Say from when and to when it is open."))
        if opens is not None and closes is not None and closes <= opens:
            self.add_error("closes", _("It has to end after it begins, before midnight."))


@value_class
class Stretch:
    """Days in a row that differ in the same way."""

    first: date
    last: date
    hours: tuple[tuple[time, time], ...]
    visits: int
    """That stand on them outside of opening hours."""
    shown: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def days(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/days`."""
    row = calendars.at(desk, calendar_id)
    today = free_times.today(row, clock.now())
    several = desk.calendars().filter(doctor_id=row.doctor_id).count() > 1
    form = DaysForm(today, several, typed(request))
    status = HTTPStatus.OK
    if form.is_bound:
        if form.is_valid():
            try:
                _add(request, desk, row, form.cleaned_data)
            except REFUSED as error:
                form.refuse(error)
            else:
                return redirect("desk:days", row.pk)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    outside = visits_outside.ahead(row, clock.now())
    context = {
        "calendar": row,
        "form": form,
        "stretches": _stretches(row, today, visits_outside.by_day(outside), desk),
        "holidays": _holidays(desk, row),
        "outside": outside,
    }
    return answer(request, desk, "desk/settings/days.html", context, status)


def _add(request: HttpRequest, desk: Desk, calendar: Calendar, given: dict[str, Any]) -> None:
    first, last = given["first"], given["last"] or given["first"]
    hours: Hours = [(given["opens"], given["closes"])] if given["what"] == OTHER else []
    which = [calendar]
    if given.get("everywhere"):
        which = list(desk.calendars().filter(doctor_id=calendar.doctor_id))
    wanted = {one.pk: _wanted(one, first, last, hours) for one in which}
    _set(request, desk, which, wanted, _("The days are saved."))


def _wanted(calendar: Calendar, first: date, last: date, hours: Hours) -> Days:
    """Other hours over several days leave those alone on which the calendar is closed by the week."""
    opening = free_times.opening(calendar, first, last)
    return {
        day: hours for day in days_between(first, last) if first == last or not hours or opening.week.get(day.weekday())
    }


def _set(request: HttpRequest, desk: Desk, which: Iterable[Calendar], wanted: dict[int, Days], said: str) -> None:
    now = clock.now()
    changed = days_changed.set_days(practice=desk.practice, days=wanted, actor=desk.actor, now=now)
    hit = sum(visit.day in wanted[calendar.pk] for calendar in which for visit in visits_outside.ahead(calendar, now))
    said = " ".join([said, *consequences(hit, changed.offers_ended)])
    say(request, said, undo=undoing.keep_days(request, changed.before))


@require_POST
@staff(*ANYBODY)
def days_remove(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/days/remove`: the week's hours hold again from `first` to `last`."""
    row = calendars.at(desk, calendar_id)
    back = reverse("desk:days", args=(row.pk,))
    try:
        first, last = (date.fromisoformat(request.POST.get(name, "")) for name in ("first", "last"))
    except ValueError:
        warn(request, _("These are no days."))
        return done(request, back)
    known = row.opening_exceptions.filter(day__gte=first, day__lte=last).values_list("day", flat=True)
    if wanted := dict.fromkeys(known):
        _set(request, desk, [row], {row.pk: wanted}, _("The usual hours hold on these days again."))
    return done(request, back)


@require_POST
@staff(*ANYBODY)
def holidays_close(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/days/holidays`: close on the public holidays that were ticked."""
    row = calendars.at(desk, calendar_id)
    proposed = holidays_proposed.proposed(practice=desk.practice, calendar_id=row.pk, now=clock.now())
    ticked = set(request.POST.getlist("day"))
    chosen = [one.day for one in proposed if one.day.isoformat() in ticked]
    if chosen:
        try:
            _set(
                request,
                desk,
                [row],
                {row.pk: dict.fromkeys(chosen, ())},
                _("The calendar is closed on these holidays."),
            )
        except REFUSED as error:
            warn(request, errors.words(error))
    else:
        warn(request, _("No holiday was ticked."))
    return redirect("desk:days", row.pk)


def _holidays(desk: Desk, calendar: Calendar) -> list[dict[str, Any]]:
    proposed = holidays_proposed.proposed(practice=desk.practice, calendar_id=calendar.pk, now=clock.now())
    return [
        {
            "day": one.day.isoformat(),
            "shown": day_names(one.day, desk.language).long,
            "name": holiday_name(one.holiday, desk.language),
            "visits": one.visits,
        }
        for one in proposed
    ]


def _stretches(calendar: Calendar, today: date, visits: dict[date, int], desk: Desk) -> list[Stretch]:
    """The days from today on that differ, those in a row that differ alike as one."""
    by_day: dict[date, list[tuple[time, time]]] = {}
    rows = calendar.opening_exceptions.filter(day__gte=today).order_by("day", "opens")
    for day, opens, closes in rows.values_list("day", "opens", "closes"):
        by_day.setdefault(day, []).extend([] if opens is None or closes is None else [(opens, closes)])
    runs: list[list[date]] = []
    for day, hours in by_day.items():
        before = runs[-1][-1] if runs else None
        if before is not None and day - before == timedelta(days=1) and hours == by_day[before]:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [
        Stretch(
            first=run[0],
            last=run[-1],
            hours=tuple(by_day[run[0]]),
            visits=sum(visits.get(day, 0) for day in run),
            shown=_range(run[0], run[-1], desk),
        )
        for run in runs
    ]


def _range(first: date, last: date, desk: Desk) -> str:
    begins = day_names(first, desk.language).long
    return begins if first == last else f"{begins} – {day_names(last, desk.language).long}"
