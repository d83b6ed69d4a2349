"""The forms of the set-up: of each thing only what is needed to begin; the settings have the rest."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from myosotis.domain.words import Channel
from myosotis.flows.calendar_changed import BOUNDS
from myosotis.web.desk.fields import MailField, MobileField, PhoneField, SwitchField, TextField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.settings.practice import LANGUAGES


class PracticeStep(DeskForm):
    """Who the practice is."""

    name = forms.CharField(label=_("Name of the practice"), max_length=200)
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, help_text=_("Of messages to patients whose card names no other.")
    )
    phone = PhoneField(
        label=_("Phone"), help_text=_("Patients are told to call it where the address has none of its own.")
    )


class DoctorStep(DeskForm):
    """Who sees patients."""

    title = forms.CharField(label=_("Title"), required=False, max_length=50, help_text=_("For example: dr n. med."))
    name = forms.CharField(label=_("First and last name"), max_length=200)
    specialty = forms.CharField(label=_("Specialty"), required=False, max_length=200)
    sensitive = SwitchField(
        label=_("The specialty betrays what the patient suffers from"),
        help_text=_("It is then named neither in SMS nor in notifications, only in e-mails and on the patient's page."),
    )


class AddressStep(DeskForm):
    """Where the doctor sees them."""

    street = forms.CharField(label=_("Street and number"), max_length=200)
    postcode = forms.CharField(label=_("Postcode"), required=False, max_length=20)
    city = forms.CharField(label=_("Town"), max_length=100)
    directions = TextField(
        label=_("How to get there"),
        required=False,
        help_text=_("Floor, entrance, parking, tram: it stands in the details of each visit."),
    )


class ServiceStep(DeskForm):
    """What patients come for, and whether they book it themselves."""

    name = forms.CharField(label=_("Name"), max_length=200, initial=_("Consultation"))
    minutes = forms.IntegerField(
        label=_("How long it takes (minutes)"),
        initial=30,
        min_value=BOUNDS["minutes"][0],
        max_value=BOUNDS["minutes"][1],
    )
    preparation = TextField(
        label=_("How to prepare"),
        required=False,
        help_text=_("Stands in the details of the visit and on its page, for example: come with an empty stomach."),
    )
    online_booking = SwitchField(
        label=_("Patients book online"),
        help_text=_("On the doctor's public profile. It can be switched on later as well."),
    )


class TrialStep(DeskForm):
    """Where a test goes."""

    channel = forms.ChoiceField(label=_("Channel"), widget=forms.RadioSelect(attrs={"class": "form-check-input"}))
    email = MailField(label=_("E-mail"), required=False)
    phone = MobileField(label=_("Mobile phone"), required=False)

    def __init__(self, choices: "list[tuple[str, str]]", *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)  # noqa: S101 - said so just above
        channel.choices = choices

    def clean(self) -> dict[str, Any]:
        """The address is needed by the channel that was chosen."""
        given = super().clean() or {}
        needed = {Channel.SMS.value: "phone", Channel.EMAIL.value: "email"}.get(given.get("channel", ""))
        if needed is not None:
            self.errors.pop("phone" if needed == "email" else "email", None)  # it is not shown
        if needed is not None and needed not in self.errors and not given.get(needed):
            self.add_error(needed, gettext("Say where it is to go."))
        return given
