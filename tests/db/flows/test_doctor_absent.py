from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from myosotis.domain.values import utc
from myosotis.domain.words import AbsenceOutcome, AbsenceWay, CallResult, Kind, MessageStatus, Party, Via, VisitStatus
from myosotis.flows import call_noted, doctor_absent, slots, visit_cancelled
from myosotis.flows.doctor_absent import Plan
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.store import absences, free_times
from myosotis.store.absences import Times
from myosotis.store.models import Absence, BlockedTime, Offer, Visit
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    book,
    hours,
    make_calendar,
    make_doctor,
    make_patient,
    make_practice,
    messages,
    open_daily,
    send_due,
    sent,
)

DAY = date(2027, 3, 10)
ALL_DAY = Times(first_day=DAY, last_day=DAY)
LATER = NOW + hours(1)
LEFT = NOW + timedelta(seconds=61)


def told(scene: Scene, start: datetime = NEXT_WEEK) -> Visit:
    """A visit of a patient who knows of it."""
    visit = book(scene.calendar, make_patient(scene.practice), start)
    send_due(visit, LEFT)
    return visit


def begin(
    scene: Scene, way: AbsenceWay = AbsenceWay.CANCEL, *, now: datetime = LATER,
    otherwise: Mapping[int, AbsenceWay] | None = None, **given: Any,
) -> Absence:  # fmt: skip
    given.setdefault("times", ALL_DAY)
    given.setdefault("calendar_ids", (scene.calendar.pk,))
    plan = Plan(way=way, **given)
    return doctor_absent.begin(practice=scene.practice, plan=plan, otherwise=otherwise or {}, actor=ACTOR, now=now)


def go_on(absence: Absence, now: datetime = LATER, most: int = 10) -> int:
    return doctor_absent.go_on(
        practice=absence.practice, absence_id=absence.pk, actor=ACTOR, now=now, most=most
    )  # fmt: skip


def undo(absence: Absence, now: datetime) -> None:
    doctor_absent.undo(practice=absence.practice, absence_id=absence.pk, actor=ACTOR, now=now)
    go_on(absence, now)


def outcomes(absence: Absence) -> list[str]:
    return list(absence.visits.order_by("start", "id").values_list("outcome", flat=True))


def at(visit: Visit) -> tuple[datetime, str]:
    visit.refresh_from_db()
    return visit.start, visit.status


def test_a_day_is_cancelled_a_few_at_a_time_with_the_message_for_patients(scene: Scene) -> None:
    visits = [told(scene, NEXT_WEEK + hours(number)) for number in range(3)]
    other_day = told(scene, NEXT_WEEK + timedelta(days=1))
    absence = begin(scene, message="Lekarz jest chory.")
    assert go_on(absence, most=2) == 1
    assert outcomes(absence) == ["cancelled", "cancelled", "waiting"]
    assert go_on(absence, most=2) == 0
    for visit in visits:
        visit.refresh_from_db()
        assert (visit.cancelled_by, visit.cancel_reason) == (Party.PRACTICE, "Lekarz jest chory.")
        planned = [row for row in messages(visit, kind=Kind.CANCELLED) if row.status == MessageStatus.PLANNED]
        assert {row.due_at for row in planned if row.channel == "email"} == {LATER + timedelta(seconds=60)}
    assert at(other_day)[1] == VisitStatus.BOOKED
    assert not Offer.objects.exists()  # a cancellation by the practice starts none


def test_the_time_is_closed_for_patients_at_once(scene: Scene) -> None:
    absence = begin(scene, times=Times(first_day=DAY, last_day=DAY, from_time=time(9), until_time=time(12)))
    (day,) = free_times.days(
        scene.calendar, minutes=30, break_minutes=0, first_day=DAY, last_day=DAY, now=LATER
    )  # fmt: skip
    assert not [start for start in day.starts if utc(2027, 3, 10, 7, 31) <= start < utc(2027, 3, 10, 11)]
    assert utc(2027, 3, 10, 11) in day.starts
    doctor_absent.reopen(practice=scene.practice, absence_id=absence.pk, actor=ACTOR, now=LATER)
    assert not BlockedTime.objects.exists()


def test_only_what_lies_in_those_hours_is_touched(scene: Scene) -> None:
    before, within, after = (told(scene, utc(2027, 3, 10, hour)) for hour in (7, 9, 12))
    absence = begin(scene, times=Times(first_day=DAY, last_day=DAY, from_time=time(9), until_time=time(12)))
    assert [row.visit for row in absence.visits.all()] == [within]
    go_on(absence)
    assert [at(visit)[1] for visit in (before, within, after)] == ["booked", "cancelled", "booked"]


