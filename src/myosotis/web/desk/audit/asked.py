"""What is asked of the audit log: by whom, between which days, about which thing."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myosotis.store.audit_log import Asked
from myosotis.web.desk.audit.shown import People
from myosotis.web.desk.audit.words import THINGS
from myosotis.web.desk.fields import DayField
from myosotis.web.desk.forms import DeskForm

LATELY: Final = timedelta(days=30)
"""So far back the log is shown unless days are chosen."""
A_DAY: Final = timedelta(days=1)
HIGHEST_ID: Final = 2**63 - 1


class AskedForm(DeskForm):
    """All of it may be left out."""

    person = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    since = DayField(label=gettext_lazy("From"), required=False)
    until = DayField(label=gettext_lazy("To"), required=False)
    thing = forms.ChoiceField(label=gettext_lazy("Thing"), required=False)
    number = forms.IntegerField(label=gettext_lazy("Number"), required=False, min_value=1, max_value=HIGHEST_ID)

    def __init__(self, people: People, given: Any) -> None:
        super().__init__(given)
        wanted = given.get("person", "")
        choices = [("", _("Everybody")), *people.choices(also=wanted)]
        things = sorted(((name, str(word)) for name, word in THINGS.items()), key=lambda one: one[1])
        self.fields["person"] = forms.ChoiceField(label=_("Who"), required=False, choices=choices)
        self.fields["thing"] = forms.ChoiceField(label=_("Thing"), required=False, choices=[("", _("Any")), *things])


def asked_of(form: AskedForm, now: datetime, zone: ZoneInfo) -> Asked:
    """What is asked; days are those of `zone`. A field that was filled in wrongly is told of, and asks nothing."""
    form.is_valid()
    given = form.cleaned_data
    today = now.astimezone(zone).date()
    until = given.get("until") or today
    since = given.get("since") or until - LATELY
    return Asked(
        since=_midnight(since, zone),
        until=_midnight(min(until, date.max - A_DAY) + A_DAY, zone),
        actor=given.get("person") or "",
        object_type=given.get("thing") or "",
        object_id=given.get("number"),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins; of the first and last that a calendar has, by UTC."""
    if date.min + A_DAY < day < date.max - A_DAY:
        return datetime.combine(day, time(0), zone).astimezone(UTC)
    return datetime.combine(day, time(0), UTC)
