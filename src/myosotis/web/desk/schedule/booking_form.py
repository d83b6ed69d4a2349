"""The form of booking: where, when, for whom, and what is sent of it."""

from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from myosotis.domain.values import Contact, Switches, VisitSwitches
from myosotis.flows.patient_changed import CardFields
from myosotis.flows.visit_booked import LONGEST
from myosotis.flows.visit_changed import from_form
from myosotis.intake.emails import parse_email
from myosotis.intake.phones import Phone, parse_phone
from myosotis.intake.problems import ValueRefusedError
from myosotis.store.models import Calendar, Patient, Service
from myosotis.store.patient_search import living_cards
from myosotis.web.desk.access import Desk
from myosotis.web.desk.communication.switches import filled_in
from myosotis.web.desk.fields import DayField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.schedule.asked import instant_of, number_of
from myosotis.web.desk.schedule.fields import CalendarField, time_input

NO_SWITCHES: Final = VisitSwitches()
SWITCHES: Final = {
    "details": _("Details of the visit right after booking"),
    "reminder": _("Reminder before the visit"),
    "actions": _("Confirming, moving and cancelling in each message"),
    "review": _("Request for an opinion after the visit"),
    "offer": _("Offer of an earlier time"),
    "rebook": _("Invitation to book the next visit"),
}


class BookingForm(DeskForm):
    """A visit; the patient is one with a card (`patient`), or a new one whose names are typed."""

    calendar = CalendarField(label=_("Calendar"))
    service = forms.ModelChoiceField(Service.objects.none(), label=_("Service"), required=False)
    day = DayField(label=_("Day"))
    time = forms.TimeField(label=_("Time"), widget=time_input())
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=LONGEST)
    patient = forms.ModelChoiceField(Patient.objects.none(), label=_("Patient"), required=False)
    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    silent = forms.BooleanField(label=_("Send nothing about this visit"), required=False)
    details = forms.BooleanField(label=SWITCHES["details"], required=False)
    reminder = forms.BooleanField(label=SWITCHES["reminder"], required=False)
    actions = forms.BooleanField(label=SWITCHES["actions"], required=False)
    review = forms.BooleanField(label=SWITCHES["review"], required=False)
    offer = forms.BooleanField(label=SWITCHES["offer"], required=False)
    rebook = forms.BooleanField(label=SWITCHES["rebook"], required=False)

    def __init__(self, desk: Desk, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.desk = desk
        self._choose("calendar", desk.calendars())
        self._choose("service", desk.practice.services.filter(active=True, calendar__in=desk.calendars()))
        self._choose("patient", living_cards(desk.practice))
        self.fields["phone"].widget.input_type = "tel"
        self.fields["email"].widget.input_type = "email"
        for name in ("first_name", "last_name", "phone", "email"):
            self.fields[name].widget.attrs |= {"autocomplete": "off"}

    def _choose(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined] # of a ModelChoiceField

    def clean_phone(self) -> "Phone | None":
        written = self.cleaned_data["phone"].strip()
        try:
            return parse_phone(written) if written else None
        except ValueRefusedError as error:
            raise forms.ValidationError(_("This is no telephone number. Write it as 601 234 567.")) from error

    def clean_email(self) -> str:
        written = self.cleaned_data["email"].strip()
        try:
            return parse_email(written) if written else ""
        except ValueRefusedError as error:
            raise forms.ValidationError(_("This is no e-mail address.")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        calendar, service = cleaned.get("calendar"), cleaned.get("service")
        if service is not None and calendar is not None and service.calendar_id != calendar.pk:
            self.add_error("service", _("Choose a service of this calendar."))
        named = cleaned.get("first_name", "").strip() or cleaned.get("last_name", "").strip()
        if cleaned.get("patient") is None and "patient" not in self.errors and not named:
            self.add_error("patient", _("Choose a patient, or write the name of a new one."))
        return cleaned

    @property
    def chosen(self) -> Calendar | None:
        """The calendar of the form, checked or as it came; the first one where there is none."""
        key = str(self["calendar"].value() or "")
        rows = {str(calendar.pk): calendar for calendar in self.desk.calendars()}
        return rows.get(key) or next(iter(rows.values()), None)

    def start(self) -> datetime:
        """The instant (UTC) of a valid form."""
        wall = datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"])
        return instant_of(wall, self.cleaned_data["calendar"])

    def switches(self) -> VisitSwitches:
        """What to keep of the switches: only what differs from the calendar's; nothing where they were not shown."""
        cleaned, calendar = self.cleaned_data, self.cleaned_data["calendar"]
        if number_of(self.data, "switches_of") != calendar.pk:
            return VisitSwitches(silent=cleaned["silent"])
        shown = Switches(**{switch.name: cleaned[switch.name] for switch in fields(Switches)})
        return from_form(shown, filled_in(self.data, calendar.switches), NO_SWITCHES, silent=cleaned["silent"])

    def card(self) -> CardFields:
        """The card of a new patient."""
        phone = self.cleaned_data["phone"]
        return CardFields(
            first_name=self.cleaned_data["first_name"].strip(),
            last_name=self.cleaned_data["last_name"].strip(),
            email=self.cleaned_data["email"],
            phone=phone.e164 if phone else "",
            phone_is_mobile=phone.is_mobile if phone else True,
        )

    def contact(self) -> Contact:
        """Where a new patient will be reached, as far as what is typed is right so far."""
        phone, email = self.cleaned_data.get("phone"), self.cleaned_data.get("email", "")
        return Contact(
            email=email, phone=phone.e164 if phone else "", phone_is_mobile=phone.is_mobile if phone else True
        )
