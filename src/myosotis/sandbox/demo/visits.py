"""A fortnight of visits, booked through the flows: by staff and by patients, hours or days ahead."""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final

from myosotis.domain.words import Party, Via
from myosotis.flows import actor, patient_changed, visit_booked
from myosotis.sandbox.demo.people import PEOPLE, Trait
from myosotis.store.models import Calendar, Patient, Practice

SEED: Final = 20270315
DAYS: Final = 14
VISITS: Final = 64
OPENS: Final = time(8)
BY_PATIENT: Final = 0.3
"""The share booked through the portal."""
EARLIEST: Final = timedelta(hours=2)


def book_all(practice: Practice, now: datetime, *, visits: int = VISITS) -> None:
    """Book the fortnight that begins at `now` (UTC); the same visits at every first start."""
    chance = random.Random(SEED)
    patients = list(practice.patients.order_by("id"))
    free = list(_slots(practice, now))
    chance.shuffle(free)
    for number, (start, calendar) in enumerate(sorted(free[:visits], key=lambda slot: slot[0])):
        _book(practice, calendar, patients[number * 7 % len(patients)], start, now, chance)
    dead = [f"demo-{person.number:02d}" for person in PEOPLE if Trait.DECEASED in person.traits]
    for patient in practice.patients.filter(external_id__in=dead):
        patient_changed.update(
            practice=practice, patient_id=patient.pk, card={"deceased": True}, actor=actor.SYSTEM, now=now
        )


def _slots(practice: Practice, now: datetime) -> Iterator[tuple[datetime, Calendar]]:
    """Starts in UTC, an hour apart, on the days on which each calendar is open, by the local clock."""
    calendars = practice.calendars.select_related("address").prefetch_related("opening_hours").order_by("id")
    for calendar in calendars:
        zone = calendar.address.zone
        today = now.astimezone(zone).date()
        for day in (today + timedelta(days=ahead) for ahead in range(DAYS)):
            for hours in calendar.opening_hours.all():
                if hours.weekday == day.weekday():
                    yield from _day(calendar, datetime.combine(day, hours.opens, zone), hours.closes.hour, now)


def _day(calendar: Calendar, opens: datetime, closes: int, now: datetime) -> Iterator[tuple[datetime, Calendar]]:
    for hour in range(opens.hour, closes):
        start = opens.replace(hour=hour).astimezone(now.tzinfo)
        if start >= now + EARLIEST:
            yield start, calendar


def _book(
    practice: Practice, calendar: Calendar, patient: Patient, start: datetime, now: datetime, chance: random.Random
) -> None:
    portal = calendar.online_booking and chance.random() < BY_PATIENT
    service = chance.choice(list(calendar.services.order_by("id")))
    visit_booked.book(
        practice=practice,
        calendar_id=calendar.pk,
        patient_id=patient.pk,
        service_id=service.pk,
        start=start,
        by=Party.PATIENT if portal else Party.PRACTICE,
        via=Via.PORTAL if portal else Via.DESK,
        actor=actor.patient(patient.pk) if portal else actor.SYSTEM,
        now=now,
    )
