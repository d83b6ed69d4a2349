"""What is counted of a practice, and months as they pass at an address: for statistics."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from myosotis.value_class import value_class


class Measure(StrEnum):
    """What a figure counts. Words are stored, so never renamed."""

    VISITS = "visits"
    """By what became of them (`Became`); of the month in which they start."""
    ONLINE = "online"
    """Of these, those that the patient booked through the portal."""
    REMINDED = "reminded"
    """Visits that are over and were not cancelled, with a reminder sent before: `held` or `no_show`."""
    UNREMINDED = "unreminded"
    """The same without one."""
    CONFIRMED = "confirmed"
    """Visits confirmed, by the way; of the month in which that was."""
    FREED = "freed"
    """Times left by a cancellation or a move before they came, by who asked for it; of the month in which that was."""
    REFILLED = "refilled"
    """Of these, those that were booked again, by how soon (`Soon`)."""
    OFFERED = "offered"
    """Freed times offered to patients, by how the offer ended; of the month in which it was opened."""
    ASKED = "asked"
    """Patients asked by these offers."""
    SENT = "sent"
    """Messages handed over, by kind and channel, with parts and cost; of the month in which that was."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    """Handed over, and reported not to have arrived."""
    READ = "read"
    FOLLOWED = "followed"
    """SMS that went because nothing of the first wave was read, by kind."""
    SAVED = "saved"
    """SMS that did not have to go because something was read, by kind."""
    KEPT = "kept"
    """No number: a mark that the month's figures are stored."""


class Became(StrEnum):
    """What became of a visit."""

    HELD = "held"
    """It is over and nobody noted that the patient did not come."""
    NO_SHOW = "no_show"
    CANCELLED_BY_PATIENT = "by_patient"
    CANCELLED_BY_PRACTICE = "by_practice"
    AHEAD = "ahead"


class Soon(StrEnum):
    """How soon after it became free a time was booked again."""

    HOUR = "hour"
    DAY = "day"
    LATER = "later"


def how_soon(passed: timedelta) -> Soon:
    """The bounds belong to the shorter one."""
    if passed <= timedelta(hours=1):
        return Soon.HOUR
    return Soon.DAY if passed <= timedelta(hours=24) else Soon.LATER


@value_class(kw_only=False)
class Figure:
    """One number: of a calendar (None: of no calendar) and a month, given by its first day."""

    calendar_id: int | None
    month: date
    measure: Measure
    split: str
    channel: str
    count: int
    parts: int = 0
    cost: Decimal = Decimal(0)


def month_of(instant: datetime, zone: ZoneInfo) -> date:
    """The first day of the month that it is at `instant` in `zone`."""
    return instant.astimezone(zone).date().replace(day=1)


def next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def earlier(month: date, count: int) -> date:
    """The month so many before."""
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def months_from(first: date, last: date) -> list[date]:
    """All months from one to another, both included; none if `last` comes before."""
    months = []
    while first <= last:
        months.append(first)
        first = next_month(first)
    return months


def begins(month: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a month begins in `zone`."""
    return datetime(month.year, month.month, 1, tzinfo=zone).astimezone(UTC)


def bounds(months: Sequence[date], zone: ZoneInfo) -> list[datetime]:
    """Where months that follow each other begin in `zone` (UTC), and where the last one ends."""
    return [begins(month, zone) for month in [*months, next_month(months[-1])]]
