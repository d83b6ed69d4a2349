from datetime import timedelta
from typing import Any

import pytest

from myosotis.domain.words import MessageStatus, Party, Via, VisitStatus
from myosotis.flows import visit_cancelled, visit_changed, visit_moved, visit_undone
from myosotis.flows.errors import Conflict
from myosotis.flows.records import Happened
from myosotis.store.models import Visit
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, hours, make_patient, messages, send_due

IN_TIME = timedelta(seconds=59, milliseconds=999)
TOO_LATE = timedelta(seconds=60)
LEFT = NOW + timedelta(seconds=61)
LATER = NOW + hours(1)


def undo(visit: Visit, at: timedelta, since: timedelta = timedelta()) -> Happened:
    return visit_undone.undo(practice=visit.practice, visit_id=visit.pk, actor=ACTOR, now=NOW + since + at)


def give(visit: Visit, patient_id: int, *, correction: bool = False, since: timedelta = timedelta()) -> Visit:
    return visit_changed.give_to(
        practice=visit.practice, visit_id=visit.pk, patient_id=patient_id, correction=correction, via=Via.DESK,
        actor=ACTOR, now=NOW + since,
    )  # fmt: skip


def told_of_it(visit: Visit) -> set[str]:
    """What was sent, is on its way or ahead."""
    gone = (MessageStatus.CANCELLED, MessageStatus.SKIPPED)
    return {row.kind for row in messages(visit) if row.status not in gone}


def test_a_booking_taken_back_tells_nobody_anything(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    assert undo(visit, IN_TIME) is Happened.BOOKED
    visit.refresh_from_db()
    assert visit.status == VisitStatus.CANCELLED
    assert told_of_it(visit) == set()


def test_taking_a_booking_back_twice_does_not_bring_it_again(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    undo(visit, timedelta(seconds=1))
    with pytest.raises(Conflict, match="nothing_to_undo"):
        undo(visit, timedelta(seconds=2))


def test_a_booking_stays_after_the_undo_time(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    with pytest.raises(Conflict, match="undo_time_over"):
        undo(visit, TOO_LATE)


@pytest.mark.parametrize("via", [Via.PORTAL, Via.API])
def test_what_came_by_another_door_is_not_undone(scene: Scene, via: Via) -> None:
    visit = book(scene.calendar, scene.patient, by=Party.PATIENT, via=via)
    with pytest.raises(Conflict, match="nothing_to_undo"):
        undo(visit, timedelta(seconds=1))


def test_a_move_and_a_cancellation_are_undone(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    common: dict[str, Any] = {
        "practice": scene.practice,
        "visit_id": visit.pk,
        "by": Party.PRACTICE,
        "via": Via.DESK,
        "actor": ACTOR,
    }
    visit_moved.move(**common, start=NEXT_WEEK + hours(2), now=LATER)
    assert undo(visit, IN_TIME, hours(1)) is Happened.MOVED
    visit_cancelled.cancel(**common, now=LATER + hours(1))
    assert undo(visit, IN_TIME, hours(2)) is Happened.CANCELLED
    visit.refresh_from_db()
    assert (visit.start, visit.status) == (NEXT_WEEK, VisitStatus.BOOKED)
    assert {kind for kind, _ in ahead(visit)} == {"reminder", "review", "rebook"}


def test_a_move_that_somebody_has_made_since_is_not_undone_for_another(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    again: dict[str, Any] = {"practice": scene.practice, "visit_id": visit.pk, "actor": ACTOR, "now": LATER}
    for places in (1, 2):
        visit_moved.move(**again, by=Party.PRACTICE, via=Via.DESK, start=NEXT_WEEK + hours(places))
    with pytest.raises(Conflict, match="revision_changed"):
        visit_moved.undo(**again, expected_revision=2)
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK + hours(2)


@pytest.mark.parametrize("correction", [False, True])
def test_a_visit_given_away_comes_back_and_nobody_hears_of_it(scene: Scene, correction: bool) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    other = make_patient(scene.practice)
    give(visit, other.pk, correction=correction, since=hours(1))
    undo(visit, IN_TIME, hours(1))
    visit.refresh_from_db()
    assert (visit.patient, visit.former_patient, visit.revision) == (scene.patient, None, 3)
    assert (visit.booked_at, visit.first_start) == (NOW, NEXT_WEEK)
    assert not {row.kind for row in messages(visit, patient=other) if row.status in ("planned", "waiting")}
    send_due(visit, LATER + hours(1))
    sent = [(row.kind, row.patient_id) for row in messages(visit) if row.sent_at is not None and row.sent_at > LEFT]
    assert sent == []
    assert {"reminder", "review", "rebook"} <= {kind for kind, _ in ahead(visit)}


def test_a_visit_given_away_before_anybody_heard_still_tells_its_patient(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    give(visit, make_patient(scene.practice).pk, since=timedelta(seconds=10))
    undo(visit, timedelta(seconds=20))
    assert {row.kind for row in messages(visit, patient=scene.patient, status=MessageStatus.PLANNED)} >= {"details"}


def test_a_visit_given_away_stays_so_after_the_undo_time(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    give(visit, make_patient(scene.practice).pk, since=hours(1))
    with pytest.raises(Conflict, match="undo_time_over"):
        undo(visit, TOO_LATE, hours(1))