@pytest.mark.parametrize(
    ("start", "moved"),
    [
        (utc(2027, 3, 26, 9), utc(2027, 4, 2, 8)),  # 10:00 winter, 10:00 summer
        (utc(2027, 10, 29, 8), utc(2027, 11, 5, 9)),
        (utc(2027, 3, 10, 9), utc(2027, 3, 17, 9)),
    ],
)
def test_moved_by_days_the_time_on_the_wall_stays(scene: Scene, start: datetime, moved: datetime) -> None:
    visit = told(scene, start)
    day = start.date()
    absence = begin(scene, AbsenceWay.MOVE_DAYS, days=7, times=Times(first_day=day, last_day=day))
    go_on(absence)
    assert at(visit) == (moved, VisitStatus.BOOKED)
    assert outcomes(absence) == ["moved"]


def test_what_does_not_fit_stays_and_is_listed(scene: Scene) -> None:
    open_daily(scene.calendar, time(8), time(16))
    fits, taken, late = (told(scene, utc(2027, 3, 10, hour)) for hour in (9, 10, 15))
    told(scene, utc(2027, 3, 11, 10) + timedelta(minutes=15))
    absence = begin(scene, AbsenceWay.MOVE_DAYS, days=1)
    go_on(absence)
    assert outcomes(absence) == ["moved", "no_room", "no_room"]  # 16:00 is after closing
    assert at(fits)[0] == utc(2027, 3, 11, 9)
    assert [at(visit)[1] for visit in (taken, late)] == ["booked", "booked"]


def test_nothing_is_moved_into_the_absence_itself(scene: Scene) -> None:
    visit = told(scene)
    absence = begin(scene, AbsenceWay.MOVE_DAYS, days=1, times=Times(first_day=DAY, last_day=DAY + timedelta(days=3)))
    go_on(absence)
    assert outcomes(absence) == ["no_room"]
    assert at(visit)[0] == NEXT_WEEK


def test_moved_to_another_doctor_where_the_same_time_is_free(scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Lis"))
    first, second = told(scene), told(scene, NEXT_WEEK + hours(1))
    book(other, make_patient(scene.practice), NEXT_WEEK + hours(1))
    absence = begin(scene, AbsenceWay.MOVE_CALENDAR, to_calendar_id=other.pk)
    go_on(absence)
    assert outcomes(absence) == ["moved", "no_room"]
    first.refresh_from_db()
    assert (first.calendar, first.start) == (other, NEXT_WEEK)
    assert at(second) == (NEXT_WEEK + hours(1), "booked")


def test_single_visits_go_another_way(scene: Scene) -> None:
    cancelled, moved, left = (told(scene, NEXT_WEEK + hours(number)) for number in range(3))
    otherwise = {moved.pk: AbsenceWay.MOVE_DAYS, left.pk: AbsenceWay.LEAVE}
    absence = begin(scene, days=1, otherwise=otherwise)
    go_on(absence)
    assert outcomes(absence) == ["cancelled", "moved", "left"]
    assert [at(visit)[1] for visit in (cancelled, moved, left)] == ["cancelled", "booked", "booked"]


def test_what_somebody_changed_meanwhile_is_left_alone(scene: Scene) -> None:
    visit = told(scene)
    absence = begin(scene)
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.API, actor=ACTOR, now=LATER
    )
    go_on(absence)
    assert outcomes(absence) == ["changed"]
    visit.refresh_from_db()
    assert visit.cancelled_by == Party.PATIENT


def test_done_twice_nothing_is_done_again(scene: Scene) -> None:
    visit = told(scene)
    absence = begin(scene)
    go_on(absence)
    visit.refresh_from_db()
    revision = visit.revision
    assert go_on(absence) == 0
    visit.refresh_from_db()
    assert visit.revision == revision


@pytest.mark.parametrize("way", [AbsenceWay.CANCEL, AbsenceWay.MOVE_DAYS])
def test_all_of_it_is_taken_back_within_a_minute_and_nobody_hears_of_it(scene: Scene, way: AbsenceWay) -> None:
    visits = [told(scene, NEXT_WEEK + hours(number)) for number in range(3)]
    absence = begin(scene, way, days=7)
    go_on(absence)
    undo(absence, LATER + timedelta(seconds=59))
    assert set(outcomes(absence)) == {AbsenceOutcome.TAKEN_BACK}
    assert [at(visit) for visit in visits] == [(NEXT_WEEK + hours(number), "booked") for number in range(3)]
    assert not BlockedTime.objects.exists()
    for visit in visits:
        send_due(visit, LATER + hours(2))
        assert {row.kind for row in messages(visit) if row.sent_at and row.sent_at > LEFT} <= {"details"}


