"""The form by which a file is uploaded."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myosotis.importing.places import name_of
from myosotis.web.desk.access import Desk
from myosotis.web.desk.forms import DeskForm

LARGEST: Final = 20 * 1024 * 1024
"""Bytes: some 200,000 rows."""
SORTS: Final = {
    "patients": gettext_lazy("Patients"),
    "visits": gettext_lazy("Visits"),
    "events": gettext_lazy("Events of a calendar"),
}


class UploadForm(DeskForm):
    """A file, and what is to be known of it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV (from Excel: “CSV UTF-8”) or iCalendar (.ics), 20 MB at most."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.ics,text/csv,text/calendar"}),
    )
    what = forms.ChoiceField(
        label=gettext_lazy("What the file holds"),
        required=False,
        choices=[("", gettext_lazy("To be seen from the file")), *SORTS.items()],
    )
    calendar = forms.ChoiceField(
        label=gettext_lazy("Calendar"),
        required=False,
        help_text=gettext_lazy(
            "Needed for a calendar file. Of visits: only if the file does not say whose they are; then all are of this calendar."
        ),
    )

    def __init__(self, desk: Desk, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        calendars = [(str(calendar.pk), name_of(calendar)) for calendar in desk.calendars()]
        self.fields["calendar"] = forms.ChoiceField(
            label=self.fields["calendar"].label,
            required=False,
            help_text=self.fields["calendar"].help_text,
            choices=[("", _("As the file says")), *calendars],
        )

    def clean_file(self) -> Any:
        """Not too large."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(_("The file is larger than 20 MB. Split it, for example by year."))
        return file

    def clean_calendar(self) -> int | None:
        """The calendar's id."""
        chosen = self.cleaned_data["calendar"]
        return int(chosen) if chosen else None
