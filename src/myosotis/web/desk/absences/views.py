"""Absences: the history, a new one, and following one until everybody knows."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.domain.words import AbsenceWay
from myosotis.flows import doctor_absent, found
from myosotis.flows.errors import REFUSED, Conflict
from myosotis.store import absences as reading
from myosotis.store.models import Absence, Calendar
from myosotis.web.desk import errors
from myosotis.web.desk.absences import shown
from myosotis.web.desk.absences.forms import ONE, AbsenceForm
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer, done, say, warn
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.once import once
from myosotis.web.times_shown import day_of

HISTORY = 50
MOST_TAKEN_BACK = 400
"""Visits that are taken back at once: their minute is running."""


@require_safe
@staff(*ANYBODY)
def absences(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/absences`: the latest first."""
    rows = shown.of_desk(desk).prefetch_related("calendars__calendar__doctor", "calendars__calendar__address")
    listed = [shown.heading(absence, desk.language) for absence in rows.order_by("-created_at", "-id")[:HISTORY]]
    return answer(request, desk, "desk/absences/absences.html", {"absences": listed})


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
@once("desk:absences", button="begin")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/absences/new?calendar=<id>&day=<day>`: a POST with `begin` closes the calendars, any other looks ahead."""
    calendars = list(desk.calendars())
    if request.method != "POST":
        return _form(request, desk, AbsenceForm(calendars, initial=_asked(request, calendars)), {})
    form = AbsenceForm(calendars, request.POST)
    valid = form.is_valid()
    if "begin" not in request.POST:
        return _look(request, desk, form, calendars)
    if not valid:
        return _form(request, desk, form, _affected(desk, form, calendars), status=422)
    try:
        absence = doctor_absent.begin(
            practice=desk.practice, plan=form.plan(), otherwise=form.otherwise(), actor=desk.actor, now=clock.now()
        )
    except REFUSED as refused:
        form.refuse(refused)
        return _form(request, desk, form, _affected(desk, form, calendars), status=422)
    return _to(request, absence)


def _asked(request: HttpRequest, calendars: list[Calendar]) -> dict[str, Any]:
    """What the address names beforehand: a calendar with the doctor's others, and a day."""
    asked = id_in(request.GET.get("calendar", ""))
    doctor = next((calendar.doctor_id for calendar in calendars if calendar.pk == asked), None)
    chosen = [calendar.pk for calendar in calendars if calendar.doctor_id == doctor]
    day = day_of(request.GET.get("day", "")) or clock.now().date()
    only = [calendar.pk for calendar in calendars] if len({one.doctor_id for one in calendars}) == 1 else chosen
    return {"calendars": only, "first_day": day, "last_day": day, "way": AbsenceWay.CANCEL.value}


def _look(request: HttpRequest, desk: Desk, form: AbsenceForm, calendars: list[Calendar]) -> HttpResponse:
    """The visits that the form would touch; what is missing yet is no error here."""
    affected = _affected(desk, form, calendars)
    if request.headers.get("HX-Request"):
        return answer(request, desk, "desk/absences/affected.piece.html", affected)
    for name in set(form.errors) - {"calendars", "first_day", "last_day", "from_time", "until_time"}:
        del form.errors[name]
    return _form(request, desk, form, affected)


def _affected(desk: Desk, form: AbsenceForm, calendars: list[Calendar]) -> dict[str, Any]:
    given = form.cleaned_data
    if not {"calendars", "first_day", "last_day"} <= set(given):
        return {"visits": None}
    zones = {one.pk: one.address.zone for one in calendars if one.pk in given["calendars"]}
    rows = reading.affected(desk.practice, zones, form.times(), clock.now())
    chosen = form.otherwise()
    ways = [(way.value, word) for way, word in ONE.items()]
    visits = shown.with_contact(desk, rows, clock.now(), chosen)
    return {"visits": visits, "ways": ways, "too_many": len(visits) == shown.MOST}


def _form(
    request: HttpRequest, desk: Desk, form: AbsenceForm, affected: dict[str, Any], status: int = 200
) -> HttpResponse:
    return answer(request, desk, "desk/absences/new.html", {"form": form, **affected}, status=status)


@require_safe
@staff(*ANYBODY)
def absence(request: HttpRequest, desk: Desk, absence_id: int) -> HttpResponse:
    """`/desk/absences/<id>`: how far it has come, and who knows; the piece loads itself anew every ten seconds."""
    one = _reached(desk, absence_id)
    piece = "piece." * bool(request.headers.get("HX-Request"))
    return answer(request, desk, f"desk/absences/absence.{piece}html", _followed(desk, one))


def _followed(desk: Desk, one: Absence) -> dict[str, Any]:
    now = clock.now()
    return {"absence": shown.heading(one, desk.language), "follow": shown.followed(desk, one, now), "now": now}


@require_POST
@staff(*ANYBODY)
def go_on(request: HttpRequest, desk: Desk, absence_id: int) -> HttpResponse:
    """`/desk/absences/<id>/work`: deals with the next visits; asked for again until none is left."""
    one = _reached(desk, absence_id)
    left = doctor_absent.go_on(practice=desk.practice, absence_id=one.pk, actor=desk.actor, now=clock.now())
    if not left and one.undone_at is None:
        say(request, _("All visits are dealt with."), undo=reverse("desk:absence_undo", args=[one.pk]))
    return _piece(request, desk, one.pk)


@require_POST
@staff(*ANYBODY)
def undo(request: HttpRequest, desk: Desk, absence_id: int) -> HttpResponse:
    """`/desk/absences/<id>/undo`: all of it, within a minute of the first visit dealt with."""
    one, now = _reached(desk, absence_id), clock.now()
    try:
        doctor_absent.undo(practice=desk.practice, absence_id=one.pk, actor=desk.actor, now=now)
    except Conflict as conflict:
        warn(request, errors.words(conflict))
        return _to(request, one)
    left = doctor_absent.go_on(
        practice=desk.practice, absence_id=one.pk, actor=desk.actor, now=now, most=MOST_TAKEN_BACK
    )
    if not left:
        say(request, _("The absence was taken back; nobody is told of it."))
    return _to(request, one)


@require_POST
@staff(*ANYBODY)
def reopen(request: HttpRequest, desk: Desk, absence_id: int) -> HttpResponse:
    """`/desk/absences/<id>/reopen`: the doctor is back; what became of the visits stays."""
    one = _reached(desk, absence_id)
    doctor_absent.reopen(practice=desk.practice, absence_id=one.pk, actor=desk.actor, now=clock.now())
    say(request, _("The calendar is open again. What became of the visits stays."))
    return _to(request, one)


def _reached(desk: Desk, absence_id: int) -> Absence:
    rows = shown.of_desk(desk).select_related("to_calendar__doctor", "to_calendar__address", "staff_user")
    rows = rows.prefetch_related("calendars__calendar__doctor", "calendars__calendar__address")
    return found.one(rows.filter(id=absence_id), "absence")


def _piece(request: HttpRequest, desk: Desk, absence_id: int) -> HttpResponse:
    one = _reached(desk, absence_id)
    if not request.headers.get("HX-Request"):
        return _to(request, one)
    return answer(request, desk, "desk/absences/absence.piece.html", _followed(desk, one))


def _to(request: HttpRequest, absence: Absence) -> HttpResponse:
    """The absence's page; by htmx, what is shown of it loads itself anew."""
    return done(request, reverse("desk:absence", args=[absence.pk]))
