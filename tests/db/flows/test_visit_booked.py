from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import Channel, Kind, MessageStatus, Party, Via
from myosotis.flows import visit_booked
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.replanning import replan
from myosotis.store.models import AuditEntry, Message, MessageEvent, ProviderAccount, Visit, VisitLog
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    ahead,
    book,
    hours,
    make_patient,
    make_service,
    messages,
    sent,
)
from tests.db.trips import ON_POSTGRESQL, trips

PLANNED_BY_DEFAULT = {
    ("details", "email"), ("details", "sms"), ("reminder", "email"), ("reminder", "sms"),
    ("review", "email"), ("review", "sms"), ("rebook", "email"), ("rebook", "sms"),
}  # fmt: skip


def test_booking_by_staff_plans_everything(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    assert ahead(visit) == PLANNED_BY_DEFAULT
    details = Message.objects.get(visit=visit, kind=Kind.DETAILS, channel=Channel.EMAIL)
    assert details.due_at == NOW + timedelta(seconds=60)
    assert details.status == MessageStatus.PLANNED
    waiting = Message.objects.get(visit=visit, kind=Kind.DETAILS, channel=Channel.SMS)
    assert (waiting.status, waiting.due_at, waiting.fallback) == (MessageStatus.WAITING, None, "unread")
    reminder = Message.objects.get(visit=visit, kind=Kind.REMINDER, channel=Channel.EMAIL)
    assert reminder.due_at == NEXT_WEEK - timedelta(hours=48)


def test_every_message_has_its_own_random_key(scene: Scene) -> None:
    rows = messages(book(scene.calendar, scene.patient))
    assert len({row.uuid for row in rows}) == len(rows)
    assert {row.uuid.version for row in rows} == {4}


def test_planning_a_hundred_times_changes_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    before = list(Message.objects.order_by("id").values())
    for minute in range(100):
        replan(scene.practice, [visit.pk], NOW + timedelta(minutes=minute))
    assert list(Message.objects.order_by("id").values()) == before
    assert not MessageEvent.objects.exists()


@pytest.mark.parametrize(
    ("lead", "before"),
    [(80, 48), (72, 24), (50, 24), (36, 24), (36 - 1 / 60, None)],
)
def test_the_reminder_goes_by_the_lead(scene: Scene, lead: float, before: int | None) -> None:
    visit = book(scene.calendar, scene.patient, NOW + timedelta(hours=lead))
    row = Message.objects.filter(visit=visit, kind=Kind.REMINDER).order_by("id")[0]
    if before is None:
        assert (row.status, row.reason) == ("skipped", "booked_too_late")
    else:
        assert row.due_at == visit.start - timedelta(hours=before)


def test_booked_at_is_when_it_was_agreed(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, NOW + timedelta(hours=60), booked_at=NOW - timedelta(hours=20))
    assert Message.objects.filter(visit=visit, kind=Kind.REMINDER)[0].due_at == visit.start - timedelta(hours=48)
    with pytest.raises(Invalid, match="booked_at"):
        book(scene.calendar, scene.patient, booked_at=NOW + timedelta(seconds=1))


@pytest.mark.parametrize("switch", ["details", "reminder", "review", "rebook"])
@pytest.mark.parametrize("calendar_says", [True, False])
@pytest.mark.parametrize("visit_says", [True, False, None])
@pytest.mark.parametrize("by", [Party.PRACTICE, Party.PATIENT])
def test_truth_table_of_the_switches(
    scene: Scene, switch: str, calendar_says: bool, visit_says: bool | None, by: Party
) -> None:
    setattr(scene.calendar, switch, calendar_says)
    scene.calendar.save()
    via = Via.PORTAL if by is Party.PATIENT else Via.DESK
    own: dict[str, Any] = {switch: visit_says}
    visit = book(scene.calendar, scene.patient, by=by, via=via, switches=VisitSwitches(**own))
    wanted = calendar_says if visit_says is None else visit_says
    if switch == "review" and by is Party.PATIENT:
        wanted = True
    assert (switch in {kind for kind, _ in ahead(visit)}) == wanted


def test_one_external_id_is_one_visit(scene: Scene) -> None:
    book(scene.calendar, scene.patient, external_id="a")
    with pytest.raises(Conflict, match="external_id_taken"):
        book(scene.calendar, scene.patient, external_id="a")


def test_staff_may_book_over_another_visit_and_are_told(scene: Scene) -> None:
    first = book(scene.calendar, scene.patient, minutes=60)
    booked = visit_booked.book(
        practice=scene.practice, calendar_id=scene.calendar.pk, patient_id=scene.patient.pk,
        start=NEXT_WEEK + timedelta(minutes=30), by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=NOW,
    )  # fmt: skip
    assert booked.overlaps == (first.pk,)
    book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(minutes=90))
    assert visit_booked.overlaps(first) == (booked.visit.pk,)


