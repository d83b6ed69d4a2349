"""Cancelling a visit, giving it to another patient, and saying what it is for."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.domain.words import Party, Via
from myosotis.flows import visit_cancelled, visit_changed
from myosotis.flows.errors import Conflict, NotFound
from myosotis.store.models import Offer, Visit
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import done, say
from myosotis.web.desk.visits.forms import CancelForm, GiveForm, ServiceForm
from myosotis.web.desk.visits.seen import reached, refused, seen, url_of
from myosotis.web.desk.visits.views import page_with

NO_SERVICE = 0
"""In the address that takes a change of the service back: there was none."""


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def cancel(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/cancel`: who asked for it, and what the patient reads."""
    visit = seen(desk, visit_id)
    form = CancelForm(request.POST or None, initial={"revision": visit.revision})
    if not form.is_valid():
        return page_with(request, desk, visit, "desk/visits/cancel.html", {"form": form}, 422 if form.is_bound else 200)
    now = clock.now()
    try:
        visit_cancelled.cancel(
            practice=desk.practice, visit_id=visit.pk, by=Party(form.cleaned_data["by"]), via=Via.DESK,
            actor=desk.actor, now=now, reason=form.cleaned_data["reason"].strip(),
            expected_revision=form.cleaned_data["revision"],
        )  # fmt: skip
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    said = " ".join(filter(None, [_("The visit is cancelled."), offered(desk, visit, now)]))
    say(request, said, undo=reverse("desk:visit_undo", args=[visit_id]))
    return done(request, url_of(visit_id))


def offered(desk: Desk, visit: Visit, now: datetime) -> str:
    """What to say of the time that the patient left at `now`: to how many it is offered; nothing where to none."""
    offer = Offer.objects.filter(practice=desk.practice, freed_by=visit, opened_at=now, closed_at=None).last()
    if offer is None:
        return ""
    asked = offer.candidates.filter(passed_over="").count()
    return ngettext(
        "The time that became free is offered to %(count)s patient.",
        "The time that became free is offered to %(count)s patients.",
        asked,
    ) % {"count": asked}


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def give(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/give`: to another patient, with or without telling."""
    visit = seen(desk, visit_id)
    form = GiveForm(request.POST or None, initial={"revision": visit.revision})
    if not form.is_valid():
        return _give_form(request, desk, visit, form)
    given = form.cleaned_data
    try:
        visit_changed.give_to(
            practice=desk.practice, visit_id=visit.pk, patient_id=given["patient"],
            correction=given["correction"] == "yes", via=Via.DESK, actor=desk.actor, now=clock.now(),
            expected_revision=given["revision"],
        )  # fmt: skip
    except NotFound:
        form.add_error("patient", _("There is no such patient."))
        return _give_form(request, desk, visit, form)
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    say(request, _("The visit is the other patient's now."), undo=reverse("desk:visit_undo", args=[visit_id]))
    return done(request, url_of(visit_id))


def _give_form(request: HttpRequest, desk: Desk, visit: Visit, form: GiveForm) -> HttpResponse:
    return page_with(request, desk, visit, "desk/visits/give.html", {"form": form}, 422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def service(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/service`: what the visit is for; how long it takes stays."""
    visit = seen(desk, visit_id)
    form = ServiceForm(request.POST or None, initial={"service": visit.service_id})
    choices = visit.calendar.services.filter(active=True).order_by("name").values_list("id", "name")
    form.fields["service"].choices = [("", _("none")), *choices]  # type: ignore[attr-defined] # a choice field's
    if not form.is_valid():
        return page_with(
            request, desk, visit, "desk/visits/service.html", {"form": form}, 422 if form.is_bound else 200
        )
    was = visit.service_id or NO_SERVICE
    _set_service(desk, visit, form.cleaned_data["service"])
    say(
        request, _("The service of the visit was changed."),
        undo=reverse("desk:visit_service_back", args=[visit_id, was]),
    )  # fmt: skip
    return done(request, url_of(visit_id))


@require_POST
@staff(*ANYBODY)
def service_back(request: HttpRequest, desk: Desk, visit_id: int, service_id: int) -> HttpResponse:
    """`/desk/visits/<id>/service/<id>`: the service that the visit had before; 0 for none."""
    visit = reached(desk, visit_id)
    _set_service(desk, visit, None if service_id == NO_SERVICE else service_id)
    say(request, _("The service of the visit is as before."))
    return done(request, url_of(visit_id))


def _set_service(desk: Desk, visit: Visit, service_id: int | None) -> None:
    visit_changed.set_service(
        practice=desk.practice, visit_id=visit.pk, service_id=service_id, via=Via.DESK, actor=desk.actor,
        now=clock.now(),
    )  # fmt: skip
