"""Booking at the desk: the form, what it would send, and the booking itself."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.content.moments import moment
from myosotis.domain.words import Party, Via
from myosotis.flows import first_visit_booked, visit_booked, visit_foreseen
from myosotis.flows.errors import REFUSED
from myosotis.flows.visit_booked import Booked
from myosotis.store import schedule
from myosotis.store.models import Calendar
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.once import once
from myosotis.web.desk.schedule.asked import number_of, wall_at, wall_of
from myosotis.web.desk.schedule.booking_form import SWITCHES, BookingForm
from myosotis.web.desk.schedule.booking_time import USUAL, where
from myosotis.web.desk.schedule.booking_who import found_one
from myosotis.web.desk.schedule.fields import done_in_drawer, piece_or_page
from myosotis.web.desk.schedule.foreseen import Foreteller
from myosotis.web.times_shown import day_of


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
@once("desk:schedule", end=done_in_drawer)
def book(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Book a visit; the form comes filled with what was chosen in the picture or on a card."""
    if request.method != "POST":
        return _form(request, desk, BookingForm(desk, initial=_chosen(request, desk, clock.now())))
    form = BookingForm(desk, request.POST)
    if not form.is_valid():
        return _form(request, desk, form)
    try:
        booked = _book(desk, form, clock.now())
    except REFUSED as error:
        form.refuse(error)
        return _form(request, desk, form)
    return _booked(request, desk, booked)


def _form(request: HttpRequest, desk: Desk, form: BookingForm) -> HttpResponse:
    context = {"form": form, **where(desk, form, clock.now()), "who": found_one(desk, form, clock.now())}
    return frame.answer(request, desk, piece_or_page(request, "book"), context, status=422 if form.is_bound else 200)


def _chosen(request: HttpRequest, desk: Desk, now: datetime) -> dict[str, Any]:
    """What the address says of the visit, and the calendar's switches."""
    query = request.GET
    wall, day = wall_of(query.get("start", "")), day_of(query.get("day", ""))
    calendar = _calendar_for(desk, number_of(query, "calendar"), wall.date() if wall else day)
    if calendar is None:
        return {}
    chosen: dict[str, Any] = {name: getattr(calendar, name) for name in SWITCHES} | {"calendar": calendar.pk}
    chosen["day"] = wall.date() if wall else day or wall_at(now, calendar.address.zone).date()
    chosen |= {"time": wall.time()} if wall else {}
    service = calendar.services.filter(active=True).order_by("pk").first()
    chosen |= {"service": service.pk, "minutes": service.minutes} if service else {"minutes": USUAL}
    minutes = number_of(query, "minutes")
    return chosen | ({"minutes": minutes} if minutes else {}) | {"patient": number_of(query, "patient")}


def _calendar_for(desk: Desk, wanted: int | None, day: date | None) -> Calendar | None:
    """The calendar named, else the first that is open on the day, else the first."""
    calendars = list(desk.calendars())
    named = [calendar for calendar in calendars if calendar.pk == wanted]
    if named or day is None:
        return next(iter(named or calendars), None)
    opening = schedule.opening_of([calendar.pk for calendar in calendars], day, day)
    opened = [calendar for calendar in calendars if opening[calendar.pk].stretches(day)]
    return next(iter(opened or calendars), None)


def _book(desk: Desk, form: BookingForm, now: datetime) -> Booked:
    cleaned = form.cleaned_data
    service, patient = cleaned["service"], cleaned["patient"]
    how: dict[str, Any] = {
        "practice": desk.practice,
        "calendar_id": cleaned["calendar"].pk,
        "service_id": None if service is None else service.pk,
        "start": form.start(),
        "minutes": cleaned["minutes"],
        "switches": form.switches(),
        "actor": desk.actor,
        "now": now,
    }
    if patient is None:
        return first_visit_booked.book(card=form.card(), **how)
    return visit_booked.book(patient_id=patient.pk, by=Party.PRACTICE, via=Via.DESK, **how)


def _booked(request: HttpRequest, desk: Desk, booked: Booked) -> HttpResponse:
    visit = booked.visit
    zone = visit.calendar.address.zone
    at = moment(visit.start, zone, desk.language, zone)
    said = _("The visit is booked: %(day)s, %(clock)s.") % {"day": at.day.shorter, "clock": at.clock}
    if booked.overlaps:
        said = f"{said} {_('It overlaps another visit.')}"
    frame.say(request, said, undo=reverse("desk:visit_undo", args=[visit.pk]))
    day = visit.start.astimezone(zone).date()
    return done_in_drawer(request, f"{reverse('desk:schedule')}?day={day}")


@require_POST
@staff(*ANYBODY)
def preview(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What would be sent if the form were sent as it is; nothing where it is not known yet who and when."""
    now, form = clock.now(), BookingForm(desk, request.POST)
    lines = []
    if form.is_valid():
        calendar, service, patient = (form.cleaned_data[name] for name in ("calendar", "service", "patient"))
        planned = visit_foreseen.foresee(
            practice=desk.practice,
            calendar_id=calendar.pk,
            start=form.start(),
            now=now,
            service_id=None if service is None else service.pk,
            minutes=form.cleaned_data["minutes"],
            switches=form.switches(),
            patient_id=None if patient is None else patient.pk,
            contact=form.contact(),
        )
        lines = Foreteller(zone=calendar.address.zone, language=desk.language, now=now).lines(planned)
    return frame.answer(request, desk, "desk/schedule/preview.piece.html", {"lines": lines})
