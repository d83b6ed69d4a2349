"""Doctors and the addresses at which they see patients."""

from collections.abc import Mapping
from typing import Any, Final, cast
from zoneinfo import available_timezones

from django import forms
from django.core.validators import RegexValidator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.flows import calendar_changed, found
from myosotis.flows.calendar_changed import AddressFields, DoctorFields
from myosotis.store.models import Address, Doctor
from myosotis.web.desk.access import OFFICE, Desk, staff
from myosotis.web.desk.fields import PhoneField, SwitchField, TextField, WebField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer, say
from myosotis.web.desk.settings.forms import saved, shown, typed

HOME: Final = "Europe/Warsaw"
ZONES: Final = tuple(
    (name, name.replace("_", " ")) for name in sorted(available_timezones(), key=lambda name: (name != HOME, name))
)


class DoctorForm(DeskForm):
    """Who sees patients."""

    title = forms.CharField(
        label=gettext_lazy("Title"), required=False, max_length=50, help_text=gettext_lazy("For example: dr n. med.")
    )
    name = forms.CharField(label=gettext_lazy("First and last name"), max_length=200)
    specialty = forms.CharField(label=gettext_lazy("Specialty"), required=False, max_length=200)
    sensitive = SwitchField(
        label=gettext_lazy("The specialty betrays what the patient suffers from"),
        help_text=gettext_lazy(
            "It is then named neither in SMS nor in notifications, only in e-mails and on the patient's page."
        ),
    )
    review_address = WebField(
        label=gettext_lazy("Address where opinions are given"),
        required=False,
        help_text=gettext_lazy("Another page, if you want opinions there. Empty: they are given and shown here."),
    )
    profile = TextField(
        label=gettext_lazy("About the doctor"),
        required=False,
        rows=6,
        help_text=gettext_lazy("Stands on the public profile, where patients book online."),
    )
    slug = forms.CharField(
        label=gettext_lazy("Address of the public profile"),
        required=False,
        max_length=100,
        validators=[
            RegexValidator(
                r"^[a-z0-9]+(-[a-z0-9]+)*$",
                gettext_lazy("Small letters without Polish marks, digits and single hyphens."),
            )
        ],
        help_text=gettext_lazy("The last part of the address, made of the name where you leave it empty."),
    )


class AddressForm(DeskForm):
    """Where patients come to."""

    name = forms.CharField(
        label=gettext_lazy("Name of the place"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For example of the clinic in which you rent a room."),
    )
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=200)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), required=False, max_length=20)
    city = forms.CharField(label=gettext_lazy("Town"), max_length=100)
    phone = PhoneField(
        label=gettext_lazy("Phone"),
        required=False,
        help_text=gettext_lazy("Patients are told to call it about visits here. Empty: the phone of the practice."),
    )
    directions = TextField(
        label=gettext_lazy("How to get there"),
        required=False,
        help_text=gettext_lazy("Floor, entrance, parking, tram: it stands in the details of each visit."),
    )
    map_url = WebField(
        label=gettext_lazy("Address of a map"),
        required=False,
        help_text=gettext_lazy("Empty: a map is searched for by street and town."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=ZONES,
        initial=HOME,
        help_text=gettext_lazy("Visits and messages keep to the clock of this place."),
    )


def values_of(row: Doctor | Address, form: type[DeskForm]) -> dict[str, Any]:
    """What the fields of a form are now."""
    return {name: getattr(row, name) for name in form.base_fields}


def save_doctor(desk: Desk, values: Mapping[str, Any], doctor_id: int | None = None) -> Doctor:
    """Add or change a doctor; an empty address of the profile leaves it as it is."""
    given = {name: value for name, value in values.items() if name != "slug" or value}
    return calendar_changed.save_doctor(
        practice=desk.practice,
        values=cast("DoctorFields", given),
        actor=desk.actor,
        now=clock.now(),
        doctor_id=doctor_id,
    )


def save_address(desk: Desk, values: Mapping[str, Any], address_id: int | None = None) -> Address:
    return calendar_changed.save_address(
        practice=desk.practice,
        values=cast("AddressFields", dict(values)),
        actor=desk.actor,
        now=clock.now(),
        address_id=address_id,
    )


@require_safe
@staff(*OFFICE)
def doctors(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/doctors`."""
    rows = desk.doctors().annotate(calendar_count=Count("calendars")).order_by("name", "pk")
    return answer(request, desk, "desk/settings/doctors.html", {"doctors": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def doctor_new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/doctors/new`."""
    form = DoctorForm(typed(request))
    if form.is_bound and saved(form, lambda values: save_doctor(desk, values)):
        say(request, _("The doctor was added. A calendar says where and when."))
        return redirect("desk:doctors")
    return shown(request, desk, "desk/settings/doctor.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def doctor(request: HttpRequest, desk: Desk, doctor_id: int) -> HttpResponse:
    """`/desk/settings/doctors/<id>`."""
    row = found.one(desk.doctors().filter(pk=doctor_id), "doctor")
    form = DoctorForm(typed(request), initial=values_of(row, DoctorForm))
    if form.is_bound and saved(form, lambda values: save_doctor(desk, values, row.pk)):
        say(request, _("Saved."))
        return redirect("desk:doctors")
    public = desk.calendars().filter(doctor=row, online_booking=True).exists()
    return shown(request, desk, "desk/settings/doctor.html", form, doctor=row, public=public)


@require_safe
@staff(*OFFICE)
def addresses(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/addresses`."""
    rows = desk.practice.addresses.annotate(calendar_count=Count("calendars")).order_by("city", "street", "pk")
    return answer(request, desk, "desk/settings/addresses.html", {"addresses": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def address_new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/addresses/new`."""
    form = AddressForm(typed(request))
    if form.is_bound and saved(form, lambda values: save_address(desk, values)):
        say(request, _("The address was added."))
        return redirect("desk:addresses")
    return shown(request, desk, "desk/settings/address.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def address(request: HttpRequest, desk: Desk, address_id: int) -> HttpResponse:
    """`/desk/settings/addresses/<id>`."""
    row = found.one(desk.practice.addresses.filter(pk=address_id), "address")
    form = AddressForm(typed(request), initial=values_of(row, AddressForm))
    if form.is_bound and saved(form, lambda values: save_address(desk, values, row.pk)):
        say(request, _("Saved. Messages that have not gone yet name the address as it is now."))
        return redirect("desk:addresses")
    return shown(request, desk, "desk/settings/address.html", form, address=row)
