"""The pages of the set-up: each takes one group of questions, saves it, and leads to the next."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.domain.words import Channel
from myosotis.flows import practice_set_up
from myosotis.flows.calendar_changed import AddressFields
from myosotis.store.models import Calendar
from myosotis.store.providers import installation_channels
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer, say
from myosotis.web.desk.settings import calendars, hours, places, practice, services
from myosotis.web.desk.settings.forms import saved, typed
from myosotis.web.desk.setup import progress
from myosotis.web.desk.setup.forms import AddressStep, DoctorStep, PracticeStep, ServiceStep

READ_AND_WRITE: Final = ["GET", "HEAD", "POST"]


def page(request: HttpRequest, desk: Desk, name: str, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    """The page of a step, with the way through all of them."""
    frame = {
        "step": progress.BY_NAME.get(name),
        "steps": progress.STEPS,
        "progress": progress.of(desk.practice),
        "onward": progress.after(name) if name in progress.BY_NAME else "",
        "back": progress.before(name) if name in progress.BY_NAME else "",
    }
    return answer(request, desk, f"desk/setup/{name}.html", {**frame, **context}, status)


def form_page(request: HttpRequest, desk: Desk, name: str, form: DeskForm, **context: Any) -> HttpResponse:
    """The page of a step with its form, as it is or as it was typed wrongly."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return page(request, desk, name, status, form=form, **context)


@require_safe
@staff(*OWNER)
def setup(request: HttpRequest, desk: Desk) -> HttpResponse:  # noqa: ARG001 - every view takes it
    """`/desk/setup`: on to the first step that is not done."""
    step = progress.of(desk.practice).next_step
    return redirect(reverse(step.view) if step is not None else reverse("desk:setup_finish"))


@require_http_methods(READ_AND_WRITE)
@staff(*OWNER)
def setup_practice(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/practice`."""
    form = PracticeStep(typed(request), initial=practice.of_practice(desk.practice, PracticeStep))
    if form.is_bound and saved(form, lambda values: practice.keep(desk, values)):
        return redirect(progress.after("practice"))
    return form_page(request, desk, "practice", form)


@require_http_methods(READ_AND_WRITE)
@staff(*OWNER)
def setup_consent(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/consent`."""
    form = practice.ConsentForm(typed(request), initial=practice.consent_now(desk))
    if form.is_bound and saved(form, lambda values: practice.choose_consent(desk, values)):
        return redirect(progress.after("consent"))
    return form_page(request, desk, "consent", form)


@require_http_methods(READ_AND_WRITE)
@staff(*OWNER)
def setup_doctor(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/doctor`: the first doctor, new or changed."""
    known = progress.first_of(desk.practice).doctor
    form = DoctorStep(typed(request), initial=places.values_of(known, DoctorStep) if known else None)
    if form.is_bound and saved(form, lambda values: places.save_doctor(desk, values, known.pk if known else None)):
        return redirect(progress.after("doctor"))
    return form_page(request, desk, "doctor", form)


@require_http_methods(READ_AND_WRITE)
@staff(*OWNER)
def setup_address(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/address`: the first address, and the doctor's calendar there."""
    first = progress.first_of(desk.practice)
    if first.doctor is None:
        return waits(request, desk, "address")
    doctor_id, address_id = first.doctor.pk, first.address.pk if first.address else None
    form = AddressStep(typed(request), initial=places.values_of(first.address, AddressStep) if first.address else None)

    def place(values: Mapping[str, Any]) -> object:
        return practice_set_up.place(
            practice=desk.practice,
            doctor_id=doctor_id,
            values=cast("AddressFields", dict(values)),
            actor=desk.actor,
            now=clock.now(),
            address_id=address_id,
        )

    if form.is_bound and saved(form, place):
        return redirect(progress.after("address"))
    return form_page(request, desk, "address", form, doctor=first.doctor)


@require_http_methods(READ_AND_WRITE)
@staff(*OWNER)
def setup_hours(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/hours`: of the first calendar; Monday to Friday, 8 to 16, is proposed."""
    calendar = progress.first_of(desk.practice).calendar
    if calendar is None:
        return waits(request, desk, "hours")
    week = hours.week_of(hours.hours_now(calendar) or hours.USUAL, desk.language)
    status = HTTPStatus.OK
    if request.method == "POST":
        week, wanted = hours.read(request.POST, desk.language)
        if not any(day.error for day in week):
            hours.save_hours(desk, calendar, wanted)
            return redirect(progress.after("hours"))
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return page(request, desk, "hours", status, calendar=calendar, week=week)


@require_http_methods(READ_AND_WRITE)
@staff(*OWNER)
def setup_services(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/services`: one after another, as many as are wanted."""
    calendar = progress.first_of(desk.practice).calendar
    if calendar is None:
        return waits(request, desk, "services")
    known = list(calendar.services.order_by("pk"))
    initial = {"online_booking": calendar.online_booking, **({"name": ""} if known else {})}
    form = ServiceStep(typed(request), initial=initial)
    if form.is_bound and saved(form, lambda values: _add_service(desk, calendar, values)):
        if "another" not in request.POST:
            return redirect(progress.after("services"))
        say(request, _("The service was added."))
        return redirect("desk:setup_services")
    return form_page(request, desk, "services", form, services=known)


def _add_service(desk: Desk, calendar: Calendar, values: Mapping[str, Any]) -> None:
    given = dict(values)
    online_booking = given.pop("online_booking")
    services.save_service(desk, calendar, given)
    calendars.save_calendar(desk, calendar, {"online_booking": online_booking})


@require_safe
@staff(*OWNER)
def setup_providers(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/providers`: with whom the practice sends; the forms are those of the settings."""
    own = {
        account.channel: account
        for account in desk.practice.provider_accounts.filter(channel__in=[Channel.EMAIL, Channel.SMS])
    }
    shared = installation_channels()
    ways = [
        {"channel": channel, "own": own.get(channel), "shared": channel in shared}
        for channel in (Channel.EMAIL, Channel.SMS)
    ]
    return page(request, desk, "providers", ways=ways)


@require_safe
@staff(*OWNER)
def setup_staff(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/staff`: who works here; invitations are those of the settings."""
    members = desk.practice.memberships.select_related("user").order_by("user__name", "pk")
    return page(request, desk, "staff", members=members)


@require_http_methods(READ_AND_WRITE)
@staff(*OWNER)
def setup_finish(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/finish`: what is there and what is not; finished or put aside, the desk leads here no more."""
    if request.method == "POST":
        practice_set_up.end(practice=desk.practice, actor=desk.actor, now=clock.now())
        say(request, _("The set-up is over. Everything can be changed in the settings."))
        return redirect("desk:today")
    return page(request, desk, "finish", public=progress.first_of(desk.practice))


def waits(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """A step that needs a calendar first."""
    first = progress.first_of(desk.practice)
    missing = progress.BY_NAME["doctor" if first.doctor is None else "address"]
    return page(request, desk, "waits", step=progress.BY_NAME[name], onward=progress.after(name), missing=missing)
