"""Free times as patients see them: from opening hours, exceptions, visits, blocked time and holds of the doctor."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.domain.values import utc
from myosotis.domain.words import VisitStatus
from myosotis.store import free_times
from myosotis.store.models import BlockedTime, Calendar, Hold, OpeningException, OpeningHours, Service
from tests.db.make import NOW, Scene, book, hours, make_calendar, make_service

WEDNESDAY = date(2027, 3, 10)
EIGHT = utc(2027, 3, 10, 7)
"""08:00 of that day in Warsaw."""


@pytest.fixture
def calendar(scene: Scene) -> Calendar:
    """Open on Wednesdays from 8 to 10, with starts every half an hour."""
    scene.calendar.slot_minutes = 30
    scene.calendar.save()
    scene.calendar.opening_hours.all().delete()
    OpeningHours.objects.create(
        practice=scene.practice, calendar=scene.calendar, weekday=2, opens=time(8), closes=time(10)
    )
    return scene.calendar


def shown(calendar: Calendar, day: date = WEDNESDAY, *, now: datetime = NOW, **given: Any) -> list[str]:
    given.setdefault("minutes", 30)
    given.setdefault("break_minutes", 0)
    (free,) = free_times.days(calendar, first_day=day, last_day=day, now=now, **given)
    assert free.day == day
    return [f"{start.astimezone(free_times.zone_of(calendar)):%H:%M}" for start in free.starts]


def hold(calendar: Calendar, service: Service, start: datetime, minutes: int = 30, **given: Any) -> Hold:
    given = {"created_at": NOW, "expires_at": NOW + timedelta(minutes=10)} | given
    return Hold.objects.create(
        practice_id=calendar.practice_id, calendar=calendar, service=service, key_hash=str(start.timestamp()).encode(),
        start=start, end=start + timedelta(minutes=minutes), **given,
    )  # fmt: skip


def test_every_day_asked_for_is_answered_also_those_without_a_free_time(calendar: Calendar) -> None:
    found = free_times.days(
        calendar, minutes=30, break_minutes=0, first_day=date(2027, 2, 20), last_day=date(2027, 7, 1), now=NOW
    )
    assert [free.day for free in found] == [date(2027, 2, 20) + timedelta(days=n) for n in range(132)]
    open_days = [free.day for free in found if free.starts]
    assert open_days[0] == date(2027, 3, 3)
    assert open_days[-1] == date(2027, 5, 26), "90 days ahead and no further"
    assert {day.weekday() for day in open_days} == {2}


def test_what_is_booked_blocked_or_held_is_not_offered(scene: Scene, calendar: Calendar) -> None:
    service = make_service(calendar, minutes=20, break_minutes=10)
    assert shown(calendar) == ["08:00", "08:30", "09:00", "09:30"]
    visit = book(calendar, scene.patient, EIGHT, service_id=service.pk)
    assert shown(calendar) == ["08:30", "09:00", "09:30"], "the break is kept free"
    assert shown(calendar, without_visit=visit.pk) == ["08:00", "08:30", "09:00", "09:30"]
    BlockedTime.objects.create(
        practice=scene.practice, calendar=calendar, start=EIGHT + hours(1), end=EIGHT + hours(1.25)
    )
    assert shown(calendar) == ["08:30", "09:15", "09:30"]
    held = hold(calendar, service, EIGHT + hours(0.5))
    assert shown(calendar) == ["09:15", "09:30"]
    assert shown(calendar, without_hold=held.pk) == ["08:30", "09:15", "09:30"]
    assert shown(calendar, now=held.expires_at) == ["08:30", "09:15", "09:30"], "an expired hold does not count"
    Hold.objects.update(released_at=NOW)
    assert shown(calendar) == ["08:30", "09:15", "09:30"]


@pytest.mark.parametrize("status", list(VisitStatus))
def test_only_a_cancelled_visit_gives_its_time_back(scene: Scene, calendar: Calendar, status: VisitStatus) -> None:
    visit = book(calendar, scene.patient, EIGHT)
    visit.status = status
    visit.save()
    assert ("08:00" in shown(calendar)) is (status is VisitStatus.CANCELLED)


def test_an_exception_opens_otherwise_or_closes(scene: Scene, calendar: Calendar) -> None:
    def differs(day: date, opens: time | None, closes: time | None) -> None:
        OpeningException.objects.create(practice=scene.practice, calendar=calendar, day=day, opens=opens, closes=closes)

    differs(WEDNESDAY, time(12), time(13))
    differs(WEDNESDAY, time(15), time(15, 30))
    differs(date(2027, 3, 17), None, None)
    differs(date(2027, 3, 18), time(7), time(7, 30))
    assert shown(calendar) == ["12:00", "12:30", "15:00"]
    assert shown(calendar, date(2027, 3, 17)) == []
    assert shown(calendar, date(2027, 3, 18)) == ["07:00"]


def test_lead_and_horizon_bound_what_patients_can_take(calendar: Calendar) -> None:
    assert shown(calendar, now=EIGHT - hours(0.5)) == ["08:30", "09:00", "09:30"], "an hour ahead, if not set otherwise"
    calendar.booking_lead_minutes = 24 * 60
    assert shown(calendar, now=EIGHT - hours(23)) == ["09:00", "09:30"]
    calendar.booking_horizon_days = 8
    assert shown(calendar) == []
    calendar.booking_horizon_days = 9
    assert shown(calendar) == ["08:00", "08:30", "09:00", "09:30"]


def test_a_doctor_is_not_at_two_addresses_at_once(scene: Scene, calendar: Calendar) -> None:
    elsewhere = make_calendar(scene.practice, doctor=calendar.doctor)
    colleague = make_calendar(scene.practice)
    book(elsewhere, scene.patient, EIGHT)
    book(colleague, scene.patient, EIGHT + hours(1))
    assert shown(calendar) == ["08:30", "09:00", "09:30"]
    hold(elsewhere, make_service(elsewhere), EIGHT + hours(1.5))
    BlockedTime.objects.create(
        practice=scene.practice, calendar=elsewhere, start=EIGHT + hours(1), end=EIGHT + hours(1.5)
    )
    assert shown(calendar) == ["08:30"]


def test_until_when_a_freed_slot_reaches(scene: Scene, calendar: Calendar) -> None:
    service = make_service(calendar)
    book(calendar, scene.patient, EIGHT + hours(1))
    assert free_times.free_until(calendar, EIGHT, NOW).end == EIGHT + hours(1)
    assert free_times.free_until(calendar, EIGHT + hours(1), NOW).end == EIGHT + hours(1)
    assert free_times.free_until(calendar, EIGHT + hours(1.5), NOW).end == EIGHT + hours(2)
    hold(calendar, service, EIGHT + hours(0.5))
    assert free_times.free_until(calendar, EIGHT, NOW).end == EIGHT + hours(0.5)
    assert free_times.free_until(calendar, EIGHT, NOW).but_for_holds == EIGHT + hours(1)
    early = EIGHT - hours(0.5)
    assert free_times.free_until(calendar, early, NOW).end == early, "closed"
    assert free_times.free_until(calendar, early, NOW, freed_end=EIGHT).but_for_holds == EIGHT + hours(1)
    assert free_times.free_until(calendar, early, NOW, freed_end=EIGHT - hours(0.25)).end == EIGHT - hours(0.25)


def test_a_month_takes_as_many_questions_as_a_day(scene: Scene, calendar: Calendar) -> None:
    calendar = scene.practice.calendars.select_related("address").get(id=calendar.pk)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        free_times.days(calendar, minutes=30, break_minutes=0, first_day=WEDNESDAY, last_day=date(2027, 4, 10), now=NOW)
    assert len(asked) == 5
