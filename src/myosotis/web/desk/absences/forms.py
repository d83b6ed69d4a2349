"""The form of an absence: who is away and when, and what is to become of the visits."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.words import AbsenceWay
from myosotis.flows.doctor_absent import FURTHEST, Plan
from myosotis.store.absences import Times
from myosotis.store.models import Calendar
from myosotis.web.desk.fields import ClockField, DayField, PickField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.visits.words import calendar_name

WAYS: Final[dict[AbsenceWay, "str | Promise"]] = {
    AbsenceWay.CANCEL: _("Cancel them"),
    AbsenceWay.MOVE_DAYS: _("Move them by some days, to the same time"),
    AbsenceWay.MOVE_CALENDAR: _("Move them to another calendar, at the same time"),
    AbsenceWay.LEAVE: _("Leave them: somebody sees to each by hand"),
}
ONE: Final[dict[AbsenceWay, "str | Promise"]] = {
    AbsenceWay.CANCEL: _("cancel"),
    AbsenceWay.MOVE_DAYS: _("move by days"),
    AbsenceWay.MOVE_CALENDAR: _("move to the calendar"),
    AbsenceWay.LEAVE: _("leave"),
}
"""For a single visit that goes another way than the rest."""


class AbsenceForm(DeskForm):
    """Who, from when to when, why; and what becomes of the visits."""

    calendars = forms.TypedMultipleChoiceField(
        label=_("Calendars"), coerce=int, widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )
    first_day = DayField(label=_("From"))
    last_day = DayField(label=_("Until and including"))
    from_time = ClockField(label=_("From the time"), required=False)
    until_time = ClockField(label=_("Until the time"), required=False)
    why = forms.CharField(
        label=_("Why, for the staff alone"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    way = PickField(label=_("The visits in that time"), choices=[(way.value, word) for way, word in WAYS.items()])
    days = forms.IntegerField(label=_("By how many days"), min_value=1, max_value=FURTHEST, required=False)
    to_calendar = forms.TypedChoiceField(label=_("To which calendar"), coerce=int, empty_value=None, required=False)
    message = forms.CharField(
        label=_("Message for patients whose visit is cancelled"),
        help_text=_("They read it as the reason. Write nothing about health. Who is moved gets the new time only."),
        max_length=500, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, calendars: Iterable[Calendar], *given: Any, **named: Any) -> None:
        """`calendars`: those that somebody may choose from, as the absent and as the ones to move to."""
        super().__init__(*given, **named)
        choices = [(calendar.pk, calendar_name(calendar)) for calendar in calendars]
        self.fields["calendars"].choices = choices  # type: ignore[attr-defined] # a choice field's
        self.fields["to_calendar"].choices = [("", "–"), *choices]  # type: ignore[attr-defined] # as above

    def times(self) -> Times:
        """From when to when, of a valid form, or of one whose days are right."""
        given = self.cleaned_data
        return Times(
            first_day=given["first_day"],
            last_day=given["last_day"],
            from_time=given.get("from_time"),
            until_time=given.get("until_time"),
        )

    def plan(self) -> Plan:
        given = self.cleaned_data
        return Plan(
            calendar_ids=tuple(given["calendars"]),
            times=self.times(),
            way=AbsenceWay(given["way"]),
            days=given["days"],
            to_calendar_id=given["to_calendar"],
            why=given["why"].strip(),
            message=given["message"].strip(),
        )

    def otherwise(self) -> dict[int, AbsenceWay]:
        """Which visits go another way than the rest, by id: `visit-<id>` in the form."""
        chosen = {}
        for name, value in self.data.items():
            visit_id = id_in(name.removeprefix("visit-")) if name.startswith("visit-") else None
            if visit_id is not None and value in list(AbsenceWay):
                chosen[visit_id] = AbsenceWay(value)
        return chosen
