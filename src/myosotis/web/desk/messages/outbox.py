"""Powiadomienia: every message of the practice by day, with what became of it and why."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.reasons import STATUSES, channel_name, kind_name
from myosotis.domain.words import Channel, Kind, MessageStatus
from myosotis.store import listed
from myosotis.store.home import days, home_zone
from myosotis.store.listed import Cursor, Wanted
from myosotis.store.models import Message
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.visits import story
from myosotis.web.times_shown import day_of

LONGEST: Final = 92
"""Days shown at once: a quarter."""
FARTHEST: Final = timedelta(days=3660)
"""From today a day is taken for meant."""

W = TypeVar("W", bound=StrEnum)


@value_class
class Filter:
    """What was asked for, as the form shows it again."""

    first: date
    last: date
    kind: Kind | None
    channel: Channel | None
    status: MessageStatus | None
    calendar_id: int | None
    problems: bool

    def query(self, **changed: str) -> str:
        """As the address says it: words, days and ids."""
        words = {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "kind": self.kind or "",
            "channel": self.channel or "",
            "status": self.status or "",
            "calendar": str(self.calendar_id or ""),
            "problems": "1" if self.problems else "",
        }
        return urlencode({name: value for name, value in (words | changed).items() if value})


@require_safe
@staff(*ANYBODY)
def outbox(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/messages`; `?from=&to=` local days, `kind`, `channel`, `status`, `calendar`, `problems`, `after`."""
    zone = home_zone(desk.practice.pk)
    today = clock.now().astimezone(zone).date()
    asked = _asked(request.GET, today)
    wanted = _wanted(asked, desk, zone)
    page = listed.page(desk.practice, wanted, _cursor(request.GET.get("after", "")))
    counts = listed.counted(desk.practice, wanted)
    shown = {
        "asked": asked,
        "lines": [_line(message, desk, zone) for message in page.messages],
        "older": asked.query(after=_said(page.following)) if page.following else "",
        "counts": [_count(status, count, asked, desk) for status, count in sorted(counts.items(), key=_place)],
        "days": _near(asked, today),
        "kinds": [(kind.value, kind_name(kind, desk.language)) for kind in Kind],
        "channels": [(channel.value, channel_name(channel, desk.language)) for channel in Channel],
        "statuses": [(status.value, STATUSES[status][desk.language]) for status in MessageStatus],
        "calendars": list(desk.calendars()),
    }
    return answer(request, desk, "desk/messages/outbox.html", shown)


@value_class
class Line:
    """One message of the list."""

    message: Message
    shown: story.MessageShown


def _line(message: Message, desk: Desk, home: ZoneInfo) -> Line:
    visit = message.visit
    if visit is None:
        return Line(message=message, shown=story.worded(message, home, desk.language))
    return Line(message=message, shown=story.shown(message, visit, desk.language))


def _count(status: MessageStatus, count: int, asked: Filter, desk: Desk) -> tuple[str, int, str, str, bool]:
    """Word, number, class of its mark, address of these alone, and whether these are shown."""
    chosen = asked.status is status
    query = asked.query(status="" if chosen else status.value)
    return STATUSES[status][desk.language], count, story.MARKS[status], query, chosen


def _place(item: tuple[MessageStatus, int]) -> int:
    return list(MessageStatus).index(item[0])


def _near(asked: Filter, today: date) -> Mapping[str, str]:
    """Addresses of days that are often wanted."""
    step = timedelta(days=(asked.last - asked.first).days + 1)

    def span(first: date, last: date) -> str:
        return asked.query(**{"from": first.isoformat(), "to": last.isoformat()})

    return {
        "before": span(asked.first - step, asked.last - step),
        "after": span(asked.first + step, asked.last + step),
        "today": span(today, today),
        "week": span(today - timedelta(days=6), today),
        "ahead": span(today, today + timedelta(days=6)),
    }


def _wanted(asked: Filter, desk: Desk, zone: ZoneInfo) -> Wanted:
    """Of a calendar that this desk does not reach nothing is shown; a doctor sees the own ones."""
    since, until = days(asked.first, asked.last, zone)
    calendar_id = asked.calendar_id
    if calendar_id is not None and not desk.calendars().filter(id=calendar_id).exists():
        calendar_id = 0
    return Wanted(
        since=since,
        until=until,
        kind=asked.kind,
        channel=asked.channel,
        status=asked.status,
        calendar_id=calendar_id,
        doctor_id=None if desk.sees_all else (desk.membership.doctor_id or 0),
        problems=asked.problems,
    )


def _asked(given: Mapping[str, str], today: date) -> Filter:
    first = _day(given.get("from", ""), today) or today
    last = max(first, _day(given.get("to", ""), today) or first)
    return Filter(
        first=first,
        last=min(last, first + timedelta(days=LONGEST - 1)),
        kind=_word(Kind, given.get("kind", "")),
        channel=_word(Channel, given.get("channel", "")),
        status=_word(MessageStatus, given.get("status", "")),
        calendar_id=id_in(given.get("calendar", "")) or None,
        problems=given.get("problems") == "1",
    )


def _word(words: Callable[[str], W], given: str) -> W | None:
    try:
        return words(given)
    except ValueError:
        return None


def _day(given: str, today: date) -> date | None:
    day = day_of(given)
    return day if day is not None and abs(day - today) < FARTHEST else None


def _said(cursor: Cursor) -> str:
    at, key = cursor
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{key}"


def _cursor(given: str) -> Cursor | None:
    at, _, key = given.partition("-")
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), id_in(key)
    except ValueError:
        return None
