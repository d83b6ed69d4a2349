"""How long a patient waits for the free times of a month: a calendar with 2,000 visits in it, a gap after each."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as wall
from typing import Final

from myosotis import clock
from myosotis.domain.free_times import A_DAY
from myosotis.domain.window import instant
from myosotis.domain.words import Party, Via, VisitEvent
from myosotis.ops.benchmark.figures import Figure, at_most, percentile
from myosotis.ops.benchmark.ground import Ground
from myosotis.store import free_times
from myosotis.store.models import Address, Calendar, Doctor, OpeningHours, Patient, Practice, Visit

VISITS: Final = 2000
ROUNDS: Final = 20
MONTH: Final = timedelta(days=30)
OPENS, CLOSES = wall(6), wall(22)
EVERY: Final = timedelta(minutes=15)
LASTING: Final = timedelta(minutes=10)


def measure(_ground: Ground) -> Iterator[Figure]:
    now = clock.wall()
    calendar = _calendar(now)
    first = free_times.today(calendar, now) + A_DAY
    _fill(calendar, now)
    took, offered = [], 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        days = free_times.days(
            Calendar.objects.select_related("address").get(pk=calendar.pk),
            minutes=5, break_minutes=0, first_day=first, last_day=first + MONTH, now=now,
        )  # fmt: skip
        took.append((time.perf_counter() - began) * 1e3)
        offered = sum(len(day.starts) for day in days)
    if offered < VISITS - 1:
        raise RuntimeError(f"only {offered} free times were found")
    yield Figure(
        name=f"free times of a month with {VISITS:,} visits",
        value=percentile(took, 0.5),
        unit="ms",
        beside=f"at most {max(took):.1f} ms; {offered:,} times",
        target=at_most(30),
    )


def _calendar(now: datetime) -> Calendar:
    practice = Practice.objects.create(name="Poradnia Wolnych Terminów", created_at=now)
    doctor = Doctor.objects.create(practice=practice, title="lek.", name="Iga Żuraw")
    address = Address.objects.create(practice=practice, street="Krótka 1", city="Kraków", phone="+48124000000")
    calendar = Calendar.objects.create(practice=practice, doctor=doctor, address=address, slot_minutes=5)
    OpeningHours.objects.bulk_create(
        OpeningHours(practice=practice, calendar=calendar, weekday=day, opens=OPENS, closes=CLOSES) for day in range(7)
    )
    return calendar


def _fill(calendar: Calendar, now: datetime) -> None:
    """A visit every quarter of an hour, day after day, for a month and a little more."""
    zone, today = free_times.zone_of(calendar), free_times.today(calendar, now)
    patient = Patient.objects.create(practice=calendar.practice, first_name="Łucja", last_name="Żuk", created_at=now)
    by_day = (instant(today + number * A_DAY, OPENS, zone) for number in range(1, 32))
    starts = [opens + slot * EVERY for opens in by_day for slot in range(16 * 4 + 1)]
    Visit.objects.bulk_create(
        Visit(
            practice=calendar.practice,
            calendar=calendar,
            patient=patient,
            start=start,
            end=start + LASTING,
            booked_at=now,
            booked_by=Party.PRACTICE,
            event=VisitEvent.BOOKED,
            event_at=now,
            event_by=Party.PRACTICE,
            event_via=Via.API,
            first_start=start,
            first_calendar=calendar,
        )
        for start in starts[:VISITS]
    )
