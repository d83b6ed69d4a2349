from datetime import timedelta

import pytest

from myosotis.domain.values import Switches, VisitSwitches
from myosotis.domain.words import Kind, Party, Via, VisitStatus
from myosotis.flows import visit_changed, visit_confirmed, visit_marked, visit_moved
from myosotis.flows.errors import Conflict
from myosotis.flows.visit_marked import Mark
from myosotis.store.models import Calendar, Message, Patient, Visit
from myosotis.store.queue import claims
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    ahead,
    book,
    claim,
    hours,
    make_calendar,
    make_patient,
    messages,
    send_due,
)

LEFT = NOW + timedelta(seconds=61)


def give(visit: Visit, patient: Patient, *, at: timedelta, correction: bool = False, via: Via = Via.DESK) -> Visit:
    return visit_changed.give_to(
        practice=visit.practice, visit_id=visit.pk, patient_id=patient.pk, correction=correction, via=via,
        actor=ACTOR, now=NOW + at,
    )  # fmt: skip


def mark(visit: Visit, what: Mark, *, after_start: float = 1) -> Visit:
    return visit_marked.mark(
        practice=visit.practice, visit_id=visit.pk, mark=what, via=Via.DESK, actor=ACTOR,
        now=visit.start + hours(after_start),
    )  # fmt: skip


def ahead_for(visit: Visit, patient: Patient) -> set[str]:
    return {row.kind for row in messages(visit, patient=patient, status__in=("planned", "waiting"))}


