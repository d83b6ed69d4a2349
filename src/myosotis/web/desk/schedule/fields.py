"""Fields that the forms of the schedule share, and how one of them ends."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse

from myosotis.store.models import Calendar
from myosotis.web.desk import frame

if TYPE_CHECKING:
    ChoiceOfCalendar = forms.ModelChoiceField[Calendar]
else:
    ChoiceOfCalendar = forms.ModelChoiceField  # knows no types at run time


class CalendarField(ChoiceOfCalendar):
    """A calendar of those that the desk shows: the form sets its rows."""

    def __init__(self, **given: Any) -> None:
        super().__init__(Calendar.objects.none(), empty_label=None, **given)

    def label_from_instance(self, obj: Calendar) -> str:
        return f"{obj.doctor.full_name}, {obj.address.street}, {obj.address.city}"


def time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def done_in_drawer(request: HttpRequest, url: str) -> HttpResponse:
    """As `frame.done`, and the drawer closes."""
    response = frame.done(request, url)
    if response.has_header("HX-Trigger"):
        # Not sooner: what htmx swaps, even if it is nothing, opens the drawer again.
        response["HX-Trigger-After-Settle"] = "desk:close"
    return response


def piece_or_page(request: HttpRequest, name: str) -> str:
    """The template of what is shown in the drawer, or as a page of its own."""
    in_drawer = request.headers.get("HX-Target") == "drawer-body"
    return f"desk/schedule/{name}.piece.html" if in_drawer else f"desk/schedule/{name}.html"
