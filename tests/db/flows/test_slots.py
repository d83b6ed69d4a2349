"""Free times are taken by one: holds, bookings and moves of patients, beside each other and beside staff."""

from datetime import datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from myosotis.domain.words import Party, Via, VisitStatus
from myosotis.flows import calendar_changed, time_held, visit_cancelled, visit_moved
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.store import free_times
from myosotis.store.models import Calendar, Hold, Service, Visit
from tests.db.flows.test_at_once import Step, together
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    book,
    hours,
    make_calendar,
    make_patient,
    make_practice,
    make_service,
    open_daily,
)

MINUTE = timedelta(minutes=1)
PORTAL: dict[str, Any] = {"by": Party.PATIENT, "via": Via.PORTAL}


@pytest.fixture
def service(scene: Scene) -> Service:
    return make_service(scene.calendar, minutes=30, break_minutes=10)


def hold(
    service: Service, start: datetime = NEXT_WEEK, *, key: bytes = b"k", place: bytes = b"here", now: datetime = NOW
) -> Hold:
    return time_held.hold(
        practice=service.practice, calendar_id=service.calendar_id, service_id=service.pk, start=start,
        place_hash=place, key_hash=key, now=now,
    )  # fmt: skip


def refused(step: Step) -> str:
    with pytest.raises((Conflict, Invalid)) as raised:
        step()
    return str(raised.value)


# --- booking and moving at the patient's own door -----------------------------------------------------------------------


def test_a_patient_books_a_free_time_only_and_staff_are_warned(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    other = make_patient(scene.practice)
    for start in (NEXT_WEEK, NEXT_WEEK - 15 * MINUTE, NEXT_WEEK + 29 * MINUTE):
        assert refused(partial(book, scene.calendar, other, start, **PORTAL)) == "slot_taken"
    assert book(scene.calendar, other, NEXT_WEEK + 30 * MINUTE, **PORTAL).start == visit.end
    assert book(scene.calendar, other, NEXT_WEEK).start == visit.start, "staff may"


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (timedelta(minutes=59), "start: too_soon"),
        (timedelta(minutes=60), ""),
        (timedelta(days=90), ""),
        (timedelta(days=91), "start: too_far"),
        (timedelta(days=1, minutes=7), "slot_taken"),  # off the grid
        (timedelta(days=1, hours=13, minutes=45), "slot_taken"),  # 23:45 until closing at 23:59
    ],
)
def test_only_within_lead_horizon_grid_and_opening(scene: Scene, after: timedelta, why: str) -> None:
    if why:
        assert refused(lambda: book(scene.calendar, scene.patient, NOW + after, **PORTAL)) == why
    else:
        assert book(scene.calendar, scene.patient, NOW + after, **PORTAL).start == NOW + after


def test_off_the_grid_where_busy_time_ends(scene: Scene) -> None:
    book(scene.calendar, scene.patient, minutes=37)
    beside = NEXT_WEEK + 37 * MINUTE
    assert book(scene.calendar, scene.patient, beside, **PORTAL).start == beside


def test_only_where_booking_online_is_on_and_of_services_that_are(scene: Scene, service: Service) -> None:
    for field in ("online", "active"):
        Service.objects.filter(pk=service.pk).update(**{"online": True, "active": True, field: False})
        assert (
            refused(lambda: book(scene.calendar, scene.patient, service_id=service.pk, **PORTAL)) == "no_online_booking"
        )
    Service.objects.filter(pk=service.pk).update(online=True, active=True)
    Calendar.objects.update(online_booking=False)
    assert refused(lambda: book(scene.calendar, scene.patient, service_id=service.pk, **PORTAL)) == "no_online_booking"
    assert book(scene.calendar, scene.patient, service_id=service.pk).pk


def test_a_patient_moves_a_visit_to_a_free_time_also_one_that_overlaps_the_old_one(
    scene: Scene, service: Service
) -> None:
    Calendar.objects.update(online_booking=False)  # moving needs no booking online
    visit = book(scene.calendar, scene.patient, service_id=service.pk)
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(1))

    def moves(start: datetime) -> Visit:
        return visit_moved.move(
            practice=scene.practice, visit_id=visit.pk, start=start, actor=ACTOR, now=NOW, **PORTAL
        ).visit

    assert refused(lambda: moves(NEXT_WEEK + 30 * MINUTE)) == "slot_taken", "its break would reach the next"
    assert moves(NEXT_WEEK + 15 * MINUTE).start == NEXT_WEEK + 15 * MINUTE
    assert refused(lambda: moves(NOW + 30 * MINUTE)) == "start: too_soon"


def test_the_doctor_is_busy_in_every_calendar(scene: Scene) -> None:
    elsewhere = make_calendar(scene.practice, doctor=scene.calendar.doctor)
    book(elsewhere, scene.patient)
    assert refused(lambda: book(scene.calendar, make_patient(scene.practice), **PORTAL)) == "slot_taken"


