"""Moving a visit: a free time of this or another calendar, or any other time that staff choose."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.domain.window import instant
from myosotis.domain.words import Party, Via
from myosotis.flows import found, visit_moved
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.models import Calendar, Visit
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import done, say, warn
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.visits.forms import OTHER_TIME, MoveForm
from myosotis.web.desk.visits.leaving import offered
from myosotis.web.desk.visits.seen import refused, seen, url_of
from myosotis.web.desk.visits.views import page_with
from myosotis.web.times_shown import Some, Times, day_of, start_of


@value_class
class Choice:
    """Where a visit may go: the calendars, and the free times of the one that is looked at."""

    calendars: list[Calendar]
    calendar: Calendar
    some: Some
    since: date


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def move(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/move?calendar=<id>&since=<day>`: free times to choose from; a POST moves the visit."""
    visit = seen(desk, visit_id)
    if request.method != "POST":
        calendar_id = id_in(request.GET.get("calendar", "")) or visit.calendar_id
        by = request.GET.get("by", Party.PRACTICE.value)
        form = MoveForm(initial={"revision": visit.revision, "calendar": calendar_id, "by": by, **_kept(request)})
        return _form(request, desk, visit, form, calendar_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _form(request, desk, visit, form, form.cleaned_data.get("calendar", visit.calendar_id))
    target = found.one(desk.calendars().filter(id=form.cleaned_data["calendar"]), "calendar")
    start = _start(form, target)
    if start is None:
        form.add_error("day", _("Choose a day and a time."))
        return _form(request, desk, visit, form, target.pk)
    return _moved(request, desk, visit, form, target, start)


def _kept(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("day", "clock") if name in request.GET}


def _moved(
    request: HttpRequest, desk: Desk, visit: Visit, form: MoveForm, target: Calendar, start: datetime
) -> HttpResponse:
    now = clock.now()
    try:
        moved = visit_moved.move(
            practice=desk.practice, visit_id=visit.pk, by=Party(form.cleaned_data["by"]), via=Via.DESK,
            actor=desk.actor, now=now, start=start, calendar_id=target.pk,
            expected_revision=form.cleaned_data["revision"],
        )  # fmt: skip
    except Invalid as invalid:
        form.refuse(invalid)
        return _form(request, desk, visit, form, target.pk)
    except Conflict as conflict:
        return refused(request, visit.pk, conflict)
    if not moved.changed:
        warn(request, _("The visit stands there already."))
        return done(request, url_of(visit.pk))
    said = " ".join(filter(None, [_("The visit was moved."), offered(desk, visit, now)]))
    say(request, said, undo=reverse("desk:visit_undo", args=[visit.pk]))
    if moved.overlaps:
        warn(request, _("It overlaps another visit of the same calendar."))
    return done(request, url_of(visit.pk))


def _start(form: MoveForm, target: Calendar) -> datetime | None:
    """What was chosen, as an instant (UTC); a time on the wall is one of the target's address."""
    given: dict[str, Any] = form.cleaned_data
    if given["start"] != OTHER_TIME:
        return start_of(given["start"])
    if given["day"] is None or given["clock"] is None:
        return None
    return instant(given["day"], given["clock"], target.address.zone).astimezone(UTC)


def _form(request: HttpRequest, desk: Desk, visit: Visit, form: MoveForm, calendar_id: int) -> HttpResponse:
    context = {"form": form, "choice": _choice(request, desk, visit, calendar_id), "other_time": OTHER_TIME}
    return page_with(request, desk, visit, "desk/visits/move.html", context, 422 if form.is_bound else 200)


def _choice(request: HttpRequest, desk: Desk, visit: Visit, calendar_id: int) -> Choice:
    calendars = list(desk.calendars())
    target = next((calendar for calendar in calendars if calendar.pk == calendar_id), None)
    target = target or found.one(desk.calendars().filter(id=calendar_id), "calendar")
    since = day_of(request.GET.get("since", "")) or visit.start.astimezone(target.address.zone).date()
    minutes = int((visit.end - visit.start) / timedelta(minutes=1))
    times = Times(
        target, minutes, visit.service.break_minutes if visit.service else 0, desk.language, clock.now(),
        instead_of=visit,
    )  # fmt: skip
    before = day_of(request.GET.get("before", ""))
    some = times.since(since) if before is None else times.before(before)
    return Choice(calendars=calendars, calendar=target, some=some, since=since)
