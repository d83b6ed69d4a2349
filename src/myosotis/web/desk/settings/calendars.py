"""Calendars: one doctor at one address, and how patients may book there."""

from collections.abc import Mapping
from typing import Any, Final, cast

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.flows import calendar_changed, found
from myosotis.flows.calendar_changed import BOUNDS, CalendarFields
from myosotis.store.models import Calendar
from myosotis.web.desk.access import ANYBODY, OFFICE, Desk, staff
from myosotis.web.desk.fields import DAY, HOUR, DaysField, LengthField, SwitchField, WebField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer, say
from myosotis.web.desk.settings.forms import saved, shown, typed

CUTOFFS: Final = (0, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY)
STEPS: Final = (5, 10, 15, 20, 30, 45, HOUR)
LEADS: Final = (0, 30, HOUR, 2 * HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY)
HORIZONS: Final = (14, 30, 60, 90, 180, 366)
ROUNDS: Final = (10, 15, 30, HOUR, 2 * HOUR, 4 * HOUR)


class CalendarForm(DeskForm):
    """How patients book, move and cancel in a calendar."""

    online_booking = SwitchField(
        label=gettext_lazy("Patients book online"),
        help_text=gettext_lazy("On the doctor's public profile, the services that are marked for it."),
    )
    slot_minutes = LengthField(
        STEPS,
        label=gettext_lazy("Free times begin every"),
        help_text=gettext_lazy("Counted from the opening; and at once where a visit ends."),
    )
    booking_lead_minutes = LengthField(
        LEADS, zero=gettext_lazy("until it begins"), label=gettext_lazy("A time can be booked online until, before it")
    )
    booking_horizon_days = DaysField(HORIZONS, label=gettext_lazy("Patients can book ahead for"))
    change_cutoff_minutes = LengthField(
        CUTOFFS,
        zero=gettext_lazy("until it begins"),
        label=gettext_lazy("Patients can move or cancel a visit until, before it"),
        help_text=gettext_lazy("After that the patient's page shows the phone number instead."),
    )
    offer_round_size = forms.IntegerField(
        label=gettext_lazy("An earlier time is offered to how many patients at a time"),
        min_value=BOUNDS["offer_round_size"][0],
        max_value=BOUNDS["offer_round_size"][1],
        help_text=gettext_lazy("0: to all of the first ten at once. The first who takes it has it."),
    )
    offer_round_minutes = LengthField(ROUNDS, label=gettext_lazy("The next ones are asked after"))
    offer_chain = forms.IntegerField(
        label=gettext_lazy("Offers that may follow from each other"),
        min_value=BOUNDS["offer_chain"][0],
        max_value=BOUNDS["offer_chain"][1],
        help_text=gettext_lazy("Whoever takes an earlier time leaves one that can be offered in turn. 1: it is not."),
    )
    review_address = WebField(
        label=gettext_lazy("Address where opinions are given"),
        required=False,
        help_text=gettext_lazy("Of this calendar alone. Empty: as set for the doctor."),
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        for name, field in self.fields.items():
            if isinstance(field, LengthField) and (value := self.initial.get(name)) is not None:
                field.offer(value)


class NewCalendarForm(DeskForm):
    """Who, and where."""

    doctor_id = forms.TypedChoiceField(coerce=int, label=gettext_lazy("Doctor"))
    address_id = forms.TypedChoiceField(coerce=int, label=gettext_lazy("Address"))
    online_booking = SwitchField(
        label=gettext_lazy("Patients book online"),
        help_text=gettext_lazy("On the doctor's public profile, as soon as there are opening hours and services."),
    )

    def __init__(self, desk: Desk, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        doctors = desk.doctors().order_by("name", "pk")
        addresses = desk.practice.addresses.order_by("city", "street", "pk")
        _let_choose(self.fields["doctor_id"], [(row.pk, row.full_name) for row in doctors])
        _let_choose(self.fields["address_id"], [(row.pk, f"{row.street}, {row.city}") for row in addresses])


def _let_choose(field: forms.Field, rows: list[tuple[int, str]]) -> None:
    cast("forms.ChoiceField", field).choices = rows


def at(desk: Desk, calendar_id: int) -> Calendar:
    """A calendar that whoever is at the desk looks after, with doctor and address. Raises NotFound."""
    return found.one(desk.calendars().filter(pk=calendar_id), "calendar")


def save_calendar(desk: Desk, calendar: Calendar, values: Mapping[str, Any]) -> None:
    calendar_changed.update_calendar(
        practice=desk.practice,
        calendar_id=calendar.pk,
        values=cast("CalendarFields", dict(values)),
        actor=desk.actor,
        now=clock.now(),
    )


def add_calendar(desk: Desk, *, doctor_id: int, address_id: int, online_booking: bool = False) -> Calendar:
    return calendar_changed.add_calendar(
        practice=desk.practice,
        doctor_id=doctor_id,
        address_id=address_id,
        values={"online_booking": online_booking},
        actor=desk.actor,
        now=clock.now(),
    )


@require_safe
@staff(*ANYBODY)
def calendars(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/calendars`."""
    rows = desk.calendars().annotate(
        service_count=Count("services", filter=Q(services__active=True), distinct=True),
        day_count=Count("opening_hours__weekday", distinct=True),
    )
    ready = desk.doctors().exists() and desk.practice.addresses.exists()
    context = {"calendars": rows, "ready": ready, "office": desk.may(OFFICE)}
    return answer(request, desk, "desk/settings/calendars.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def calendar_new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/calendars/new`."""
    form = NewCalendarForm(desk, typed(request))
    made: list[Calendar] = []
    if form.is_bound and saved(form, lambda values: made.append(add_calendar(desk, **values))):
        say(request, _("The calendar was added. Now say when it is open."))
        return redirect("desk:hours", made[0].pk)
    return shown(request, desk, "desk/settings/calendar_new.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def calendar(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>`."""
    row = at(desk, calendar_id)
    form = CalendarForm(typed(request), initial={name: getattr(row, name) for name in CalendarForm.base_fields})
    if form.is_bound and saved(form, lambda values: save_calendar(desk, row, values)):
        say(request, _("Saved."))
        return redirect("desk:calendar", row.pk)
    return shown(request, desk, "desk/settings/calendar.html", form, calendar=row)