def test_after_a_minute_it_stays(scene: Scene) -> None:
    visit = told(scene)
    absence = begin(scene)
    go_on(absence)
    with pytest.raises(Conflict, match="undo_time_over"):
        undo(absence, LATER + timedelta(seconds=60))
    assert at(visit)[1] == VisitStatus.CANCELLED


def test_taken_back_before_all_was_done_the_rest_is_never_done(scene: Scene) -> None:
    for number in range(3):
        told(scene, NEXT_WEEK + hours(number))
    absence = begin(scene)
    go_on(absence, most=1)
    undo(absence, LATER + timedelta(seconds=10))
    assert set(outcomes(absence)) == {AbsenceOutcome.TAKEN_BACK}
    assert go_on(absence) == 0
    assert set(Visit.objects.values_list("status", flat=True)) == {"booked"}


def test_who_knows_and_whom_to_call(scene: Scene) -> None:
    reads, waits, unreachable = told(scene), told(scene, NEXT_WEEK + hours(1)), told(scene, NEXT_WEEK + hours(2))
    lost = unreachable.patient
    lost.no_email, lost.no_sms = True, True
    lost.save()
    absence = begin(scene)
    go_on(absence)
    for row in messages(reads, kind=Kind.CANCELLED, channel="email"):
        sent(row, LATER + hours(1)).read_at = LATER + hours(2)
        row.refresh_from_db()
        row.read_at = LATER + hours(2)
        row.save()
    send_due(waits, LATER + hours(1))
    now = LATER + hours(3)
    known = absences.known(scene.practice, list(absence.visits.all()), now)
    assert known[reads.pk].read_at == LATER + hours(2)
    assert not known[waits.pk].read_at
    assert known[waits.pk].sms_at == LATER + hours(5)
    assert [known[visit.pk].to_call for visit in (reads, waits, unreachable)] == [False, False, True]
    call_noted.note(practice=scene.practice, visit_id=unreachable.pk, result=CallResult.REACHED, actor=ACTOR, now=now)
    known = absences.known(scene.practice, list(absence.visits.all()), now)
    assert known[unreachable.pk].by_phone
    assert not known[unreachable.pk].to_call


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("calendars", {"calendar_ids": ()}),
        ("last_day", {"times": Times(first_day=DAY, last_day=DAY - timedelta(days=1))}),
        ("last_day", {"times": Times(first_day=DAY, last_day=DAY + timedelta(days=400))}),
        ("last_day", {"times": Times(first_day=date(2027, 2, 1), last_day=date(2027, 2, 2))}),
        ("until_time", {"times": Times(first_day=DAY, last_day=DAY, from_time=time(12), until_time=time(9))}),
        ("days", {"way": AbsenceWay.MOVE_DAYS}),
        ("days", {"way": AbsenceWay.MOVE_DAYS, "days": 400}),
        ("to_calendar", {"way": AbsenceWay.MOVE_CALENDAR}),
    ],
)
def test_what_makes_no_sense_is_refused_and_closes_nothing(scene: Scene, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        begin(scene, **given)
    assert refused.value.field == field
    assert not BlockedTime.objects.exists()


def test_nobody_is_moved_to_a_calendar_that_is_closed_too(scene: Scene) -> None:
    with pytest.raises(Invalid, match="absent_too"):
        begin(scene, AbsenceWay.MOVE_CALENDAR, to_calendar_id=scene.calendar.pk)


def test_calendars_and_absences_of_another_practice_are_not_there(scene: Scene) -> None:
    other = make_calendar(make_practice("Inna"))
    with pytest.raises(NotFound):
        begin(scene, calendar_ids=(other.pk,))
    with pytest.raises(NotFound):
        begin(scene, AbsenceWay.MOVE_CALENDAR, to_calendar_id=other.pk)
    absence = begin(scene)
    for act in (doctor_absent.go_on, doctor_absent.undo, doctor_absent.reopen):
        with pytest.raises(NotFound):
            act(practice=other.practice, absence_id=absence.pk, actor=ACTOR, now=LATER)


def test_a_break_after_a_visit_is_kept_free_where_staff_put_it(scene: Scene) -> None:
    book(scene.calendar, scene.patient, NEXT_WEEK + hours(1))
    for minutes, free in ((0, True), (15, False)):
        assert slots.is_free(
            scene.calendar, NEXT_WEEK + timedelta(minutes=30), NEXT_WEEK + hours(1), break_minutes=minutes, now=NOW
        ) is free  # fmt: skip
