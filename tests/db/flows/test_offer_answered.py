"""Taking a freed slot, declining it, losing it; what closes an offer; and the chain that follows (docs/rules.md 4)."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest

from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import OfferEnd, Party, PassedOver, Via, VisitStatus
from myosotis.flows import (
    blocked_time_imported,
    calendar_changed,
    import_batches,
    offer_answered,
    offer_closed,
    visit_cancelled,
    visit_moved,
    visits_imported,
)
from myosotis.flows.blocked_time_imported import BlockedInput
from myosotis.flows.errors import Conflict, NotFound
from myosotis.flows.visits_imported import VisitInput
from myosotis.store.models import Calendar, Hold, Message, Offer, Visit
from tests.db.make import (
    ACTOR,
    Scene,
    ahead,
    book,
    hours,
    make_calendar,
    make_patient,
    make_practice,
    make_service,
    send_due,
)
from tests.db.offers import (
    MINUTE,
    MONDAY,
    SATURDAY,
    WEDNESDAY,
    asked,
    candidate,
    closed,
    ended,
    history,
    mail_of,
    offered,
    passed_over,
    refusal,
    take,
    waiting,
)

LATER = SATURDAY + MINUTE
HALF = 30 * MINUTE


@pytest.fixture
def others(scene: Scene) -> list[Visit]:
    return waiting(scene, 3)


@pytest.fixture
def offer(scene: Scene, others: list[Visit]) -> Offer:
    return offered(book(scene.calendar, scene.patient, MONDAY))


def test_the_first_who_takes_it_is_moved_and_confirmed_at_once(offer: Offer, others: list[Visit]) -> None:
    done = take(offer, others[1])
    visit = done.visit
    assert (done.changed, visit.start, visit.end - visit.start) == (True, MONDAY, 30 * MINUTE)
    assert (visit.status, visit.revision, visit.event_by) == (VisitStatus.CONFIRMED, 2, Party.PATIENT)
    assert closed(offer) is OfferEnd.TAKEN
    assert {row.reason for row in mail_of(offer)} == {"offer_taken"}
    assert history(offer)[-3:] == [("taken", ""), ("closed", "taken"), ("chained", "")]


def test_it_is_acknowledged_as_the_patients_own_move(offer: Offer, others: list[Visit]) -> None:
    send_due(others[0], SATURDAY)
    take(offer, others[0])
    moved = Message.objects.filter(visit=others[0], kind="moved")
    assert [(row.channel, row.due_at) for row in moved] == [("email", LATER)]


def test_taken_twice_by_the_winner_nothing_happens_twice(offer: Offer, others: list[Visit]) -> None:
    take(offer, others[0])
    before = Offer.objects.count()
    again = take(offer, others[0], LATER + MINUTE)
    assert (again.changed, again.visit.revision, Offer.objects.count()) == (False, 2, before)


def test_everybody_else_is_told_that_it_is_taken(offer: Offer, others: list[Visit]) -> None:
    take(offer, others[0])
    assert [refusal(offer, visit) for visit in others[1:]] == ["offer_taken", "offer_taken"]
    standing = offer_answered.standing(offer.practice, candidate(offer, others[1]).pk, LATER)
    assert (standing.refusal, standing.has_taken) == ("offer_taken", False)


def test_neither_the_cut_off_nor_the_switch_of_actions_matters(scene: Scene, offer: Offer, others: list[Visit]) -> None:
    Calendar.objects.filter(id=scene.calendar.pk).update(actions=False, change_cutoff_minutes=30 * 24 * 60)
    assert take(offer, others[0]).changed


def test_what_was_read_before_is_noted_as_read(offer: Offer, others: list[Visit]) -> None:
    send_due(others[0], SATURDAY)
    take(offer, others[0])
    left = Message.objects.filter(visit=others[0], kind="details", sent_at=SATURDAY)
    assert {row.read_at for row in left} == {LATER}


def test_declined_the_visit_stays_and_the_patient_may_think_again(offer: Offer, others: list[Visit]) -> None:
    def decline() -> None:
        offer_answered.decline(
            practice=offer.practice, candidate_id=candidate(offer, others[0]).pk, actor=ACTOR, via=Via.SMS, now=LATER
        )

    decline()
    decline()
    others[0].refresh_from_db()
    assert (others[0].start, others[0].status) == (WEDNESDAY, VisitStatus.BOOKED)
    assert {row.reason for row in mail_of(offer, others[0])} == {"offer_answered"}
    assert {row.reason for row in mail_of(offer, others[1])} == {""}
    assert history(offer).count(("declined", "")) == 1
    assert closed(offer) is None
    assert take(offer, others[0], LATER + MINUTE).changed


def test_who_declined_may_be_asked_about_another_slot(scene: Scene, offer: Offer, others: list[Visit]) -> None:
    offer_answered.decline(
        practice=offer.practice, candidate_id=candidate(offer, others[0]).pk, actor=ACTOR, via=Via.PORTAL, now=LATER
    )
    other = make_calendar(scene.practice)
    elsewhere = book(other, make_patient(scene.practice), MONDAY)
    wanting = [book(other, visit.patient, WEDNESDAY + hours(8)) for visit in others[:2]]
    assert asked(offered(elsewhere, LATER)) == [wanting[0].pk]


def test_too_late_by_a_second(offer: Offer, others: list[Visit]) -> None:
    assert refusal(offer, others[0], MONDAY - hours(2)) == "offer_closed"
    assert refusal(offer, others[0], MONDAY - hours(2) - timedelta(seconds=1)) == ""


def test_while_a_portal_booking_holds_the_slot_it_waits_but_stays_open(
    scene: Scene, offer: Offer, others: list[Visit]
) -> None:
    Hold.objects.create(
        practice=scene.practice, calendar=scene.calendar, service=make_service(scene.calendar), key_hash=b"k" * 16,
        start=MONDAY, end=MONDAY + 30 * MINUTE, created_at=SATURDAY, expires_at=SATURDAY + 10 * MINUTE,
    )  # fmt: skip
    assert refusal(offer, others[0]) == "slot_held"
    assert closed(offer) is None
    assert refusal(offer, others[0], SATURDAY + 10 * MINUTE) == ""


def test_a_longer_visit_whose_time_has_gone_meanwhile_is_refused(scene: Scene) -> None:
    long = book(scene.calendar, make_patient(scene.practice), WEDNESDAY, minutes=60)
    calendar_changed.set_opening_hours(
        practice=scene.practice, calendar_id=scene.calendar.pk, hours=[(0, time(8), time(16))], actor=ACTOR,
        now=SATURDAY,
    )  # fmt: skip
    offer = offered(book(scene.calendar, scene.patient, MONDAY))
    book(scene.calendar, make_patient(scene.practice), MONDAY + 30 * MINUTE)
    assert closed(offer) is None
    assert refusal(offer, long) == "offer_taken"


def test_a_longer_visit_takes_the_offer_of_the_adjoining_slot_along(scene: Scene) -> None:
    long = book(scene.calendar, make_patient(scene.practice), WEDNESDAY + hours(2), minutes=60)
    first, second = (book(scene.calendar, make_patient(scene.practice), MONDAY + after) for after in (hours(0), HALF))
    book(scene.calendar, make_patient(scene.practice), MONDAY + hours(1))
    (short,) = waiting(scene, 1, WEDNESDAY + HALF)
    adjoining = offered(second)
    offer = offered(first)
    assert (asked(adjoining), asked(offer)) == ([short.pk], [long.pk])
    take(offer, long)
    assert (closed(offer), closed(adjoining)) == (OfferEnd.TAKEN, OfferEnd.BOOKED)
    assert ended(adjoining) == {("cancelled", "offer_taken")}


@pytest.mark.parametrize("what", ["moved", "cancelled", "given"])
def test_whose_visit_changed_since_cannot_take_it(scene: Scene, offer: Offer, others: list[Visit], what: str) -> None:
    visit = others[0]
    if what == "moved":
        visit_moved.move(
            practice=scene.practice, visit_id=visit.pk, start=WEDNESDAY + hours(50), by=Party.PRACTICE, via=Via.API,
            actor=ACTOR, now=SATURDAY,
        )  # fmt: skip
    elif what == "cancelled":
        visit_cancelled.cancel(
            practice=scene.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.API, actor=ACTOR, now=SATURDAY
        )
    else:
        Visit.objects.filter(id=visit.pk).update(patient=make_patient(scene.practice))
    assert refusal(offer, visit) == "visit_changed"
    Visit.objects.filter(id=others[1].pk).update(status=VisitStatus.NO_SHOW)
    assert refusal(offer, others[1]) == "visit_over"


def test_of_another_practice_or_not_asked_there_is_no_such_candidate(offer: Offer, scene: Scene) -> None:
    asked_one = offer.candidates.first()
    assert asked_one is not None
    for practice, key in ((make_practice(), asked_one.pk), (scene.practice, 10**9)):
        with pytest.raises(NotFound):
            offer_answered.accept(practice=practice, candidate_id=key, actor=ACTOR, via=Via.PORTAL, now=LATER)


# --- what closes it ---


def _by_staff(scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice), MONDAY, now=LATER)


def _partly(scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice), MONDAY + 29 * MINUTE, now=LATER)


def _at_the_doctors_other_address(scene: Scene) -> None:
    other = make_calendar(scene.practice, scene.calendar.doctor)
    book(other, make_patient(scene.practice), MONDAY, now=LATER)


def _moved_there(scene: Scene) -> None:
    visit = book(scene.calendar, make_patient(scene.practice), WEDNESDAY + hours(9))
    visit_moved.move(
        practice=scene.practice, visit_id=visit.pk, start=MONDAY, by=Party.PRACTICE, via=Via.API, actor=ACTOR, now=LATER
    )


def _blocked(scene: Scene) -> None:
    calendar_changed.block(
        practice=scene.practice, calendar_id=scene.calendar.pk, start=MONDAY - hours(1), end=MONDAY + MINUTE,
        actor=ACTOR, now=LATER,
    )  # fmt: skip


def _closed_that_day(scene: Scene) -> None:
    calendar_changed.set_opening_exception(
        practice=scene.practice, calendar_id=scene.calendar.pk, day=date(2027, 3, 8), hours=[], actor=ACTOR, now=LATER
    )


def _closed_on_mondays(scene: Scene) -> None:
    week = [(day, time(8), time(16)) for day in range(1, 5)]
    calendar_changed.set_opening_hours(
        practice=scene.practice, calendar_id=scene.calendar.pk, hours=week, actor=ACTOR, now=LATER
    )


def _imported(scene: Scene) -> None:
    batch = import_batches.begin(practice=scene.practice, what="visits", file_hash="a", actor=ACTOR, now=LATER)
    visit = VisitInput(
        row=1, calendar_id=scene.calendar.pk, patient_id=make_patient(scene.practice).pk, start=MONDAY,
        end=MONDAY + 30 * MINUTE,
    )  # fmt: skip
    visits_imported.take(practice=scene.practice, batch_id=batch.pk, rows=[visit], rows_done=1, actor=ACTOR, now=LATER)


def _blocked_by_a_file(scene: Scene) -> None:
    batch = import_batches.begin(practice=scene.practice, what="events", file_hash="b", actor=ACTOR, now=LATER)
    event = BlockedInput(calendar_id=scene.calendar.pk, start=MONDAY, end=MONDAY + hours(1), source_uid="u")
    blocked_time_imported.take(
        practice=scene.practice, batch_id=batch.pk, rows=[event], rows_done=1, actor=ACTOR, now=LATER
    )


@pytest.mark.parametrize(
    ("act", "because", "reason"),
    [
        (_by_staff, OfferEnd.BOOKED, "offer_taken"),
        (_partly, OfferEnd.BOOKED, "offer_taken"),
        (_at_the_doctors_other_address, OfferEnd.BOOKED, "offer_taken"),
        (_moved_there, OfferEnd.BOOKED, "offer_taken"),
        (_imported, OfferEnd.BOOKED, "offer_taken"),
        (_blocked, OfferEnd.BLOCKED, "offer_closed"),
        (_blocked_by_a_file, OfferEnd.BLOCKED, "offer_closed"),
        (_closed_that_day, OfferEnd.DAY_CHANGED, "offer_closed"),
        (_closed_on_mondays, OfferEnd.DAY_CHANGED, "offer_closed"),
    ],
)
def test_taken_or_blocked_otherwise_it_closes_and_never_opens_again(
    scene: Scene, offer: Offer, others: list[Visit], act: Callable[[Scene], None], because: OfferEnd, reason: str
) -> None:
    act(scene)
    assert closed(offer) is because
    assert ended(offer) == {("cancelled", reason)}
    assert refusal(offer, others[0]) == reason
    assert Offer.objects.count() == 1


def test_what_lies_beside_the_slot_leaves_it_open(scene: Scene, offer: Offer) -> None:
    book(scene.calendar, make_patient(scene.practice), MONDAY + 30 * MINUTE, now=LATER)
    book(scene.calendar, make_patient(scene.practice), MONDAY - 30 * MINUTE, now=LATER)
    book(make_calendar(scene.practice), make_patient(scene.practice), MONDAY, now=LATER)
    assert closed(offer) is None


def test_another_day_without_hours_leaves_it_open(scene: Scene, offer: Offer) -> None:
    for day, open_hours in ((date(2027, 3, 9), []), (date(2027, 3, 8), [(time(8), time(8, 30))])):
        calendar_changed.set_opening_exception(
            practice=scene.practice, calendar_id=scene.calendar.pk, day=day, hours=open_hours, actor=ACTOR, now=LATER
        )
    assert closed(offer) is None


@pytest.mark.parametrize(
    "week",
    [
        [(0, time(8), time(8, 15)), (0, time(8, 15), time(16))],
        [(0, time(7), time(12)), (3, time(8), time(16))],
    ],
    ids=["stretches that touch", "other hours around it"],
)
def test_other_weekly_hours_around_it_leave_it_open(
    scene: Scene, offer: Offer, week: list[calendar_changed.Opening]
) -> None:
    calendar_changed.set_opening_hours(
        practice=scene.practice, calendar_id=scene.calendar.pk, hours=week, actor=ACTOR, now=LATER
    )
    assert closed(offer) is None


def test_weekly_hours_say_nothing_of_a_day_that_differs(scene: Scene, offer: Offer) -> None:
    calendar_changed.set_opening_exception(
        practice=scene.practice, calendar_id=scene.calendar.pk, day=date(2027, 3, 8), hours=[(time(8), time(9))],
        actor=ACTOR, now=LATER,
    )  # fmt: skip
    _closed_on_mondays(scene)
    assert closed(offer) is None


def test_a_slot_outside_of_hours_does_not_end_with_hours_of_another_day(scene: Scene) -> None:
    _closed_on_mondays(scene)
    freed = book(scene.calendar, make_patient(scene.practice), MONDAY, now=LATER)
    waiting(scene, 1)
    offer = offered(freed, LATER)
    calendar_changed.set_opening_hours(
        practice=scene.practice, calendar_id=scene.calendar.pk, hours=[(1, time(9), time(16))], actor=ACTOR, now=LATER
    )
    assert closed(offer) is None


def test_staff_stop_it_once(scene: Scene, offer: Offer, others: list[Visit]) -> None:
    for _ in range(2):
        offer_closed.stop(practice=scene.practice, offer_id=offer.pk, actor=ACTOR, now=LATER)
    assert closed(offer) is OfferEnd.STOPPED
    assert refusal(offer, others[0]) == "offer_closed"
    assert history(offer).count(("closed", "stopped")) == 1
    assert offer.events.get(what="closed").actor == ACTOR.name


def test_what_is_over_cannot_be_stopped(scene: Scene, offer: Offer, others: list[Visit]) -> None:
    take(offer, others[0])
    with pytest.raises(Conflict, match="offer_closed"):
        offer_closed.stop(practice=scene.practice, offer_id=offer.pk, actor=ACTOR, now=LATER)


# --- the chain ---


def test_the_winners_old_slot_is_offered_in_turn_and_a_chain_ends_after_three(scene: Scene) -> None:
    visits = [book(scene.calendar, make_patient(scene.practice), MONDAY + hours(48 * number)) for number in range(6)]
    first = offered(visits[0])
    second = take(first, visits[1]).next_offer
    assert second is not None
    assert (second.start, second.depth, second.cause) == (visits[1].start, 2, first)
    assert asked(second) == [visit.pk for visit in visits[2:]]
    third = take(second, visits[3]).next_offer
    assert third is not None
    assert (third.depth, third.cause) == (3, second)
    assert take(third, visits[5]).next_offer is None
    assert history(third)[-1] == ("not_chained", "chain_over")


def test_an_earlier_winner_is_passed_over_for_another_visit(scene: Scene) -> None:
    visits = [book(scene.calendar, make_patient(scene.practice), MONDAY + hours(48 * number)) for number in range(4)]
    winner = visits[1].patient
    extra = book(scene.calendar, winner, MONDAY + hours(48 * 4))
    second = take(offered(visits[0]), visits[1]).next_offer
    assert second is not None
    assert passed_over(second) == {extra.pk: PassedOver.FREED_IT}
    third = take(second, visits[3]).next_offer
    assert third is not None
    assert passed_over(third)[extra.pk] is PassedOver.WON_EARLIER


def test_switched_off_for_the_calendar_a_chain_says_why_it_ends(
    scene: Scene, offer: Offer, others: list[Visit]
) -> None:
    book(scene.calendar, make_patient(scene.practice), WEDNESDAY + hours(100), switches=VisitSwitches())
    Calendar.objects.filter(id=scene.calendar.pk).update(offer=False)
    assert take(offer, others[0]).next_offer is None
    assert history(offer)[-1] == ("not_chained", "switch_off")


def test_the_winners_messages_follow_the_new_time(scene: Scene, offer: Offer, others: list[Visit]) -> None:
    visit = take(offer, others[0]).visit
    assert ("reminder", "email") in ahead(visit)
    reminder = Message.objects.get(visit=visit, kind="reminder", channel="email", revision=2)
    assert reminder.due_at == MONDAY - hours(24)  # booked anew on Saturday: 46 hours before


def test_a_cancellation_in_a_file_frees_the_slot_as_well(scene: Scene, others: list[Visit]) -> None:
    def row(status: VisitStatus) -> VisitInput:
        return VisitInput(
            row=1, calendar_id=scene.calendar.pk, patient_id=scene.patient.pk, start=MONDAY, end=MONDAY + 30 * MINUTE,
            external_id="A-1", status=status, cancelled_by=Party.PATIENT,
        )  # fmt: skip

    for number, status in enumerate((VisitStatus.BOOKED, VisitStatus.CANCELLED)):
        batch = import_batches.begin(
            practice=scene.practice, what="visits", file_hash=f"a{number}",
            actor=ACTOR, now=SATURDAY,
        )  # fmt: skip
        visits_imported.take(
            practice=scene.practice, batch_id=batch.pk, rows=[row(status)], rows_done=1, actor=ACTOR, now=SATURDAY
        )
    assert asked(Offer.objects.get()) == [visit.pk for visit in others]
