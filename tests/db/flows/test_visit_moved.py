from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from myosotis.domain.words import Kind, MessageStatus, Party, Via, VisitStatus
from myosotis.flows import visit_moved
from myosotis.flows.errors import Conflict
from myosotis.store.models import Message, Visit, VisitLog
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    ahead,
    book,
    hours,
    make_calendar,
    make_patient,
    make_service,
    messages,
    send_due,
    written,
)
from tests.db.trips import ON_POSTGRESQL, trips

SOON = timedelta(seconds=61)


def move(
    visit: Visit, to: datetime | None = None, *, after: timedelta, by: Party = Party.PRACTICE, **given: Any
) -> Visit:
    given.setdefault("via", Via.DESK)
    return visit_moved.move(
        practice=visit.practice, visit_id=visit.pk, start=to, by=by, actor=ACTOR, now=NOW + after, **given
    ).visit


def told(visit: Visit, kind: Kind) -> list[tuple[str, str, int]]:
    return [(row.channel, row.status, row.revision) for row in messages(visit, kind=kind)]


def test_after_a_move_text_and_send_time_follow(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    moved = move(visit, NEXT_WEEK + timedelta(days=2), after=hours(1))
    assert moved.revision == 2
    reminder = Message.objects.get(visit=visit, kind=Kind.REMINDER, channel="email", revision=2)
    assert reminder.due_at == NEXT_WEEK + timedelta(days=2) - hours(48)
    old = Message.objects.get(visit=visit, kind=Kind.REMINDER, channel="email", revision=1)
    assert (old.status, old.reason) == (MessageStatus.CANCELLED, "visit_moved")
    assert ("moved", "email") in ahead(visit)


@pytest.mark.parametrize(("by", "via"), [(Party.PRACTICE, Via.DESK), (Party.PATIENT, Via.DESK)])
def test_all_that_a_move_changes_is_written(scene: Scene, by: Party, via: Via) -> None:
    visit = book(scene.calendar, scene.patient)
    other = make_calendar(scene.practice)
    service = make_service(other)
    moved = move(
        visit,
        NEXT_WEEK + hours(1),
        after=hours(1),
        by=by,
        via=via,
        calendar_id=other.pk,
        service_id=service.pk,
        minutes=50,
    )
    assert (moved.calendar_id, moved.service_id, moved.end - moved.start) == (
        other.pk,
        service.pk,
        timedelta(minutes=50),
    )
    assert written(moved)


@ON_POSTGRESQL
def test_a_move_takes_eight_trips(scene: Scene) -> None:
    move(book(scene.calendar, make_patient(scene.practice)), NEXT_WEEK + hours(1), after=hours(1))
    visit = book(scene.calendar, scene.patient)
    assert trips(partial(move, visit, NEXT_WEEK + hours(2), after=hours(1))) == 8


def test_the_log_tells_a_move_with_both_times_from_any_other_change(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    move(visit, NEXT_WEEK + hours(1), after=SOON)
    entry = VisitLog.objects.get(visit=visit, what="moved")
    assert (entry.old_start, entry.new_start, entry.revision) == (NEXT_WEEK, NEXT_WEEK + hours(1), 2)
    assert (entry.old_calendar_id, entry.new_calendar_id) == (scene.calendar.pk, scene.calendar.pk)


def test_moved_and_moved_back_in_the_undo_time_tells_nobody(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    move(visit, NEXT_WEEK + hours(1), after=hours(1))
    move(visit, NEXT_WEEK, after=hours(1) + timedelta(seconds=30))
    assert not {kind for kind, _ in ahead(visit)} & {"moved", "details"} - {"details"}
    assert ("none", "skipped", 3) in told(visit, Kind.MOVED)


def test_moved_twice_tells_the_final_time_once(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    move(visit, NEXT_WEEK + hours(1), after=hours(1))
    move(visit, NEXT_WEEK + hours(2), after=hours(1) + timedelta(seconds=30))
    pending = [row for row in messages(visit, kind=Kind.MOVED) if row.status in ("planned", "waiting")]
    assert {(row.channel, row.revision) for row in pending} == {("email", 3), ("sms", 3)}


def test_moved_before_details_left_sends_details_with_the_new_time(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    move(visit, NEXT_WEEK + hours(1), after=timedelta(seconds=20))
    assert ("email", "planned", 2) in told(visit, Kind.DETAILS)
    assert ("none", "skipped", 2) in told(visit, Kind.MOVED)


def test_a_move_by_the_practice_undoes_a_confirmation_and_by_the_patient_confirms(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    assert move(visit, NEXT_WEEK + hours(1), after=SOON, by=Party.PATIENT).status == VisitStatus.CONFIRMED
    assert move(visit, NEXT_WEEK + hours(2), after=SOON).status == VisitStatus.BOOKED


def test_another_calendar_alone_is_a_move(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    other = make_calendar(scene.practice, scene.calendar.doctor)
    moved = move(visit, after=hours(1), calendar_id=other.pk)
    assert (moved.calendar_id, moved.start, moved.revision) == (other.pk, NEXT_WEEK, 2)
    assert ("moved", "email") in ahead(visit)


def test_another_duration_alone_is_no_move_but_shifts_what_follows_the_end(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    moved = move(visit, after=SOON, minutes=90)
    assert moved.revision == 1
    review = Message.objects.get(visit=visit, kind=Kind.REVIEW, channel="email")
    assert review.due_at == NEXT_WEEK + timedelta(minutes=90) + hours(2)


def test_to_where_it_stands_already_is_no_move(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    result = visit_moved.move(
        practice=scene.practice, visit_id=visit.pk, start=NEXT_WEEK, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR,
        now=NOW + SOON,
    )  # fmt: skip
    assert (result.changed, result.visit.revision) == (False, 1)


def test_undo_brings_back_time_status_and_agreement(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    Visit.objects.filter(id=visit.pk).update(status=VisitStatus.CONFIRMED)
    later = NEXT_WEEK - hours(30)
    move(visit, NEXT_WEEK + hours(1), after=later - NOW)
    undone = visit_moved.undo(
        practice=scene.practice, visit_id=visit.pk, actor=ACTOR, now=later + timedelta(seconds=59)
    )
    back = undone.visit
    assert (back.start, back.status, back.booked_at, back.revision) == (NEXT_WEEK, VisitStatus.CONFIRMED, NOW, 3)
    assert not {kind for kind, _ in ahead(visit)} & {"moved", "details"}


def test_undo_is_over_after_the_undo_time(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    move(visit, NEXT_WEEK + hours(1), after=hours(1))
    with pytest.raises(Conflict, match="undo_time_over"):
        visit_moved.undo(
            practice=scene.practice, visit_id=visit.pk, actor=ACTOR, now=NOW + hours(1) + timedelta(seconds=60)
        )


@pytest.mark.parametrize("status", [VisitStatus.CANCELLED, VisitStatus.DONE, VisitStatus.NO_SHOW])
def test_what_is_cancelled_or_over_cannot_be_moved(scene: Scene, status: VisitStatus) -> None:
    visit = book(scene.calendar, scene.patient)
    Visit.objects.filter(id=visit.pk).update(status=status)
    with pytest.raises(Conflict):
        move(visit, NEXT_WEEK + hours(1), after=hours(1))


def test_who_saw_an_older_revision_moves_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    move(visit, NEXT_WEEK + hours(1), after=hours(1))
    with pytest.raises(Conflict, match="revision_changed"):
        move(visit, NEXT_WEEK + hours(2), after=hours(2), expected_revision=1)


def test_a_patient_moves_until_the_cutoff_and_only_where_actions_are_on(scene: Scene) -> None:
    scene.calendar.change_cutoff_minutes = 24 * 60
    scene.calendar.save()
    visit = book(scene.calendar, scene.patient)
    at: dict[str, Any] = {"by": Party.PATIENT, "via": Via.PORTAL}
    move(visit, NEXT_WEEK + hours(1), after=NEXT_WEEK - hours(24) - NOW - timedelta(seconds=1), **at)
    with pytest.raises(Conflict, match="after_cutoff"):
        move(visit, NEXT_WEEK + hours(2), after=NEXT_WEEK + hours(1) - hours(24) - NOW, **at)
    Visit.objects.filter(id=visit.pk).update(actions=False)
    with pytest.raises(Conflict, match="actions_off"):
        move(visit, NEXT_WEEK + hours(2), after=hours(1), **at)
