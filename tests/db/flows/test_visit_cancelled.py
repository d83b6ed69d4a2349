from datetime import timedelta
from functools import partial

import pytest

from myosotis.domain.words import Kind, Party, Via, VisitStatus
from myosotis.flows import visit_cancelled
from myosotis.flows.errors import Conflict
from myosotis.store.models import Message, MessageEvent, Visit
from tests.db.make import ACTOR, NOW, Scene, ahead, book, hours, make_patient, messages, send_due, sent, written
from tests.db.trips import ON_POSTGRESQL, trips

SOON = timedelta(seconds=61)


def cancel(visit: Visit, *, after: timedelta, by: Party = Party.PRACTICE, via: Via = Via.DESK) -> Visit:
    return visit_cancelled.cancel(
        practice=visit.practice, visit_id=visit.pk, by=by, via=via, actor=ACTOR, now=NOW + after
    ).visit


def restore(visit: Visit, *, after: timedelta) -> Visit:
    return visit_cancelled.restore(practice=visit.practice, visit_id=visit.pk, actor=ACTOR, now=NOW + after)


def test_nothing_of_the_old_plan_survives_and_the_history_says_why(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    cancel(visit, after=hours(1))
    assert {kind for kind, _ in ahead(visit)} == {"cancelled"}
    reminder = Message.objects.get(visit=visit, kind=Kind.REMINDER, channel="email")
    assert (reminder.status, reminder.reason) == ("cancelled", "visit_cancelled")
    event = MessageEvent.objects.get(message=reminder)
    assert (event.status, event.reason, event.at) == ("cancelled", "visit_cancelled", NOW + hours(1))


def test_all_that_a_cancellation_changes_is_written(scene: Scene) -> None:
    assert written(cancel(book(scene.calendar, scene.patient), after=hours(1)))


@ON_POSTGRESQL
def test_a_cancellation_takes_seven_trips(scene: Scene) -> None:
    cancel(book(scene.calendar, make_patient(scene.practice)), after=hours(1))
    visit = book(scene.calendar, scene.patient)
    assert trips(partial(cancel, visit, after=hours(1))) == 7


def test_cancelled_leaves_after_the_undo_time_at_the_desk_and_at_once_elsewhere(scene: Scene) -> None:
    for via, wait in ((Via.DESK, 60), (Via.API, 0)):
        visit = book(scene.calendar, scene.patient)
        send_due(visit, NOW + SOON)
        cancel(visit, after=hours(1), via=via)
        mail = Message.objects.get(visit=visit, kind=Kind.CANCELLED, channel="email")
        assert mail.due_at == NOW + hours(1) + timedelta(seconds=wait)


def test_booked_and_cancelled_before_anything_left_sends_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    cancel(visit, after=timedelta(seconds=30))
    assert ahead(visit) == set()


def test_undone_in_time_sends_nothing_and_plans_as_before(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    before = ahead(visit)
    cancel(visit, after=hours(1))
    restored = restore(visit, after=hours(1) + timedelta(seconds=59))
    assert (restored.status, restored.revision) == (VisitStatus.BOOKED, 3)
    assert ahead(visit) == before - {("details", "sms")}
    assert restored.cancelled_by == ""


def test_details_still_go_when_their_booking_was_cancelled_and_restored_before_they_left(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    cancel(visit, after=timedelta(seconds=30))
    restore(visit, after=timedelta(seconds=70))
    assert ("details", "email") in ahead(visit)


def test_no_undo_once_the_message_left_or_the_time_is_over(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    cancel(visit, after=hours(1))
    with pytest.raises(Conflict, match="undo_time_over"):
        restore(visit, after=hours(1) + timedelta(seconds=60))
    sent(messages(visit, kind=Kind.CANCELLED, channel="email")[0], NOW + hours(1))
    with pytest.raises(Conflict, match="undo_time_over"):
        restore(visit, after=hours(1) + timedelta(seconds=10))


def test_a_second_cancellation_changes_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    cancel(visit, after=hours(1))
    before = list(Message.objects.order_by("id").values())
    again = visit_cancelled.cancel(
        practice=scene.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.PORTAL, actor=ACTOR, now=NOW + hours(2)
    )
    assert not again.changed
    assert list(Message.objects.order_by("id").values()) == before


def test_a_patient_cancels_until_the_start_by_default(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + SOON)
    with pytest.raises(Conflict, match="after_cutoff"):
        cancel(visit, after=visit.start - NOW, by=Party.PATIENT, via=Via.PORTAL)
    cancelled = cancel(visit, after=visit.start - NOW - timedelta(seconds=1), by=Party.PATIENT, via=Via.PORTAL)
    assert (cancelled.status, cancelled.cancelled_by) == (VisitStatus.CANCELLED, Party.PATIENT)
    assert ("cancelled", "email") in ahead(visit)