def test_a_patient_books_no_time_that_has_passed(scene: Scene) -> None:
    with pytest.raises(Invalid, match="start"):
        book(scene.calendar, scene.patient, NOW, by=Party.PATIENT, via=Via.PORTAL)


def test_a_booking_in_the_past_plans_nothing(scene: Scene) -> None:
    assert ahead(book(scene.calendar, scene.patient, NOW - timedelta(hours=5))) == set()


def test_a_failed_booking_leaves_nothing(scene: Scene) -> None:
    with pytest.raises(Invalid, match="minutes"):
        book(scene.calendar, scene.patient, minutes=0)
    assert not VisitLog.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_logs_hold_ids_and_who_did_it(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    entry, audit = VisitLog.objects.get(), AuditEntry.objects.get()
    assert (entry.what, entry.by, entry.via, entry.revision) == ("booked", "practice", "desk", 1)
    assert (audit.actor, audit.action, audit.object_id) == (ACTOR.name, "visit.booked", visit.pk)


def test_a_missed_minute_loses_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    late = NEXT_WEEK - timedelta(hours=40)
    replan(scene.practice, [visit.pk], late)
    reminder = Message.objects.get(visit=visit, kind=Kind.REMINDER, channel=Channel.EMAIL)
    assert (reminder.status, reminder.due_at) == ("planned", NEXT_WEEK - timedelta(hours=48))


def test_a_booking_asks_the_database_a_bounded_number_of_times(scene: Scene) -> None:
    for day in range(5):
        book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(days=day))
    with CaptureQueriesContext(connection) as captured:
        book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(days=9))
    assert len(captured) <= 34


@ON_POSTGRESQL
def test_a_first_booking_with_a_doctor_takes_two_trips(scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice))
    service = make_service(scene.calendar)
    day = NEXT_WEEK + timedelta(days=1)
    assert trips(lambda: book(scene.calendar, scene.patient, day, service_id=service.pk)) == 2
    assert messages(Visit.objects.get(patient=scene.patient))


def test_the_next_visit_gets_the_next_key(scene: Scene) -> None:
    """The key is asked for before the visit is written; whoever lets the database give one meets nobody's."""
    one = book(scene.calendar, scene.patient)
    two = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(days=1))
    copy = Visit.objects.get(pk=two.pk)
    copy.pk, copy.uuid = None, uuid4()
    copy.save()
    assert one.pk < two.pk < copy.pk
    assert set(Message.objects.values_list("subject_id", flat=True)) == {one.pk, two.pk}


def test_what_begins_when_the_visit_ends_is_no_overlap(scene: Scene) -> None:
    """How long its service takes is learned in the same trip, so more is looked through than the visit takes."""
    after = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(minutes=20))

    def overlaps(minutes: int) -> tuple[int, ...]:
        return visit_booked.book(
            practice=scene.practice, calendar_id=scene.calendar.pk, patient_id=scene.patient.pk, start=NEXT_WEEK, now=NOW,
            service_id=make_service(scene.calendar, name=f"{minutes}", minutes=minutes).pk, by=Party.PRACTICE,
            via=Via.DESK, actor=ACTOR,
        ).overlaps  # fmt: skip

    assert overlaps(20) == ()
    assert after.pk in overlaps(21)


def test_no_clause_of_a_booking_needs_a_provider(scene: Scene) -> None:
    ProviderAccount.objects.all().delete()
    visit = book(scene.calendar, scene.patient)
    assert ahead(visit) == set()
    assert {row.reason for row in messages(visit, channel=Channel.EMAIL)} <= {"no_provider"}


def test_another_visit_on_a_day_whose_review_has_left_gets_none(scene: Scene) -> None:
    first = book(scene.calendar, scene.patient, NEXT_WEEK)
    asked_at = first.end + hours(2)
    sent(messages(first, kind="review", channel="email")[0], asked_at)

    second = book(scene.calendar, scene.patient, NEXT_WEEK + hours(5), now=asked_at)

    assert {(row.status, row.reason) for row in messages(second, kind="review")} == {("skipped", "sent_that_day")}
    assert ("rebook", "email") in ahead(second)
