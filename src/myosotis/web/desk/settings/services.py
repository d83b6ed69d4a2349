"""What patients come for in a calendar: how long it takes, and what they are to do before."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.flows import calendar_changed, found
from myosotis.flows.calendar_changed import BOUNDS, ServiceFields
from myosotis.store.models import Calendar, Service
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.fields import SwitchField, TextField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer, done, say
from myosotis.web.desk.settings import calendars
from myosotis.web.desk.settings.forms import saved, shown, typed


class ServiceForm(DeskForm):
    """One service of a calendar."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    minutes = forms.IntegerField(
        label=gettext_lazy("How long it takes (minutes)"),
        initial=30,
        min_value=BOUNDS["minutes"][0],
        max_value=BOUNDS["minutes"][1],
    )
    break_minutes = forms.IntegerField(
        label=gettext_lazy("Break after it (minutes)"),
        initial=0,
        min_value=BOUNDS["break_minutes"][0],
        max_value=BOUNDS["break_minutes"][1],
        help_text=gettext_lazy("Kept free: nobody can book it."),
    )
    online = SwitchField(
        label=gettext_lazy("Patients can book it online"),
        initial=True,
        help_text=gettext_lazy("Where the calendar's online booking is on."),
    )
    preparation = TextField(
        label=gettext_lazy("How to prepare"),
        required=False,
        rows=4,
        help_text=gettext_lazy(
            "Stands in the details of the visit and on its page, for example: come with an empty stomach."
        ),
    )


def save_service(desk: Desk, calendar: Calendar, values: Mapping[str, Any], service_id: int | None = None) -> Service:
    return calendar_changed.save_service(
        practice=desk.practice,
        calendar_id=calendar.pk,
        values=cast("ServiceFields", dict(values)),
        actor=desk.actor,
        now=clock.now(),
        service_id=service_id,
    )


@require_safe
@staff(*ANYBODY)
def services(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/services`."""
    row = calendars.at(desk, calendar_id)
    context = {"calendar": row, "services": row.services.order_by("-active", "name", "pk")}
    return answer(request, desk, "desk/settings/services.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def service_new(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/services/new`."""
    row = calendars.at(desk, calendar_id)
    form = ServiceForm(typed(request))
    if form.is_bound and saved(form, lambda values: save_service(desk, row, values)):
        say(request, _("The service was added."))
        return redirect("desk:services", row.pk)
    return shown(request, desk, "desk/settings/service.html", form, calendar=row)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def service(request: HttpRequest, desk: Desk, calendar_id: int, service_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/services/<id>`."""
    row = calendars.at(desk, calendar_id)
    known = found.one(row.services.filter(pk=service_id), "service")
    form = ServiceForm(typed(request), initial={name: getattr(known, name) for name in ServiceForm.base_fields})
    if form.is_bound and saved(form, lambda values: save_service(desk, row, values, known.pk)):
        say(request, _("Saved. Visits that are booked keep their length."))
        return redirect("desk:services", row.pk)
    return shown(request, desk, "desk/settings/service.html", form, calendar=row, service=known)


@require_POST
@staff(*ANYBODY)
def service_off(request: HttpRequest, desk: Desk, calendar_id: int, service_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/services/<id>/off`: visits that are booked keep it."""
    _activate(desk, calendar_id, service_id, active=False)
    undo = reverse("desk:service_on", args=(calendar_id, service_id))
    say(request, _("Nobody can book this service any more; visits that are booked keep it."), undo=undo)
    return done(request, reverse("desk:services", args=(calendar_id,)))


@require_POST
@staff(*ANYBODY)
def service_on(request: HttpRequest, desk: Desk, calendar_id: int, service_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/services/<id>/on`."""
    _activate(desk, calendar_id, service_id, active=True)
    say(request, _("This service can be booked again."))
    return done(request, reverse("desk:services", args=(calendar_id,)))


def _activate(desk: Desk, calendar_id: int, service_id: int, *, active: bool) -> None:
    row = calendars.at(desk, calendar_id)
    save_service(desk, row, {"active": active}, service_id)
