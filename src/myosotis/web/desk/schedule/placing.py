"""A visit is dragged to another time or calendar, or drawn longer; or staff note that the patient asked for the move."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from myosotis import clock
from myosotis.content.moments import moment
from myosotis.domain.words import Party, Via
from myosotis.flows import found, visit_move_asked, visit_moved
from myosotis.flows.errors import Conflict, FlowError, Invalid
from myosotis.flows.visit_moved import Moved
from myosotis.store.models import Visit
from myosotis.web.desk import errors, frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.schedule.asked import calendar_of, instant_of, number_of, wall_of


@require_POST
@staff(*ANYBODY)
def place(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """Move a visit to where it was dropped, as the practice's wish; what is not sent stays.

    A refusal is said, changes nothing, and lets the picture draw itself anew: the visit goes back to its place.
    """
    visit = _visit_of(desk, visit_id)
    was = visit.start, visit.calendar_id, minutes_of(visit)
    try:
        moved = _move(desk, visit, request.POST or request.GET, clock.now())
    except (Conflict, Invalid) as error:
        return _refused(request, error)
    if (moved.visit.start, moved.visit.calendar_id) != was[:2]:
        return _said(request, desk, moved, asked=reverse("desk:schedule_asked", args=[visit_id]))
    return _lasting(request, moved, was[2])


@require_POST
@staff(*ANYBODY)
def asked(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """The move just made was the patient's wish."""
    visit = _visit_of(desk, visit_id)
    try:
        moved = visit_move_asked.by_patient(
            practice=desk.practice, visit_id=visit.pk, actor=desk.actor, now=clock.now()
        )
    except (Conflict, Invalid) as error:
        return _refused(request, error)
    return _said(request, desk, moved, asked="")


def _visit_of(desk: Desk, visit_id: int) -> Visit:
    return found.one(desk.visits().filter(pk=visit_id).select_related("calendar__address"), "visit")


def minutes_of(visit: Visit) -> int:
    return int((visit.end - visit.start) / timedelta(minutes=1))


def _move(desk: Desk, visit: Visit, sent: QueryDict, now: datetime) -> Moved:
    wanted = sent.get("calendar", "")
    target = calendar_of(desk, wanted) if wanted else visit.calendar
    wall = wall_of(sent.get("start", ""))
    if wall is None and sent.get("start"):
        raise Invalid("start", "missing")
    return visit_moved.move(
        practice=desk.practice,
        visit_id=visit.pk,
        by=Party.PRACTICE,
        via=Via.DESK,
        actor=desk.actor,
        now=now,
        start=None if wall is None else instant_of(wall, target),
        calendar_id=target.pk,
        minutes=number_of(sent, "minutes"),
        expected_revision=number_of(sent, "revision"),
    )


def _said(request: HttpRequest, desk: Desk, moved: Moved, *, asked: str) -> HttpResponse:
    """Say where it is now, with the ways back; what is said of a place is not kept anywhere."""
    visit = moved.visit
    zone = visit.calendar.address.zone
    at = moment(visit.start, zone, desk.language, zone)
    text = _("Moved to %(day)s, %(clock)s.") if asked else _("Noted: the patient asked for it. %(day)s, %(clock)s.")
    context = {
        "text": text % {"day": at.day.shorter, "clock": at.clock},
        "overlaps": len(moved.overlaps),
        "asked": asked,
        "undo": reverse("desk:visit_undo", args=[visit.pk]),
    }
    return _changed(render(request, "desk/schedule/moved.piece.html", context))


def _lasting(request: HttpRequest, moved: Moved, before: int) -> HttpResponse:
    """Another duration is no move and tells nobody; it is undone by drawing it back."""
    if moved.changed:
        back = f"{reverse('desk:schedule_place', args=[moved.visit.pk])}?minutes={before}"
        text = _("The visit lasts %(minutes)s minutes now.") % {"minutes": minutes_of(moved.visit)}
        frame.say(request, f"{text} {_overlapping(moved)}".strip(), undo=back)
    return frame.done(request, reverse("desk:schedule"))


def _overlapping(moved: Moved) -> "str | Promise":
    return _("It overlaps another visit.") if moved.overlaps else ""


def _refused(request: HttpRequest, error: FlowError) -> HttpResponse:
    frame.warn(request, errors.words(error))
    return frame.done(request, reverse("desk:schedule"))


def _changed(response: HttpResponse) -> HttpResponse:
    response["HX-Trigger"] = frame.CHANGED
    response["HX-Reswap"] = "none"
    return response
