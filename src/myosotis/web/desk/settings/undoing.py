"""Taking back the last change of opening: what was before is kept in the session for a minute. No patient's data."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from myosotis import clock
from myosotis.flows import calendar_changed, days_changed
from myosotis.flows.calendar_changed import Opening
from myosotis.flows.days_changed import Days
from myosotis.flows.errors import NotFound
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import done, say, warn
from myosotis.web.desk.settings import calendars

KEY: Final = "opening_before"
LASTS: Final = timedelta(seconds=60)


def keep_days(request: HttpRequest, before: Mapping[int, Days]) -> str:
    """Note how days differed; the address that brings it back."""
    written = {
        str(calendar_id): {day.isoformat(): _written(hours) for day, hours in days.items()}
        for calendar_id, days in before.items()
    }
    return _keep(request, {"days": written})


def keep_hours(request: HttpRequest, calendar_id: int, hours: list[Opening]) -> str:
    """Note the weekly hours of a calendar; the address that brings them back."""
    week = [[weekday, opens.isoformat(), closes.isoformat()] for weekday, opens, closes in hours]
    return _keep(request, {"week": {str(calendar_id): week}})


def keep_blocked(request: HttpRequest, calendar_id: int, start: datetime, end: datetime) -> str:
    """Note time that was blocked (UTC); the address that blocks it again."""
    return _keep(request, {"block": [calendar_id, start.isoformat(), end.isoformat()]})


def _written(hours: "days_changed.Hours | None") -> list[list[str]] | None:
    return None if hours is None else [[opens.isoformat(), closes.isoformat()] for opens, closes in hours]


def _keep(request: HttpRequest, before: dict[str, Any]) -> str:
    request.session[KEY] = {**before, "at": clock.now().isoformat()}
    return reverse("desk:opening_undo")


@require_POST
@staff(*ANYBODY)
def opening_undo(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/calendars/undo`."""
    before = request.session.pop(KEY, None)
    if before is None or clock.now() - datetime.fromisoformat(before["at"]) > LASTS:
        warn(request, _("It can be undone within a minute only; that is over."))
        return done(request, reverse("desk:calendars"))
    for calendar_id in _calendars(before):
        calendars.at(desk, calendar_id)
    _bring_back(desk, before)
    say(request, _("Undone."))
    return done(request, reverse("desk:calendars"))


def _calendars(before: dict[str, Any]) -> list[int]:
    if "block" in before:
        return [before["block"][0]]
    found = before.get("days", before.get("week"))
    if found is None:
        raise NotFound("change")
    return [int(calendar_id) for calendar_id in found]


def _bring_back(desk: Desk, before: dict[str, Any]) -> None:
    common: dict[str, Any] = {"practice": desk.practice, "actor": desk.actor, "now": clock.now()}
    if "block" in before:
        calendar_id, start, end = before["block"]
        calendar_changed.block(
            calendar_id=calendar_id, start=datetime.fromisoformat(start), end=datetime.fromisoformat(end), **common
        )
    for calendar_id, week in before.get("week", {}).items():
        hours = [(day, time.fromisoformat(opens), time.fromisoformat(closes)) for day, opens, closes in week]
        calendar_changed.set_opening_hours(calendar_id=int(calendar_id), hours=hours, **common)
    if "days" in before:
        days_changed.set_days(
            days={int(calendar_id): _read(days) for calendar_id, days in before["days"].items()}, **common
        )


def _read(days: dict[str, list[list[str]] | None]) -> Days:
    return {
        date.fromisoformat(day): None
        if hours is None
        else [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in hours]
        for day, hours in days.items()
    }
