"""The forms by which a visit is changed."""

from typing import Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.words import Party
from myosotis.web.desk.fields import ClockField, DayField, PickField, SwitchField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.visits.words import SWITCHES

ASKED: Final[list[tuple[str, "str | Promise"]]] = [
    (Party.PRACTICE.value, _("the practice")),
    (Party.PATIENT.value, _("the patient")),
]
OTHER_TIME: Final = "other"
"""Chosen instead of one of the free times: the day and the time beside it count."""


class AskedForm(DeskForm):
    """What staff do at somebody's wish; with the revision of the visit as it was shown."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    by = PickField(label=_("Who asked for it"), choices=ASKED, initial=Party.PRACTICE.value)


class CancelForm(AskedForm):
    """Who asked for it, and what the patient reads."""

    reason = forms.CharField(
        label=_("Reason for the patient"),
        help_text=_("The patient reads it in the message. Write nothing about health."),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class MoveForm(AskedForm):
    """To which calendar and when: one of the free times, or any other."""

    calendar = forms.IntegerField(min_value=1)
    start = forms.CharField(max_length=20)
    day = DayField(label=_("Day"), required=False)
    clock = ClockField(label=_("Time"), required=False)


class ServiceForm(DeskForm):
    """What the visit is for."""

    service = forms.TypedChoiceField(label=_("Service"), coerce=int, empty_value=None, required=False)


class GiveForm(DeskForm):
    """Whose the visit is from now on."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    patient = forms.IntegerField(min_value=1)
    correction = PickField(
        label=_("Who is told"),
        choices=[
            (
                "no",
                _("The visit is given away: the former patient hears that it is cancelled, the new one of the booking"),
            ),
            ("yes", _("Correction of the card: it was the new patient's all along, and nobody is told")),
        ],
        initial="no",
    )


class SwitchesForm(DeskForm):
    """The six switches as they are for this visit, and sending nothing at all."""

    silent = SwitchField(label=_("Send nothing of this visit"))

    def __init__(self, *given: object, locked: bool = False, **named: object) -> None:
        """`locked`: the visit was booked by the patient, whose request for an opinion goes whatever the switches say."""
        super().__init__(*given, **named)  # type: ignore[arg-type] # passed on as it came
        for name, label in SWITCHES.items():
            self.fields[name] = SwitchField(label=label, disabled=locked and name == "review")
