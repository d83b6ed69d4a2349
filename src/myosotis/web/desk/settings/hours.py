"""The editor of weekly opening hours: several stretches a day, one day copied to others."""

from dataclasses import dataclass, field
from datetime import time
from http import HTTPStatus
from itertools import pairwise
from typing import Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.content.moments import WORDS
from myosotis.domain.words import Language
from myosotis.flows import calendar_changed
from myosotis.flows.calendar_changed import Opening
from myosotis.store import visits_outside
from myosotis.store.models import Calendar
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer, say
from myosotis.web.desk.settings import calendars, undoing

DAYS: Final = 7
MOST: Final = 6
"""Stretches that a day may have."""
USUAL: Final = tuple((weekday, time(8), time(16)) for weekday in range(5))
"""What a new calendar is proposed."""


@dataclass(kw_only=True, slots=True)
class DayHours:
    """The stretches of a weekday as they were typed, and what is wrong with them."""

    weekday: int
    name: str
    stretches: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""


def week_of(hours: "list[Opening] | tuple[Opening, ...]", language: Language) -> list[DayHours]:
    """Weekly hours for the editor."""
    week = [DayHours(weekday=number, name=WORDS[language].days[number]) for number in range(DAYS)]
    for weekday, opens, closes in hours:
        week[weekday].stretches.append((f"{opens:%H:%M}", f"{closes:%H:%M}"))
    return week


def read(posted: QueryDict, language: Language) -> tuple[list[DayHours], list[Opening]]:
    """What was typed, with what is wrong at each day, and the hours that it comes to."""
    week, hours = week_of((), language), []
    for day in week:
        typed = zip(posted.getlist(f"opens-{day.weekday}"), posted.getlist(f"closes-{day.weekday}"), strict=False)
        day.stretches = [(opens.strip(), closes.strip()) for opens, closes in typed if opens.strip() or closes.strip()]
        stretches = _understood(day)
        hours += [(day.weekday, opens, closes) for opens, closes in stretches]
    return week, hours


def _understood(day: DayHours) -> list[tuple[time, time]]:
    """The stretches of a day in order; none, and the reason at the day, where one of them is wrong."""
    found = []
    for opens, closes in day.stretches:
        if not opens or not closes:
            day.error = _("Say both from when and to when, or neither.")
            return []
        try:
            found.append((_clock(opens), _clock(closes)))
        except ValueError:
            day.error = _("Times such as 08:00 and 16:30.")
            return []
    found.sort()
    if any(closes <= opens for opens, closes in found):
        day.error = _("Each stretch has to end after it begins, before midnight.")
    elif any(opens < closes for (_opens, closes), (opens, _closes) in pairwise(found)):
        day.error = _("Two stretches overlap.")
    elif len(found) > MOST:
        day.error = _("At most %(most)s stretches.") % {"most": MOST}
    return [] if day.error else found


def _clock(text: str) -> time:
    """A time on the wall. Raises ValueError for one with a zone as well."""
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(text)
    return found


def hours_now(calendar: Calendar) -> list[Opening]:
    """The weekly hours of a calendar, in order."""
    return list(calendar.opening_hours.order_by("weekday", "opens").values_list("weekday", "opens", "closes"))


def save_hours(desk: Desk, calendar: Calendar, hours: list[Opening]) -> None:
    calendar_changed.set_opening_hours(
        practice=desk.practice, calendar_id=calendar.pk, hours=hours, actor=desk.actor, now=clock.now()
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def hours(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """`/desk/settings/calendars/<id>/hours`."""
    row = calendars.at(desk, calendar_id)
    before = hours_now(row)
    status = HTTPStatus.OK
    week = week_of(before or USUAL, desk.language)
    if request.method == "POST":
        week, wanted = read(request.POST, desk.language)
        if not any(day.error for day in week):
            _change(request, desk, row, before, wanted)
            return redirect("desk:hours", row.pk)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "calendar": row,
        "week": week,
        "proposed": not before and status == HTTPStatus.OK,
        "outside": visits_outside.ahead(row, clock.now()),
    }
    return answer(request, desk, "desk/settings/hours.html", context, status)


def _change(request: HttpRequest, desk: Desk, calendar: Calendar, before: list[Opening], wanted: list[Opening]) -> None:
    running = calendar.offers.filter(closed_at=None)
    ran = running.count()
    save_hours(desk, calendar, wanted)
    outside = len(visits_outside.ahead(calendar, clock.now()))
    say(
        request,
        " ".join([_("The opening hours are saved."), *consequences(outside, ran - running.count())]),
        undo=undoing.keep_hours(request, calendar.pk, before),
    )


def consequences(outside: int, offers_ended: int) -> list[str]:
    """What a change of opening means for what is there already, a sentence for each."""
    said = []
    if outside:
        stay = ngettext(
            "%(count)s visit ahead is outside of opening time; it stays booked.",
            "%(count)s visits ahead are outside of opening time; they stay booked.",
            outside,
        )
        said.append(stay % {"count": outside})
    return [*said, *ended(offers_ended)]


def ended(offers: int) -> list[str]:
    """That offers of an earlier time ended, if any did."""
    if not offers:
        return []
    words = ngettext("%(count)s offer of an earlier time ended.", "%(count)s offers of an earlier time ended.", offers)
    return [words % {"count": offers}]