# --- holds -------------------------------------------------------------------------------------------------------------


def test_a_hold_keeps_the_time_with_its_break_for_ten_minutes(scene: Scene, service: Service) -> None:
    held = hold(service)
    assert (held.end, held.expires_at) == (NEXT_WEEK + 40 * MINUTE, NOW + 10 * MINUTE)
    other = make_patient(scene.practice)
    for start in (NEXT_WEEK, NEXT_WEEK + 30 * MINUTE):
        assert refused(partial(book, scene.calendar, other, start, **PORTAL)) == "slot_held"
    assert refused(lambda: hold(service, key=b"2", place=b"there")) == "slot_held"
    assert hold(service, key=b"2", place=b"there", now=held.expires_at).pk != held.pk


def test_the_same_key_is_the_same_hold(service: Service) -> None:
    assert hold(service).pk == hold(service, now=NOW + MINUTE).pk
    assert refused(lambda: hold(service, NEXT_WEEK + hours(1))) == "key_used"


def test_nobody_holds_more_than_three_times_at_once(service: Service) -> None:
    made = [hold(service, NEXT_WEEK + hours(n), key=bytes([n])) for n in range(3)]
    assert refused(lambda: hold(service, NEXT_WEEK + hours(5), key=b"5")) == "too_many_holds"
    hold(service, NEXT_WEEK + hours(5), key=b"5", place=b"there")
    time_held.release(practice=service.practice, hold_id=made[0].pk, now=NOW)
    hold(service, NEXT_WEEK + hours(6), key=b"6")


def test_a_released_hold_forgets_what_was_typed_and_frees_the_time(scene: Scene, service: Service) -> None:
    held = hold(service)
    Hold.objects.update(entered=b"sealed")
    for _ in range(2):
        time_held.release(practice=scene.practice, hold_id=held.pk, now=NOW + MINUTE)
    held.refresh_from_db()
    assert (bytes(held.entered), held.released_at) == (b"", NOW + MINUTE)
    assert book(scene.calendar, scene.patient, **PORTAL).start == NEXT_WEEK
    with pytest.raises(NotFound):
        time_held.release(practice=make_practice("Obca"), hold_id=held.pk, now=NOW)


def test_a_hold_becomes_a_visit_once(scene: Scene, service: Service) -> None:
    held = hold(service)
    Hold.objects.update(entered=b"sealed")
    given: dict[str, Any] = {"service_id": service.pk, "hold": held, **PORTAL}
    visit = book(scene.calendar, scene.patient, **given)
    held.refresh_from_db()
    assert (held.visit_id, held.released_at, bytes(held.entered)) == (visit.pk, NOW, b"")
    assert refused(lambda: book(scene.calendar, scene.patient, **given)) == "hold_used"


def test_a_held_time_stays_bookable_when_what_was_beside_it_goes(scene: Scene, service: Service) -> None:
    before = book(scene.calendar, scene.patient, minutes=37)
    held = hold(service, NEXT_WEEK + 37 * MINUTE)
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=before.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=NOW
    )
    assert book(scene.calendar, scene.patient, held.start, service_id=service.pk, hold=held, **PORTAL).pk


def test_a_hold_that_has_expired_is_good_while_the_time_is_free(scene: Scene, service: Service) -> None:
    held = hold(service)
    late = held.expires_at + MINUTE
    given: dict[str, Any] = {"service_id": service.pk, "hold": held, "now": late, **PORTAL}
    hold(service, key=b"2", place=b"there", now=late)
    assert refused(lambda: book(scene.calendar, scene.patient, **given)) == "slot_held"
    Hold.objects.filter(key_hash=b"2").update(released_at=late)
    assert book(scene.calendar, scene.patient, **given).pk


def test_staff_take_a_held_time_or_close_it_and_the_patient_hears_that_it_is_gone(
    scene: Scene, service: Service
) -> None:
    held = hold(service)
    staff = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + 35 * MINUTE)
    given: dict[str, Any] = {"service_id": service.pk, "hold": held, **PORTAL}
    assert refused(lambda: book(scene.calendar, scene.patient, **given)) == "slot_taken"
    staff.status = VisitStatus.CANCELLED
    staff.save()
    day = free_times.today(scene.calendar, NEXT_WEEK)
    calendar_changed.set_opening_exception(
        practice=scene.practice, calendar_id=scene.calendar.pk, day=day, hours=[], actor=ACTOR, now=NOW
    )
    assert refused(lambda: book(scene.calendar, scene.patient, **given)) == "slot_taken"


