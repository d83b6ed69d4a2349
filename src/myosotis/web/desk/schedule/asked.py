"""What of the schedule is asked for: which days of which calendars, as the address says it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from myosotis.domain.window import instant
from myosotis.flows import found
from myosotis.store.models import Calendar
from myosotis.value_class import value_class
from myosotis.web.desk.access import Desk
from myosotis.web.desk.ids import LONGEST, id_in
from myosotis.web.times_shown import A_DAY, day_of

WEEK: Final = 7 * A_DAY
WALL: Final = "%Y-%m-%dT%H:%M"
"""A time as the clock on the wall of the address shows it; scripts and forms know no other."""


class View(StrEnum):
    WEEK = "week"
    DAY = "day"


@value_class
class Asked:
    """Days and calendars to show. `day` is the one of the list; in the week's view its week is shown."""

    view: View
    day: date
    today: date
    calendars: Sequence[Calendar]
    all_calendars: Sequence[Calendar]
    cancelled: bool

    @property
    def first(self) -> date:
        return self.day if self.view is View.DAY else self.day - self.day.weekday() * A_DAY

    @property
    def last(self) -> date:
        return self.first if self.view is View.DAY else self.first + WEEK - A_DAY

    @property
    def days(self) -> list[date]:
        """The week around the day, whichever view is shown."""
        monday = self.day - self.day.weekday() * A_DAY
        return [monday + number * A_DAY for number in range(7)]

    def url(self, name: str = "schedule", *, day: date | None = None, view: View | None = None) -> str:
        """The address of the same calendars on another day or in the other view."""
        query: dict[str, object] = {"day": day or self.day, "view": view or self.view}
        if self.some:
            query["calendar"] = [calendar.pk for calendar in self.calendars]
        if self.cancelled:
            query["cancelled"] = 1
        return f"{reverse(f'desk:{name}')}?{urlencode(query, doseq=True)}"

    @property
    def some(self) -> bool:
        """Not all of the calendars."""
        return len(self.calendars) != len(self.all_calendars)

    @property
    def events(self) -> str:
        return self.url("schedule_events")

    @property
    def list(self) -> str:
        return self.url("schedule_list")

    @property
    def now(self) -> str:
        """Today, with the same calendars in the same view."""
        return self.url(day=self.today)

    @property
    def week(self) -> str:
        return self.url(view=View.WEEK)

    @property
    def one_day(self) -> str:
        return self.url(view=View.DAY)

    @property
    def before(self) -> str:
        return self.url(day=self.day - (A_DAY if self.view is View.DAY else WEEK))

    @property
    def after(self) -> str:
        return self.url(day=self.day + (A_DAY if self.view is View.DAY else WEEK))


def asked_for(request: HttpRequest, desk: Desk, now: datetime) -> Asked:
    """What the address asks for; what it leaves out is today's week of all calendars. Ids of others are not there."""
    query = request.GET
    mine = list(desk.calendars())
    chosen = _chosen(query, mine)
    today = now.astimezone(_zone_of(chosen)).date()
    view = query.get("view", "")
    return Asked(
        view=View(view) if view in set(View) else View.WEEK,
        day=day_of(query.get("day", "")) or today,
        today=today,
        calendars=chosen,
        all_calendars=mine,
        cancelled=bool(query.get("cancelled")),
    )


def _chosen(query: QueryDict, mine: Sequence[Calendar]) -> list[Calendar]:
    wanted = set(query.getlist("calendar"))
    return [calendar for calendar in mine if str(calendar.pk) in wanted] if wanted else list(mine)


def _zone_of(calendars: Sequence[Calendar]) -> ZoneInfo:
    return calendars[0].address.zone if calendars else ZoneInfo("Europe/Warsaw")


def calendar_of(desk: Desk, text: str) -> Calendar:
    """The calendar with this id, of those that the desk shows. Raises NotFound."""
    return found.one(desk.calendars().filter(pk=id_in(text)), "calendar")


def wall_of(text: str) -> datetime | None:
    """The wall time that a script or a form says (2027-03-28T10:30); None for anything else."""
    day, _, clock = text[: len("2027-03-28T10:30")].partition("T")
    known = day_of(day)
    try:
        return None if known is None else datetime.combine(known, time.fromisoformat(clock))
    except ValueError:
        return None


def instant_of(wall: datetime, calendar: Calendar) -> datetime:
    """The instant (UTC) of a wall time at a calendar's address; of a skipped one the next that there is."""
    return instant(wall.date(), wall.time(), calendar.address.zone)


def wall_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows."""
    return moment.astimezone(zone).replace(tzinfo=None)


def wall_span(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when on the wall; where the clocks go back in between, as long as it lasts: it ends after it starts."""
    begins, ends = wall_at(start, zone), wall_at(end, zone)
    return begins, ends if ends > begins else begins + (end - start)


def number_of(sent: Mapping[str, str], name: str) -> int | None:
    """A number that a form may send; None where it sends none, or something else."""
    text = sent.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= LONGEST else None
