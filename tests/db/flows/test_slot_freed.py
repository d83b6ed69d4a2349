"""A patient leaves a slot: who is asked about it, when, and who is passed over (docs/rules.md 4)."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import Channel, OfferEnd, Party, PassedOver, Via
from myosotis.flows import calendar_changed, patient_changed, visit_cancelled, visit_moved
from myosotis.store.models import BlockedTime, Calendar, Offer, Practice, Visit
from tests.db.make import ACTOR, Scene, book, hours, make_calendar, make_patient, messages, outline
from tests.db.offers import (
    MINUTE,
    MONDAY,
    PLANNED,
    SATURDAY,
    WEDNESDAY,
    asked,
    cancel,
    candidate,
    closed,
    ended,
    history,
    mail_of,
    offered,
    passed_over,
    waiting,
)


@pytest.fixture
def freed(scene: Scene) -> Visit:
    return book(scene.calendar, scene.patient, MONDAY)


def test_the_first_ten_from_forty_eight_hours_after_are_asked_together_on_every_channel(
    scene: Scene, freed: Visit
) -> None:
    book(scene.calendar, make_patient(scene.practice), WEDNESDAY - MINUTE, minutes=1)
    visits = waiting(scene, 12)
    offer = offered(freed)
    assert asked(offer) == [visit.pk for visit in visits[:10]]
    assert passed_over(offer) == {visit.pk: PassedOver.ENOUGH for visit in visits[10:]}
    rows = mail_of(offer)
    assert len(rows) == 20
    assert {(row.kind, row.status, row.due_at, row.expires_at, row.revision) for row in rows} == {
        ("offer", PLANNED, SATURDAY, MONDAY - hours(2), 1)
    }
    assert (offer.start, offer.end, offer.closes_at, offer.depth) == (freed.start, freed.end, MONDAY - hours(2), 1)


@pytest.mark.parametrize(
    ("by", "via"),
    [(Party.PATIENT, Via.PORTAL), (Party.PATIENT, Via.SMS), (Party.PATIENT, Via.DESK), (Party.PATIENT, Via.API)],
)
def test_through_whatever_door_the_patient_cancels(scene: Scene, freed: Visit, by: Party, via: Via) -> None:
    waiting(scene, 1)
    offer = cancel(freed, by=by, via=via)
    assert offer is not None
    due = SATURDAY + (MINUTE if via is Via.DESK else timedelta())
    assert {row.due_at for row in mail_of(offer)} == {due}


def test_what_the_practice_cancels_is_not_offered(scene: Scene, freed: Visit) -> None:
    waiting(scene, 1)
    assert cancel(freed, by=Party.PRACTICE) is None


def test_moved_away_by_the_patient_the_old_time_is_offered(scene: Scene, freed: Visit) -> None:
    (other,) = waiting(scene, 1)
    visit_moved.move(
        practice=scene.practice, visit_id=freed.pk, start=WEDNESDAY + hours(3), by=Party.PATIENT, via=Via.API,
        actor=ACTOR, now=SATURDAY,
    )  # fmt: skip
    offer = Offer.objects.get()
    assert asked(offer) == [other.pk]
    assert passed_over(offer) == {freed.pk: PassedOver.FREED_IT}


def test_a_change_of_duration_frees_nothing_to_offer(scene: Scene, freed: Visit) -> None:
    waiting(scene, 1)
    visit_moved.move(
        practice=scene.practice, visit_id=freed.pk, minutes=10, by=Party.PATIENT, via=Via.API, actor=ACTOR, now=SATURDAY
    )
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    ("when", "is_offered"),
    [("saturday 23:59:59", True), ("sunday 00:00", False), ("sunday 10:00", False)],
)
def test_saturday_for_monday_at_any_hour_and_sunday_never(
    scene: Scene, freed: Visit, when: str, is_offered: bool
) -> None:
    waiting(scene, 1)
    midnight = SATURDAY + hours(14)
    now = {"saturday 23:59:59": midnight - timedelta(seconds=1), "sunday 00:00": midnight}.get(
        when, midnight + hours(10)
    )
    offer = cancel(freed, now)
    assert (offer is not None) is is_offered
    if offer is not None:  # at night everything waits for Sunday 07:00, the e-mail too
        assert {(row.due_at, row.reason) for row in mail_of(offer)} == {(midnight + hours(7), "held_for_window")}


def test_everybody_passed_over_is_named_with_the_reason_and_the_next_is_taken(scene: Scene, freed: Visit) -> None:
    start = WEDNESDAY

    def one(minutes: int = 30, switches: VisitSwitches = VisitSwitches(), **card: Any) -> Visit:  # noqa: B008 - frozen
        nonlocal start
        start += hours(1)
        patient = make_patient(scene.practice, **card)
        return book(scene.calendar, patient, start, minutes=minutes, switches=switches)

    book(scene.calendar, make_patient(scene.practice), MONDAY + hours(1))
    wanted = {
        book(scene.calendar, scene.patient, WEDNESDAY): PassedOver.FREED_IT,
        one(no_offer=True): PassedOver.OPTED_OUT,
        one(deceased=True): PassedOver.DECEASED,
        one(silent=True): PassedOver.PATIENT_SILENCED,
        one(email="", phone=""): PassedOver.NO_CHANNEL,
        one(email="", phone="+48123456789", phone_is_mobile=False): PassedOver.NO_CHANNEL,
        one(switches=VisitSwitches(offer=False)): PassedOver.SWITCH_OFF_FOR_VISIT,
        one(switches=VisitSwitches(silent=True)): PassedOver.VISIT_SILENCED,
        one(minutes=61): PassedOver.TOO_SHORT,
    }
    fitting = one(minutes=60)  # the free half an hour after the slot counts
    twice = book(scene.calendar, fitting.patient, start + hours(1))
    wanted[twice] = PassedOver.EARLIER_VISIT_ASKED
    just_moved = one()
    visit_moved.move(
        practice=scene.practice, visit_id=just_moved.pk, start=WEDNESDAY + hours(20), by=Party.PRACTICE,
        via=Via.DESK, actor=ACTOR, now=SATURDAY - timedelta(seconds=59),
    )  # fmt: skip
    wanted[just_moved] = PassedOver.JUST_MOVED
    calendar_changed.set_opening_hours(
        practice=scene.practice, calendar_id=scene.calendar.pk, actor=ACTOR, now=SATURDAY,
        hours=[(0, time(8), time(16))],
    )  # fmt: skip
    offer = offered(freed)
    assert asked(offer) == [fitting.pk]
    assert passed_over(offer) == {visit.pk: reason for visit, reason in wanted.items()}


def test_with_the_switch_off_nothing_is_written_but_for_whom_it_is_on(scene: Scene, freed: Visit) -> None:
    waiting(scene, 2)
    Calendar.objects.filter(id=scene.calendar.pk).update(offer=False)
    assert cancel(freed) is None
    other = book(scene.calendar, scene.patient, MONDAY)
    keen = book(scene.calendar, make_patient(scene.practice), WEDNESDAY + hours(5), switches=VisitSwitches(offer=True))
    assert asked(offered(other)) == [keen.pk]


def test_with_nobody_to_ask_the_offer_is_written_down_and_closed(scene: Scene, freed: Visit) -> None:
    (visit,) = waiting(scene, 1, no_offer=True)
    offer = offered(freed)
    assert closed(offer) is OfferEnd.NOBODY
    assert passed_over(offer) == {visit.pk: PassedOver.OPTED_OUT}
    assert history(offer) == [("opened", ""), ("passed_over", "opted_out"), ("closed", "nobody")]


def test_time_that_is_taken_otherwise_is_not_offered(scene: Scene, freed: Visit) -> None:
    waiting(scene, 1)
    book(scene.calendar, make_patient(scene.practice), MONDAY)
    assert cancel(freed) is None


def test_in_a_window_without_a_moment_nobody_is_asked_and_the_reason_stands(scene: Scene) -> None:
    early = book(scene.calendar, scene.patient, MONDAY - hours(7))
    (visit,) = waiting(scene, 1)
    Practice.objects.update(window_opens=time(23, 0), window_closes=time(23, 30))
    offer = offered(early, SATURDAY + hours(13.75))
    assert closed(offer) is OfferEnd.NO_MOMENT
    assert ended(offer) == {("skipped", "no_moment_in_window")}
    assert asked(offer) == [visit.pk]


def test_rounds_are_spread_and_keep_their_distance_over_the_night(scene: Scene, freed: Visit) -> None:
    visits = waiting(scene, 12)
    Calendar.objects.filter(id=scene.calendar.pk).update(offer_round_size=4, offer_round_minutes=45)
    offer = offered(freed, SATURDAY + hours(11.5))  # 21:30 in Warsaw
    morning = SATURDAY + hours(21)
    dues = [{row.due_at for row in mail_of(offer, visit)} for visit in visits[:10]]
    second, third = morning, morning + 45 * MINUTE
    assert dues == [{SATURDAY + hours(11.5)}] * 4 + [{second}] * 4 + [{third}] * 2
    assert [candidate(offer, visit).round for visit in visits[:10]] == [1] * 4 + [2] * 4 + [3] * 2


def test_a_patient_has_one_open_offer_at_a_time(scene: Scene, freed: Visit) -> None:
    visits = waiting(scene, 2)
    first = offered(freed)
    other = make_calendar(scene.practice)
    patient = make_patient(scene.practice)
    elsewhere = book(other, patient, MONDAY)
    book(other, visits[0].patient, WEDNESDAY + hours(9))
    fresh = book(other, make_patient(scene.practice), WEDNESDAY + hours(10))
    second = offered(elsewhere)
    assert asked(first) == [visit.pk for visit in visits]
    assert asked(second) == [fresh.pk]
    assert set(passed_over(second).values()) == {PassedOver.OTHER_OFFER}


def test_undone_at_the_desk_nothing_ever_leaves(scene: Scene, freed: Visit) -> None:
    waiting(scene, 2)
    offer = offered(freed, via=Via.DESK)
    visit_cancelled.restore(
        practice=scene.practice, visit_id=freed.pk, actor=ACTOR, now=SATURDAY + timedelta(seconds=59)
    )
    assert closed(offer) is OfferEnd.UNDONE
    assert ended(offer) == {("cancelled", "offer_closed")}


def test_a_move_undone_at_the_desk_closes_it_too(scene: Scene, freed: Visit) -> None:
    waiting(scene, 2)
    visit_moved.move(
        practice=scene.practice, visit_id=freed.pk, start=WEDNESDAY + hours(30), by=Party.PATIENT, via=Via.DESK,
        actor=ACTOR, now=SATURDAY,
    )  # fmt: skip
    offer = Offer.objects.get()
    visit_moved.undo(practice=scene.practice, visit_id=freed.pk, actor=ACTOR, now=SATURDAY + timedelta(seconds=30))
    assert closed(offer) is OfferEnd.UNDONE
    assert Offer.objects.count() == 1


def test_the_offer_is_no_part_of_the_plan_of_the_visit_but_stands_in_its_timeline(scene: Scene, freed: Visit) -> None:
    (visit,) = waiting(scene, 1)
    offer = offered(freed)
    patient_changed.update(
        practice=scene.practice, patient_id=visit.patient_id, card={"first_name": "Anna"}, actor=ACTOR, now=SATURDAY
    )
    assert ended(offer) == {("planned", "")}
    assert ("offer", "sms", "planned", 1) in outline(visit)
    assert {row.channel for row in messages(visit, kind="offer")} == {Channel.EMAIL, Channel.SMS}


@pytest.mark.parametrize(
    ("card", "status"),
    [
        ({"no_offer": True}, {("cancelled", "opted_out")}),
        ({"deceased": True}, {("cancelled", "deceased")}),
        ({"silent": True}, {("cancelled", "patient_silenced")}),
        ({"no_sms": True}, {("cancelled", "opted_out"), ("planned", "")}),
        ({"email": ""}, {("cancelled", "no_email"), ("planned", "")}),
    ],
)
def test_a_card_that_changed_ends_what_is_pending_in_the_same_transaction(
    scene: Scene, freed: Visit, card: Any, status: set[tuple[str, str]]
) -> None:
    (visit,) = waiting(scene, 1)
    offer = offered(freed, via=Via.DESK)
    patient_changed.update(
        practice=scene.practice,
        patient_id=visit.patient_id,
        card=card,
        actor=ACTOR,
        now=SATURDAY + timedelta(seconds=9),
    )
    assert ended(offer) == status
    assert closed(offer) is None


def test_a_visit_that_changed_is_withdrawn_and_its_patient_free_for_another_offer(scene: Scene, freed: Visit) -> None:
    moved, gone, stays = waiting(scene, 3)
    offer = offered(freed, via=Via.DESK)
    at = SATURDAY + timedelta(seconds=9)
    visit_moved.move(
        practice=scene.practice, visit_id=moved.pk, start=WEDNESDAY + hours(40), by=Party.PRACTICE, via=Via.API,
        actor=ACTOR, now=at,
    )  # fmt: skip
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=gone.pk, by=Party.PRACTICE, via=Via.API, actor=ACTOR, now=at
    )
    assert {row.reason for row in mail_of(offer, moved)} == {"visit_moved"}
    assert {row.reason for row in mail_of(offer, gone)} == {"visit_cancelled"}
    assert {row.status for row in mail_of(offer, stays)} == {PLANNED}
    assert [candidate(offer, visit).answer for visit in (moved, gone, stays)] == ["withdrawn", "withdrawn", ""]
    assert ("withdrawn", "visit_moved") in history(offer)


def test_so_many_questions_whether_three_visits_wait_or_forty(scene: Scene) -> None:
    counts = []
    for number in (3, 40):
        visit = book(scene.calendar, make_patient(scene.practice), MONDAY + hours(number))
        waiting(scene, number, WEDNESDAY + hours(number))
        with CaptureQueriesContext(connection) as asking:
            offered(visit)
        counts.append(len(asking))
    assert counts[1] <= counts[0] + 2


def test_blocked_time_is_not_offered(scene: Scene, freed: Visit) -> None:
    waiting(scene, 1)
    BlockedTime.objects.create(
        practice=scene.practice, calendar=scene.calendar, start=MONDAY - hours(1), end=MONDAY + hours(1)
    )
    assert cancel(freed) is None
