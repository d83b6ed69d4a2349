"""What the public pages show of a doctor: only where patients can book it themselves."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final

from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import WORDS, DayNames, Moment, day_names, moment, zone_in_doubt
from myosotis.domain.words import Language
from myosotis.store import free_times
from myosotis.store.free_times import FreeDay
from myosotis.store.models import Calendar, Doctor, Service
from myosotis.value_class import value_class
from myosotis.web.phones import Phone, phone_of
from myosotis.web.times_shown import YEARS

WEEK: Final = 7
"""Days that are shown at once."""
MOST_TIMES: Final = 300
"""On one page, at least a whole day's: on a grid of five minutes a week would weigh too much for a poor connection."""
WRITTEN: Final = "%Y-%m-%dT%H:%M:%SZ"
LOOK_AHEAD: Final = 28
"""Days that are looked through at once for the next free time."""


@value_class
class Place:
    """One calendar of a doctor: where it is, what can be booked there, and when next."""

    calendar: Calendar
    phone: Phone | None
    services: tuple[Service, ...]
    """That patients may book; none where booking is by telephone."""
    next_times: tuple[Moment, ...] = ()


@value_class
class TimeShown:
    """A free time as a button."""

    value: str
    """ISO 8601, UTC."""
    clock: str
    """10:00; with the zone only in the hour that comes twice."""


@value_class
class DayShown:
    names: DayNames
    times: tuple[TimeShown, ...]


def doctor_of(slug: str) -> Doctor | None:
    """The doctor with this public profile; None where nothing of theirs can be booked online."""
    doctor = Doctor.objects.select_related("practice").filter(slug=slug).exclude(slug="").first()
    return doctor if doctor is not None and any(bookable(calendar) for calendar in calendars_of(doctor)) else None


def calendars_of(doctor: Doctor) -> Sequence[Calendar]:
    """All calendars of a doctor, with address and services, those with online booking first."""
    calendars = doctor.calendars.select_related("practice", "doctor", "address").prefetch_related("services")
    return list(calendars.order_by("-online_booking", "id"))


def bookable(calendar: Calendar) -> tuple[Service, ...]:
    """The services that patients may book in a calendar themselves."""
    if not calendar.online_booking:
        return ()
    offered = [service for service in calendar.services.all() if service.active and service.online]
    return tuple(sorted(offered, key=lambda service: service.pk))


def place(calendar: Calendar, language: Language, now: datetime, count: int = 0) -> Place:
    """A calendar as it is shown, with the first free time of its first service on each of the next so many free days."""
    services = bookable(calendar)
    return Place(
        calendar=calendar,
        phone=phone_of(calendar.address.phone or calendar.practice.phone),
        services=services,
        next_times=tuple(read(calendar, start, language) for start in islice(_starts(calendar, services, now), count)),
    )


def _starts(calendar: Calendar, services: Sequence[Service], now: datetime) -> Iterator[datetime]:
    if not services:
        return
    zone, day = free_times.zone_of(calendar), None
    for start in starts_from(calendar, services[0], free_times.today(calendar, now), now):
        if start.astimezone(zone).date() != day:
            day = start.astimezone(zone).date()
            yield start


def starts_from(
    calendar: Calendar, service: Service, first_day: date, now: datetime, *, without_hold: int | None = None
) -> Iterator[datetime]:
    """Every free time of a service (UTC) from a local day on, looked up a few weeks at a time."""
    last = free_times.horizon(calendar, now)
    while first_day <= last:
        until = first_day + timedelta(days=LOOK_AHEAD - 1)
        for day in days(calendar, service, first_day, until, now, without_hold=without_hold):
            yield from day.starts
        first_day = until + timedelta(days=1)


def days(
    calendar: Calendar,
    service: Service,
    first_day: date,
    last_day: date,
    now: datetime,
    *,
    without_hold: int | None = None,
) -> list[FreeDay]:
    return free_times.days(
        calendar,
        minutes=service.minutes,
        break_minutes=service.break_minutes,
        first_day=first_day,
        last_day=last_day,
        now=now,
        without_hold=without_hold,
    )


def as_many_as_fit(free: Sequence[FreeDay]) -> list[FreeDay]:
    """The first days, at least one, whose times fit on a page."""
    fitting: list[FreeDay] = []
    count = 0
    for day in free:
        count += len(day.starts)
        if fitting and count > MOST_TIMES:
            break
        fitting.append(day)
    return fitting


def nearest(calendar: Calendar, service: Service, wanted: datetime, now: datetime, count: int) -> list[datetime]:
    """The free times (UTC) that lie closest to the one that was wanted, in order."""
    day = wanted.astimezone(free_times.zone_of(calendar)).date() - timedelta(days=1)
    starts = islice(starts_from(calendar, service, max(day, free_times.today(calendar, now)), now), MOST_TIMES)
    return sorted(sorted(starts, key=lambda start: abs(start - wanted))[:count])


def written(start: datetime) -> str:
    """An instant (UTC) as our buttons write it: 2027-03-10T09:00:00Z."""
    return start.strftime(WRITTEN)


def instant_of(text: str) -> datetime | None:
    """The instant (UTC) that `written` wrote; None for anything else."""
    try:
        instant = datetime.strptime(text, WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return None
    return instant if instant.year in YEARS else None


def read(calendar: Calendar, instant: datetime, language: Language) -> Moment:
    """An instant as people at the address read it."""
    return moment(instant, free_times.zone_of(calendar), language, HOME_ZONE)


def day_shown(calendar: Calendar, free: FreeDay, language: Language) -> DayShown:
    zone = free_times.zone_of(calendar)
    times = [TimeShown(value=written(start), clock=moment(start, zone, language, zone).clock) for start in free.starts]
    return DayShown(names=day_names(free.day, language), times=tuple(times))


def zone_note(calendar: Calendar, instant: datetime, language: Language) -> str:
    """The name of the address's clock, where it is not that of Warsaw."""
    local = instant.astimezone(free_times.zone_of(calendar))
    home = instant.astimezone(HOME_ZONE)
    return "" if local.utcoffset() == home.utcoffset() else zone_in_doubt(local, HOME_ZONE, WORDS[language])