def test_what_cannot_be_booked_cannot_be_held(scene: Scene, service: Service) -> None:
    assert refused(lambda: hold(service, NOW)) == "start: too_soon"
    book(scene.calendar, scene.patient)
    assert refused(lambda: hold(service)) == "slot_taken"
    Service.objects.update(online=False)
    assert refused(lambda: hold(service, NEXT_WEEK + hours(3))) == "no_online_booking"
    elsewhere = make_service(make_calendar(scene.practice))
    with pytest.raises(NotFound):
        time_held.hold(
            practice=scene.practice, calendar_id=scene.calendar.pk, service_id=elsewhere.pk, start=NEXT_WEEK,
            place_hash=b"", key_hash=b"9", now=NOW,
        )  # fmt: skip


# --- at the same moment, on connections of their own ---------------------------------------------------------------------


@pytest.fixture
def stage(transactional_db: None) -> Scene:
    if connection.vendor != "postgresql":
        pytest.skip("in SQLite's memory database all threads share one connection")
    return Scene.set()


def no_two_overlap(practice_id: int) -> bool:
    live = Visit.objects.filter(practice_id=practice_id).exclude(status=VisitStatus.CANCELLED).order_by("start")
    spans = list(live.values_list("start", "end"))
    return all(one[1] <= other[0] for one, other in pairwise(spans))


def test_of_many_patients_at_one_time_one_gets_it_whatever_the_address(stage: Scene) -> None:
    elsewhere = make_calendar(stage.practice, doctor=stage.calendar.doctor)
    patients = [make_patient(stage.practice) for _ in range(12)]

    def books(number: int) -> Step:
        calendar = (stage.calendar, elsewhere)[number % 2]
        return lambda: book(calendar, patients[number], NEXT_WEEK + (number % 3) * 5 * 3 * MINUTE, minutes=60, **PORTAL)

    results = together([books(number) for number in range(12)])
    won = [result for result in results if isinstance(result, Visit)]
    assert len(won) == 1
    assert {str(result) for result in results if not isinstance(result, Visit)} == {"slot_taken"}


def test_patients_moving_booking_and_holding_at_once_never_overlap(stage: Scene) -> None:
    service = make_service(stage.calendar, minutes=30)
    open_daily(stage.calendar, time(8), time(12))
    visits = [book(stage.calendar, make_patient(stage.practice), NEXT_WEEK + hours(24 + n)) for n in range(4)]
    newcomers = [make_patient(stage.practice) for _ in range(4)]
    targets = [NEXT_WEEK + n * 15 * MINUTE for n in range(4)]

    def moves(number: int) -> Step:
        return lambda: visit_moved.move(
            practice=stage.practice, visit_id=visits[number].pk, start=targets[number], actor=ACTOR, now=NOW, **PORTAL
        )

    def books(number: int) -> Step:
        return lambda: book(stage.calendar, newcomers[number], targets[number], service_id=service.pk, **PORTAL)

    def holds(number: int) -> Step:
        return lambda: hold(service, targets[number], key=bytes([number]), place=bytes([number]))

    together([step for n in range(4) for step in (moves(n), holds(n), books(n))])
    assert no_two_overlap(stage.practice.pk)
    for held in Hold.objects.all():
        assert not Visit.objects.filter(start__lt=held.end, end__gt=held.start).exists()


def test_a_patient_and_staff_at_once_the_patient_is_refused_or_was_first_and_staff_are_warned(stage: Scene) -> None:
    for turn in range(6):
        start = NEXT_WEEK + hours(turn)
        one, other = make_patient(stage.practice), make_patient(stage.practice)
        asked = together(
            [partial(book, stage.calendar, one, start, **PORTAL), partial(book, stage.calendar, other, start)]
        )
        by_patient, by_staff = asked
        assert isinstance(by_staff, Visit)
        if isinstance(by_patient, Visit):
            assert by_patient.pk < by_staff.pk, "the patient was there first"
        else:
            assert str(by_patient) == "slot_taken"


def test_moves_to_and_fro_between_calendars_of_two_doctors_wait_for_nobody_in_a_circle(stage: Scene) -> None:
    other = make_calendar(stage.practice)
    visits = [book(calendar, make_patient(stage.practice)) for calendar in (stage.calendar, other)]

    def moves(visit: Visit, calendar: Calendar, by_hours: int) -> Step:
        return lambda: visit_moved.move(
            practice=stage.practice, visit_id=visit.pk, calendar_id=calendar.pk, start=NEXT_WEEK + hours(by_hours),
            by=Party.PRACTICE, via=Via.API, actor=ACTOR, now=NOW,
        )  # fmt: skip

    steps = [
        moves(visit, calendar, n + 1) for n in range(6) for visit in visits for calendar in (stage.calendar, other)
    ]
    for result in together(steps):
        assert isinstance(result, visit_moved.Moved) or str(result) == "revision_changed"