def test_given_to_another_tells_the_former_and_books_the_new(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    new = make_patient(scene.practice)
    given = give(visit, new, at=hours(1))
    assert (given.revision, given.status, given.booked_at) == (2, VisitStatus.BOOKED, NOW + hours(1))
    assert ahead_for(visit, scene.patient) == {"cancelled"}
    assert ahead_for(visit, new) == {"details", "reminder", "review", "rebook"}


def test_given_away_before_the_former_heard_of_it_tells_the_former_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    give(visit, make_patient(scene.practice), at=timedelta(seconds=30))
    assert ahead_for(visit, scene.patient) == set()


def test_given_on_in_the_undo_time_still_tells_the_first(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    second, third = make_patient(scene.practice), make_patient(scene.practice)
    give(visit, second, at=hours(1))
    give(visit, third, at=hours(1) + timedelta(seconds=30))
    assert ahead_for(visit, scene.patient) == {"cancelled"}
    assert ahead_for(visit, second) == set()
    assert "details" in ahead_for(visit, third)


def test_a_correction_of_the_card_tells_nobody(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    right = make_patient(scene.practice)
    corrected = give(visit, right, at=hours(1), correction=True)
    assert ahead_for(visit, scene.patient) == set()
    assert ahead_for(visit, right) == {"reminder", "review", "rebook"}
    assert corrected.booked_at == NOW


def test_booked_for_the_wrong_card_and_corrected_at_once_the_right_patient_gets_the_details(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    right = make_patient(scene.practice)
    give(visit, right, at=timedelta(seconds=30), correction=True)
    assert ahead_for(visit, scene.patient) == set()
    assert ahead_for(visit, right) == {"details", "reminder", "review", "rebook"}
    assert {row.due_at for row in messages(visit, patient=right, kind="details", status="planned")} == {
        NOW + timedelta(seconds=90)
    }


@pytest.mark.parametrize("via", [Via.DESK, Via.API, Via.IMPORT])
@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("correction", [False, True])
def test_given_on_before_anything_left_whoever_has_it_in_the_end_gets_the_details(
    scene: Scene, via: Via, *, told: bool, correction: bool
) -> None:
    wrong, right = make_patient(scene.practice), make_patient(scene.practice)
    visit = book(scene.calendar, scene.patient, via=via)
    if told:
        send_due(visit, LEFT)
    give(visit, wrong, at=timedelta(seconds=61), via=via)
    give(visit, right, at=timedelta(seconds=62), via=via, correction=correction)
    assert ahead_for(visit, wrong) == set()
    assert "details" in ahead_for(visit, right)
    assert ("cancelled" in ahead_for(visit, scene.patient)) == told


def test_given_to_the_wrong_card_and_corrected_at_once_both_are_told(scene: Scene) -> None:
    wrong, right = make_patient(scene.practice), make_patient(scene.practice)
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    give(visit, wrong, at=hours(1))
    give(visit, right, at=hours(1) + timedelta(seconds=30), correction=True)
    assert ahead_for(visit, scene.patient) == {"cancelled"}
    assert ahead_for(visit, wrong) == set()
    assert "details" in ahead_for(visit, right)
    send_due(visit, NOW + hours(1) + timedelta(seconds=90))
    assert {row.patient_id for row in messages(visit, status="sent", revision=3)} == {right.pk}


def test_corrected_twice_before_anything_left_the_last_gets_the_details(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    second, third = make_patient(scene.practice), make_patient(scene.practice)
    give(visit, second, at=timedelta(seconds=20), correction=True)
    give(visit, third, at=timedelta(seconds=40), correction=True)
    assert ahead_for(visit, second) == set()
    assert "details" in ahead_for(visit, third)


def test_given_away_and_corrected_back_tells_the_first_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    give(visit, make_patient(scene.practice), at=hours(1))
    give(visit, scene.patient, at=hours(1) + timedelta(seconds=30), correction=True)
    assert ahead_for(visit, scene.patient) == {"reminder", "review", "rebook"}


@pytest.mark.parametrize("how", ["sent", "claimed"])
def test_corrected_back_after_the_cancellation_left_the_first_hears_that_the_visit_stands(
    scene: Scene, how: str
) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    wrong = make_patient(scene.practice)
    give(visit, wrong, at=hours(1))
    send_due(visit, LEFT + hours(1))
    told = messages(visit, kind="cancelled", channel="email")[0]
    if how == "claimed":
        Message.objects.filter(pk=told.pk).update(status="planned", sent_at=None)
        claim(told, LEFT + hours(1))
    give(visit, scene.patient, at=hours(2), correction=True)
    assert ahead_for(visit, scene.patient) - {"cancelled"} == {"details", "reminder", "review", "rebook"}
    assert ahead_for(visit, wrong) == set()
    if how == "claimed":
        claims.drop([told.pk])
        Message.objects.filter(pk=told.pk).update(status="cancelled", reason="former_patient")
    send_due(visit, LEFT + hours(2))
    give(visit, wrong, at=hours(3), correction=True)  # told of it long ago, and of nothing else since
    assert "details" not in ahead_for(visit, wrong)


def test_corrected_before_the_news_of_a_move_left_the_right_patient_hears_of_it(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, LEFT)
    visit_moved.move(
        practice=scene.practice, visit_id=visit.pk, start=NEXT_WEEK + hours(1), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=LEFT,
    )  # fmt: skip
    right = make_patient(scene.practice)
    give(visit, right, at=timedelta(seconds=90), correction=True)
    assert "details" in ahead_for(visit, right)


def test_corrected_while_handed_over_the_right_patient_is_told_if_the_wrong_one_was_not(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit, kind="details", channel="email")[0]
    claim(mail, LEFT)
    right = make_patient(scene.practice)
    give(visit, right, at=timedelta(seconds=61), correction=True)
    assert "details" in ahead_for(visit, right)
    claims.drop([mail.pk])
    Message.objects.filter(pk=mail.pk).update(status="cancelled", reason="former_patient")
    give_switches(visit, at=timedelta(seconds=62))
    assert "details" in ahead_for(visit, right)


def give_switches(visit: Visit, *, at: timedelta) -> None:
    """Any change that plans anew."""
    visit_changed.set_own_switches(
        practice=visit.practice, visit_id=visit.pk, switches=VisitSwitches(review=False), via=Via.DESK, actor=ACTOR,
        now=NOW + at,
    )  # fmt: skip


@pytest.mark.parametrize("switch", ["details", "reminder", "review", "rebook"])
def test_off_for_one_visit_leaves_the_calendar_and_other_visits_alone(scene: Scene, switch: str) -> None:
    off = VisitSwitches(**{switch: False})
    visit, other = book(scene.calendar, scene.patient, switches=off), book(scene.calendar, make_patient(scene.practice))
    assert switch not in {kind for kind, _ in ahead(visit)}
    assert [(row.status, row.reason) for row in messages(visit, kind=switch)] == [("skipped", "switch_off_for_visit")]
    assert switch in {kind for kind, _ in ahead(other)}
    assert getattr(Calendar.objects.get(id=scene.calendar.pk), switch)


def test_silenced_nothing_goes_and_a_change_is_for_the_call_list(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    visit_changed.set_own_switches(
        practice=scene.practice, visit_id=visit.pk, switches=VisitSwitches(silent=True), via=Via.DESK, actor=ACTOR,
        now=LEFT,
    )  # fmt: skip
    assert ahead(visit) == set()
    visit_moved.move(
        practice=scene.practice, visit_id=visit.pk, start=NEXT_WEEK + hours(1), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=LEFT,
    )  # fmt: skip
    assert ahead(visit) == set()
    assert {row.reason for row in messages(visit, revision=2)} == {"visit_silenced"}


def test_the_form_stores_only_what_staff_changed() -> None:
    calendar = Switches(review=False)
    shown_unchanged = visit_changed.from_form(calendar, calendar, VisitSwitches(), silent=False)
    assert shown_unchanged == VisitSwitches()
    changed = visit_changed.from_form(Switches(review=True, reminder=False), calendar, VisitSwitches(), silent=False)
    assert changed == VisitSwitches(review=True, reminder=False)
    again = visit_changed.from_form(Switches(review=True, reminder=True), calendar, changed, silent=False)
    assert again == VisitSwitches(review=True)


def test_a_no_show_gets_neither_review_nor_rebook_until_it_is_taken_back(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    after = {"review", "rebook"}
    mark(visit, Mark.NO_SHOW)
    assert not {kind for kind, _ in ahead(visit)} & after
    assert messages(visit, kind=Kind.REVIEW, channel="email")[0].reason == "no_show"
    back = mark(visit, Mark.NONE)
    assert back.status == VisitStatus.BOOKED
    assert {kind for kind, _ in ahead(visit)} >= after


def test_done_and_back_keeps_a_confirmation(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    visit_confirmed.confirm(
        practice=scene.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.PORTAL, actor=ACTOR, now=LEFT
    )
    mark(visit, Mark.DONE)
    mark(visit, Mark.NO_SHOW)
    assert mark(visit, Mark.NONE).status == VisitStatus.CONFIRMED


def test_what_has_not_begun_cannot_be_marked(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    with pytest.raises(Conflict, match="not_started"):
        mark(visit, Mark.NO_SHOW, after_start=-1)


def test_a_confirmed_visit_still_gets_its_reminder(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    before = list(Message.objects.order_by("id").values())
    confirmed = visit_confirmed.confirm(
        practice=scene.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=LEFT
    )
    assert confirmed.status == VisitStatus.CONFIRMED
    assert list(Message.objects.order_by("id").values()) == before


def test_the_next_visit_ends_the_invitation_and_its_cancellation_brings_it_back(scene: Scene) -> None:
    first = book(scene.calendar, scene.patient)
    assert "rebook" in {kind for kind, _ in ahead(first)}
    book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(days=7))
    rows = messages(first, kind=Kind.REBOOK)
    assert {(row.status, row.reason) for row in rows} >= {("skipped", "next_visit_booked")}
    assert "rebook" not in {kind for kind, _ in ahead(first)}


def test_two_visits_on_a_day_get_one_review_after_the_last(scene: Scene) -> None:
    first = book(scene.calendar, scene.patient)
    second = book(scene.calendar, scene.patient, NEXT_WEEK + hours(3))
    assert ["review" in {kind for kind, _ in ahead(visit)} for visit in (first, second)] == [False, True]
    mark(second, Mark.NO_SHOW)
    assert "rebook" in {kind for kind, _ in ahead(first)}


def test_a_visit_with_another_doctor_ends_no_invitation(scene: Scene) -> None:
    first = book(scene.calendar, scene.patient)
    book(make_calendar(scene.practice), scene.patient, NEXT_WEEK + timedelta(days=7))
    assert "rebook" in {kind for kind, _ in ahead(first)}
