"""What stands in the schedule, in words and wall times: the same for the week's picture and for the day's list."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from myosotis.content.moments import moment
from myosotis.content.values import phone_for_people
from myosotis.domain.free_times import A_DAY, days_between
from myosotis.domain.words import Language, VisitStatus
from myosotis.flows.patient_acts import OPEN
from myosotis.store.cards import phone_on
from myosotis.store.models import BlockedTime, Calendar, Hold, Offer, Visit
from myosotis.store.schedule import Schedule
from myosotis.value_class import value_class
from myosotis.web.desk.ids import urls_of
from myosotis.web.desk.schedule.asked import WALL, wall_span
from myosotis.web.desk.visits.words import status_of


class Sort(StrEnum):
    VISIT = "visit"
    BLOCKED = "blocked"
    HELD = "held"
    OFFER = "offer"


class Trouble(StrEnum):
    """What staff should know of a visit ahead besides its status."""

    NONE = ""
    UNREACHED = "unreached"
    UNREAD = "unread"


TROUBLES: Final[dict[Trouble, "str | Promise"]] = {
    Trouble.UNREACHED: gettext_lazy("nobody reached: call"),
    Trouble.UNREAD: gettext_lazy("not read yet"),
}


@value_class
class Entry:
    """One thing in a calendar, as a page shows it."""

    id: str
    sort: Sort
    calendar: int
    start: str
    """By the clock on the wall: 2027-03-28T10:30."""
    end: str
    times: str
    """10:30-11:00; the hour that the clock strikes twice is named."""
    title: str
    """Whose, or what it is."""
    service: str = ""
    phone: str = ""
    state: str = ""
    """The word of the status, for its colour."""
    words: str = ""
    """The same for people, with what is wrong."""
    trouble: Trouble = Trouble.NONE
    movable: bool = False
    revision: int = 0
    url: str = ""
    """What opens in the drawer."""
    visit: int | None = None

    @property
    def move_url(self) -> str:
        """Asked for by the list alone: the picture shows hundreds of visits, and moves them by hand."""
        return reverse("desk:visit_move", args=[self.visit]) if self.visit else ""

    @property
    def icon(self) -> str:
        """Its name among `ICONS`."""
        return self.trouble or self.state or self.sort

    @property
    def drawing(self) -> str:
        return ICONS[self.icon]


@value_class
class DayList:
    """One day of one calendar."""

    calendar: Calendar
    day: date
    entries: Sequence[Entry]
    hours: str
    """08:00-12:00, 13:00-18:00; empty where it is closed."""

    @property
    def visits(self) -> int:
        return sum(entry.sort is Sort.VISIT for entry in self.entries)


@value_class
class Writer:
    """Words the things of a schedule; `now` is UTC."""

    schedule: Schedule
    calendars: Sequence[Calendar]
    language: Language
    now: datetime

    def entries(self) -> list[Entry]:
        """Everything, by start on the wall."""
        return sorted(self._all(), key=lambda entry: (entry.start, entry.calendar, entry.id))

    def day_lists(self, day: date) -> list[DayList]:
        """The day of each calendar."""
        entries = self.entries()
        begins, ends = day.isoformat(), (day + A_DAY).isoformat()
        return [
            DayList(
                calendar=calendar,
                day=day,
                entries=[
                    entry
                    for entry in entries
                    if entry.calendar == calendar.pk and entry.start < ends and entry.end > begins
                ],
                hours=self._hours(calendar, day),
            )
            for calendar in self.calendars
        ]

    def closed(self, first: date, last: date, *, together: bool) -> list[dict[str, Any]]:
        """When calendars are closed, on the wall; `together`: only when all of them are."""
        groups = [self.calendars] if together else [[calendar] for calendar in self.calendars]
        return [
            {"calendars": [calendar.pk for calendar in group], "start": start, "end": end}
            for group in groups
            for day in days_between(first, last)
            for start, end in self._closed_on(day, group)
        ]

    def _closed_on(self, day: date, calendars: Sequence[Calendar]) -> Iterator[tuple[str, str]]:
        stretches = sorted(
            stretch for calendar in calendars for stretch in self.schedule.opening[calendar.pk].stretches(day)
        )
        begins = datetime.combine(day, time())
        for opens, closes in stretches:
            if datetime.combine(day, opens) > begins:
                yield begins.strftime(WALL), datetime.combine(day, opens).strftime(WALL)
            begins = max(begins, datetime.combine(day, closes))
        yield begins.strftime(WALL), datetime.combine(day + A_DAY, time()).strftime(WALL)

    def _hours(self, calendar: Calendar, day: date) -> str:
        stretches = sorted(self.schedule.opening[calendar.pk].stretches(day))
        return ", ".join(f"{opens:%H:%M}\N{EN DASH}{closes:%H:%M}" for opens, closes in stretches)

    def _all(self) -> Iterator[Entry]:
        zones = {calendar.pk: calendar.address.zone for calendar in self.calendars}
        url_of = urls_of("desk:visit")
        for visit in self.schedule.booked.visits:
            yield self._visit(visit, url_of(visit.pk), zones[visit.calendar_id])
        for blocked in self.schedule.blocked:
            yield self._blocked(blocked, zones[blocked.calendar_id])
        for hold in self.schedule.held:
            yield self._held(hold, zones[hold.calendar_id])
        for offer in self.schedule.offers:
            yield self._offer(offer, zones[offer.calendar_id])

    def _visit(self, visit: Visit, url: str, zone: ZoneInfo) -> Entry:
        trouble = self._trouble(visit)
        number = phone_on(visit.start.astimezone(zone).date(), visit.patient)
        return Entry(
            id=f"visit-{visit.pk}",
            sort=Sort.VISIT,
            title=_name(visit),
            service=visit.service.name if visit.service else "",
            phone=phone_for_people(number) if number else "",
            state=visit.status,
            words=self._words(visit, trouble),
            trouble=trouble,
            movable=visit.status in OPEN,
            revision=visit.revision,
            url=url,
            visit=visit.pk,
            **self._span(visit, zone),
        )

    def _trouble(self, visit: Visit) -> Trouble:
        if visit.pk in self.schedule.booked.unreached:
            return Trouble.UNREACHED
        return Trouble.UNREAD if visit.pk in self.schedule.booked.unread else Trouble.NONE

    def _words(self, visit: Visit, trouble: Trouble) -> str:
        state = str(status_of(visit, self.now)[0])
        return f"{state}, {TROUBLES[trouble]}" if trouble else state

    def _blocked(self, blocked: BlockedTime, zone: ZoneInfo) -> Entry:
        return Entry(
            id=f"blocked-{blocked.pk}",
            sort=Sort.BLOCKED,
            title=_("Blocked time"),
            url=reverse("desk:schedule_blocked", args=[blocked.pk]),
            **self._span(blocked, zone),
        )

    def _held(self, hold: Hold, zone: ZoneInfo) -> Entry:
        title = _("Somebody is booking just now")
        return Entry(id=f"held-{hold.pk}", sort=Sort.HELD, title=title, **self._span(hold, zone))

    def _offer(self, offer: Offer, zone: ZoneInfo) -> Entry:
        asked: int = getattr(offer, "asked", 0)
        words = ngettext("%(number)s patient asked", "%(number)s patients asked", asked) % {"number": asked}
        title = _("Offered to others")
        return Entry(id=f"offer-{offer.pk}", sort=Sort.OFFER, title=title, words=words, **self._span(offer, zone))

    def _span(self, row: "Visit | BlockedTime | Hold | Offer", zone: ZoneInfo) -> dict[str, Any]:
        begins, ends = wall_span(row.start, row.end, zone)
        return {
            "calendar": row.calendar_id,
            "start": begins.strftime(WALL),
            "end": ends.strftime(WALL),
            "times": f"{self.clock(row.start, zone)}\N{EN DASH}{self.clock(row.end, zone)}",
        }

    def clock(self, at: datetime, zone: ZoneInfo) -> str:
        """What the clock shows then; named where it shows it twice."""
        return moment(at, zone, self.language, zone).clock


def _name(visit: Visit) -> str:
    """Family name first, as a register has it; the narrow column of a week cuts the rest."""
    return f"{visit.patient.last_name} {visit.patient.first_name}".strip()


ICONS: Final = {
    VisitStatus.BOOKED.value: "clock",
    VisitStatus.CONFIRMED.value: "check-lg",
    VisitStatus.CANCELLED.value: "x-lg",
    VisitStatus.NO_SHOW.value: "person-x",
    VisitStatus.DONE.value: "check2-circle",
    Trouble.UNREACHED.value: "exclamation-triangle",
    Trouble.UNREAD.value: "eye-slash",
    Sort.BLOCKED.value: "slash-circle",
    Sort.HELD.value: "hourglass-split",
    Sort.OFFER.value: "megaphone",
}
"""What stands beside the words of a state: of its trouble, its status, or what it is."""


def as_json(entry: Entry) -> dict[str, Any]:
    """What the script of the schedule needs of an entry."""
    return {**{name: getattr(entry, name) for name in SEEN}, "icon": entry.icon}


SEEN: Final = tuple(field.name for field in fields(Entry) if field.name != "phone")
"""What the picture does not show stays here."""
