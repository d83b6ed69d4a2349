"""A visit of the desk, reached with what its page shows; that somebody looked at it is noted."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from myosotis import clock
from myosotis.flows import found, read_noted
from myosotis.flows.errors import FlowError
from myosotis.store.models import Visit
from myosotis.web.desk import errors
from myosotis.web.desk.access import Desk
from myosotis.web.desk.frame import done, warn

AROUND = ("calendar__doctor", "calendar__address", "patient", "service")


def seen(desk: Desk, visit_id: int) -> Visit:
    """A visit that this desk reaches, or NotFound; to be shown, and so noted as read."""
    visit = reached(desk, visit_id)
    read_noted.note(practice=desk.practice, object_type="visit", object_id=visit.pk, actor=desk.actor, now=clock.now())
    return visit


def reached(desk: Desk, visit_id: int) -> Visit:
    """A visit that this desk may change, or NotFound: another doctor's is not there for a doctor."""
    return found.one(desk.visits().filter(id=visit_id).select_related(*AROUND), "visit")


def url_of(visit_id: int) -> str:
    return reverse("desk:visit", args=[visit_id])


def refused(request: HttpRequest, visit_id: int, error: FlowError) -> HttpResponse:
    """Say why not; what is shown of the visit loads itself anew, as it may be out of date."""
    warn(request, errors.words(error))
    return done(request, url_of(visit_id))
