"""The form of a card."""

from typing import Any, Final, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from myosotis.content.names import one_line
from myosotis.content.values import phone_for_people
from myosotis.domain.words import Language, OptOut
from myosotis.flows.patient_changed import CardFields
from myosotis.intake.phones import parse_phone
from myosotis.store.models import Patient
from myosotis.web.desk.fields import MailField, PhoneField
from myosotis.web.desk.forms import DeskForm

UNWANTED: Final = tuple(f"no_{word}" for word in OptOut)
PHONES: Final = ("phone", "guardian_phone")
PLAIN: Final = (
    "first_name", "last_name", "email", "phone", "language", "guardian_name", "guardian_email", "guardian_phone",
    "guardian_until", *UNWANTED, "silent", "deceased",
)  # fmt: skip


class CardForm(DeskForm):
    """Names, addresses, guardian, and what the patient does not want."""

    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    last_name = forms.CharField(label=_("Family name"), max_length=100)
    phone = PhoneField(label=_("Phone"), required=False)
    email = MailField(label=_("E-mail"), required=False)
    language = forms.ChoiceField(
        label=_("Language of the messages"),
        required=False,
        choices=[("", _("as the practice")), (Language.PL, "polski"), (Language.EN, "English")],
    )
    guardian_name = forms.CharField(label=_("Guardian's name"), max_length=200, required=False)
    guardian_phone = PhoneField(label=_("Guardian's phone"), required=False)
    guardian_email = MailField(label=_("Guardian's e-mail"), required=False)
    guardian_until = forms.DateField(
        label=_("From this day on write to the patient"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The hand-over date, such as the eighteenth birthday. Until then everything goes to the guardian."),
    )
    no_sms = forms.BooleanField(label=pgettext_lazy("unwanted", "SMS"), required=False)
    no_email = forms.BooleanField(label=pgettext_lazy("unwanted", "e-mails"), required=False)
    no_push = forms.BooleanField(label=pgettext_lazy("unwanted", "notifications in the app"), required=False)
    no_review = forms.BooleanField(label=pgettext_lazy("unwanted", "requests for an opinion"), required=False)
    no_rebook = forms.BooleanField(label=pgettext_lazy("unwanted", "invitations to the next visit"), required=False)
    no_offer = forms.BooleanField(label=pgettext_lazy("unwanted", "offers of an earlier time"), required=False)
    silent = forms.BooleanField(
        label=_("Send nothing at all"),
        required=False,
        help_text=_("No message of any kind. Changes of visits go to the call list."),
    )
    deceased = forms.BooleanField(
        label=_("The patient has died"),
        required=False,
        help_text=_("Everything planned stops at once, nothing more is ever sent, and no earlier time is offered."),
    )

    @classmethod
    def of(cls, patient: Patient) -> "CardForm":
        """Filled in with a card."""
        filled = {name: getattr(patient, name) for name in PLAIN}
        return cls(initial=filled | {name: phone_for_people(filled[name]) for name in PHONES})

    @property
    def card(self) -> CardFields:
        """What was typed, as a card has it; of a valid form."""
        typed: dict[str, Any] = {name: self.cleaned_data[name] for name in PLAIN}
        for name in ("first_name", "last_name", "guardian_name"):
            typed[name] = one_line(typed[name])
        for name in PHONES:
            typed[f"{name}_is_mobile"] = parse_phone(typed[name]).is_mobile if typed[name] else True
        return cast("CardFields", typed)
