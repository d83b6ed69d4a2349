"""Visits that are moved, cancelled, restored or given to another patient (docs/rules.md 2, "Undo time")."""

from dataclasses import replace
from datetime import timedelta

import pytest

from myosotis.domain.planning import plan, replan
from myosotis.domain.values import VisitFacts
from myosotis.domain.words import (
    Channel,
    Kind,
    MessageStatus,
    Party,
    Reason,
    Via,
    VisitEvent,
    VisitStatus,
    Wave,
)
from tests.unit.domain.visits import (
    APP_USER,
    BOOKED,
    MIN,
    NEXT_PATIENT,
    ONLY_SMS,
    OTHER_CALENDAR,
    PATIENT,
    SEC,
    START,
    H,
    apply,
    cancelled,
    card,
    due,
    given_to,
    moved,
    outline,
    planned,
    portal,
    restored,
    row,
    sent,
    skip,
    visit,
)

LATER = BOOKED + 24 * H
NEW_START = START + 48 * H
NEXT = card(patient_id=NEXT_PATIENT)


def told(facts: VisitFacts | None = None) -> VisitFacts:
    """A visit whose `details` was sent by e-mail."""
    return sent(planned(facts or visit()), Kind.DETAILS, Channel.EMAIL)


def statuses(facts: VisitFacts, revision: int, kind: Kind) -> dict[str, str]:
    return outline([m for m in facts.messages if m.key.revision == revision], kind)


# --- moved ----------------------------------------------------------------------------------------------------------


def test_a_move_ends_what_was_planned_for_the_old_time_and_plans_the_new() -> None:
    there = planned(moved(told(), LATER, NEW_START))
    assert statuses(there, 1, Kind.REMINDER) == {
        "email": "cancelled visit_moved",
        "sms": "cancelled visit_moved",
    }
    assert statuses(there, 1, Kind.DETAILS) == {"email": "sent", "sms fallback": "cancelled visit_moved"}
    assert statuses(there, 2, Kind.MOVED) == {"email": "planned", "sms fallback": "waiting"}
    assert row(there, Kind.REMINDER, Channel.EMAIL).due_at == NEW_START - 48 * H
    assert row(there, Kind.MOVED, Channel.EMAIL).due_at == LATER + MIN


def test_a_reminder_that_went_out_for_the_old_time_goes_again_for_the_new() -> None:
    reminded = sent(told(), Kind.REMINDER)
    there = planned(moved(reminded, START - 40 * H, NEW_START))
    assert row(there, Kind.REMINDER, Channel.EMAIL).status is MessageStatus.PLANNED


def test_the_lead_counts_from_the_move() -> None:
    assert due(moved(told(), START - 60 * H, START - 10 * H), Kind.REMINDER)["email"] == START - 34 * H
    assert skip(moved(told(), START - 20 * H, START + H), Kind.REMINDER) is Reason.BOOKED_TOO_LATE


def test_moved_before_details_left_one_details_goes_with_the_new_time() -> None:
    there = planned(moved(planned(visit()), BOOKED + 30 * SEC, NEW_START))
    assert statuses(there, 2, Kind.DETAILS) == {"email": "planned", "sms fallback": "waiting"}
    assert statuses(there, 2, Kind.MOVED) == {"none": "skipped covered_by_details"}
    assert statuses(there, 1, Kind.DETAILS)["email"] == "cancelled visit_moved"
    assert row(there, Kind.DETAILS, Channel.EMAIL).due_at == BOOKED + 90 * SEC


def test_moved_twice_before_details_left_still_one_details_goes() -> None:
    once = planned(moved(planned(visit()), BOOKED + 30 * SEC, NEW_START))
    twice = planned(moved(once, BOOKED + 50 * SEC, NEW_START + H))
    assert statuses(twice, 3, Kind.DETAILS) == {"email": "planned", "sms fallback": "waiting"}
    assert statuses(twice, 3, Kind.MOVED) == {"none": "skipped covered_by_details"}
    live = [m for m in twice.messages if m.status in (MessageStatus.PLANNED, MessageStatus.WAITING)]
    assert {m.key.revision for m in live} == {3}


def test_with_details_switched_off_there_is_nothing_to_cover_the_move() -> None:
    off = replace(planned(visit()), calendar_switches=replace(visit().calendar_switches, details=False))
    there = planned(moved(off, BOOKED + 30 * SEC, NEW_START))
    assert statuses(there, 2, Kind.MOVED) == {"email": "planned", "sms fallback": "waiting"}


def test_details_being_handed_over_at_the_move_counts_as_left() -> None:
    claimed = sent(planned(visit()), Kind.DETAILS, Channel.EMAIL, status=MessageStatus.CLAIMED, sent_at=None)
    there = planned(moved(claimed, BOOKED + 70 * SEC, NEW_START))
    assert statuses(there, 2, Kind.MOVED)["email"] == "planned"
    assert statuses(there, 1, Kind.DETAILS)["email"] == "claimed"


def test_moved_there_and_back_before_anything_left_is_silent() -> None:
    there = planned(moved(told(), LATER, NEW_START))
    back = planned(moved(there, LATER + 30 * SEC, START))
    assert statuses(back, 2, Kind.MOVED) == {"email": "cancelled visit_moved", "sms fallback": "cancelled visit_moved"}
    assert statuses(back, 3, Kind.MOVED) == {"none": "skipped already_knows"}


def test_moved_back_after_the_patient_was_told_is_told_again() -> None:
    there = sent(planned(moved(told(), LATER, NEW_START)), Kind.MOVED)
    back = planned(moved(there, LATER + H, START))
    assert statuses(back, 3, Kind.MOVED)["email"] == "planned"


def test_moved_back_while_the_first_move_is_being_handed_over_is_told_again() -> None:
    there = planned(moved(told(), LATER, NEW_START))
    leaving = sent(there, Kind.MOVED, Channel.EMAIL, status=MessageStatus.CLAIMED, sent_at=None, told=None)
    back = planned(moved(leaving, LATER + 70 * SEC, START))
    assert statuses(back, 3, Kind.MOVED)["email"] == "planned"


def test_moved_twice_sends_one_message_with_the_last_time() -> None:
    once = planned(moved(told(), LATER, NEW_START))
    twice = planned(moved(once, LATER + 40 * SEC, NEW_START + 24 * H))
    live = [m for m in twice.messages if m.key.kind is Kind.MOVED and m.status is MessageStatus.PLANNED]
    assert [(m.key.revision, m.due_at) for m in live] == [(3, LATER + 100 * SEC)]


def test_a_move_told_by_word_of_mouth_at_booking_is_compared_too() -> None:
    quiet = replace(visit(), calendar_switches=replace(visit().calendar_switches, details=False))
    there = moved(planned(quiet), LATER, NEW_START)
    assert skip(there, Kind.MOVED) is None
    assert skip(moved(planned(there), LATER + 20 * SEC, START), Kind.MOVED) is Reason.ALREADY_KNOWS


def test_another_address_at_the_same_time_is_told() -> None:
    there = moved(told(), LATER, START, calendar_id=OTHER_CALENDAR)
    assert skip(there, Kind.MOVED) is None
    assert "email" in due(there, Kind.MOVED)


def test_a_message_that_bounced_told_nothing() -> None:
    there = sent(planned(moved(told(), LATER, NEW_START)), Kind.MOVED, status=MessageStatus.FAILED)
    assert skip(moved(there, LATER + H, START), Kind.MOVED) is Reason.ALREADY_KNOWS


def test_moved_into_the_past_tells_nobody() -> None:
    corrected = moved(told(), START + 24 * H, START - 24 * H)
    for kind in (Kind.MOVED, Kind.REVIEW, Kind.REBOOK):
        assert skip(corrected, kind) is Reason.VISIT_IN_PAST


def test_a_patients_own_move_is_acknowledged_at_once() -> None:
    there = moved(told(), LATER, NEW_START, by=Party.PATIENT, via=Via.PORTAL)
    assert due(there, Kind.MOVED) == {"email": LATER}


# --- cancelled ------------------------------------------------------------------------------------------------------


def test_a_cancellation_ends_everything_and_is_told() -> None:
    gone = planned(cancelled(told(), LATER))
    assert statuses(gone, 2, Kind.CANCELLED) == {"email": "planned", "sms fallback": "waiting"}
    pending = [m for m in gone.messages if m.status in (MessageStatus.PLANNED, MessageStatus.WAITING)]
    assert {m.key.kind for m in pending} == {Kind.CANCELLED}
    for kind in (Kind.REMINDER, Kind.REVIEW, Kind.REBOOK):
        assert statuses(gone, 1, kind)["email"] == "cancelled visit_cancelled"


def test_booked_and_cancelled_before_anything_left_nothing_goes() -> None:
    gone = planned(cancelled(planned(visit()), BOOKED + 30 * SEC))
    assert statuses(gone, 2, Kind.CANCELLED) == {"none": "skipped not_told_yet"}
    assert statuses(gone, 1, Kind.DETAILS)["email"] == "cancelled visit_cancelled"
    assert replan(gone, BOOKED + 24 * H).empty


def test_booked_without_details_and_cancelled_in_the_undo_time_nothing_goes() -> None:
    quiet = replace(visit(), calendar_switches=replace(visit().calendar_switches, details=False))
    assert skip(cancelled(planned(quiet), BOOKED + 59 * SEC), Kind.CANCELLED) is Reason.NOT_TOLD_YET
    assert skip(cancelled(planned(quiet), BOOKED + 60 * SEC), Kind.CANCELLED) is None


def test_moved_and_cancelled_in_the_undo_time_the_cancellation_goes() -> None:
    there = planned(moved(told(), LATER, NEW_START))
    gone = planned(cancelled(there, LATER + 30 * SEC))
    assert statuses(gone, 2, Kind.MOVED)["email"] == "cancelled visit_cancelled"
    assert statuses(gone, 3, Kind.CANCELLED)["email"] == "planned"


def test_details_held_at_night_by_a_cancellation_leaves_nothing_to_tell() -> None:
    late = BOOKED + 14 * H
    night = planned(visit(booked_at=late, event_at=late, card=ONLY_SMS))
    assert row(night, Kind.DETAILS, Channel.SMS).reason is Reason.HELD_FOR_WINDOW
    assert skip(cancelled(night, BOOKED + 15 * H), Kind.CANCELLED) is Reason.NOT_TOLD_YET


def test_who_booked_online_knows_of_the_visit_and_hears_that_the_practice_cancelled_it() -> None:
    night = planned(portal(booked_at=BOOKED + 14 * H, card=ONLY_SMS))
    gone = planned(cancelled(night, BOOKED + 15 * H))
    assert statuses(gone, 1, Kind.DETAILS)["sms"] == "cancelled visit_cancelled"
    assert statuses(gone, 2, Kind.CANCELLED)["sms"] == "planned held_for_window"
    by_patient = cancelled(night, BOOKED + 15 * H, by=Party.PATIENT)
    assert skip(by_patient, Kind.CANCELLED) is Reason.NOT_TOLD_YET


def test_a_visit_cancelled_when_it_had_begun_is_not_announced() -> None:
    assert skip(cancelled(told(), START), Kind.CANCELLED) is Reason.VISIT_IN_PAST


def test_details_being_handed_over_at_the_cancellation_is_followed_by_cancelled() -> None:
    claimed = sent(planned(visit()), Kind.DETAILS, Channel.EMAIL, status=MessageStatus.CLAIMED, sent_at=None)
    gone = planned(cancelled(claimed, BOOKED + 70 * SEC))
    assert statuses(gone, 2, Kind.CANCELLED)["email"] == "planned"


# --- restored -------------------------------------------------------------------------------------------------------


def test_a_cancellation_taken_back_in_time_is_silent() -> None:
    before = told()
    gone = planned(cancelled(before, LATER))
    back = apply(restored(gone, before), replan(restored(gone, before), LATER + 30 * SEC))
    assert statuses(back, 2, Kind.CANCELLED)["email"] == "cancelled visit_changed"
    assert statuses(back, 3, Kind.DETAILS) == {"none": "skipped already_knows"}
    assert statuses(back, 3, Kind.REMINDER) == {"email": "planned", "sms": "planned"}


@pytest.mark.parametrize("after", [20 * SEC, 10 * MIN])
def test_details_that_were_still_ahead_are_owed_again(after: timedelta) -> None:
    before = planned(visit())
    gone = planned(cancelled(before, BOOKED + 10 * SEC))
    now = BOOKED + after
    back = restored(gone, before)
    written = apply(back, replan(back, now))
    assert statuses(written, 3, Kind.DETAILS) == {"email": "planned", "sms fallback": "waiting"}
    assert row(written, Kind.DETAILS, Channel.EMAIL).due_at == max(BOOKED + MIN, now)
    assert replan(written, now).empty
    assert replan(written, now + H).empty


def test_a_move_that_was_still_ahead_is_owed_again() -> None:
    quiet = replace(visit(), calendar_switches=replace(visit().calendar_switches, details=False))
    there = planned(moved(planned(quiet), LATER, NEW_START))
    gone = planned(cancelled(there, LATER + 10 * SEC))
    back = restored(gone, there)
    assert due(back, Kind.MOVED, LATER + H)["email"] == LATER + H


def test_restored_after_the_cancellation_was_told_the_details_go_again() -> None:
    gone = sent(planned(cancelled(told(), LATER)), Kind.CANCELLED)
    back = replace(restored(gone, told()), event_at=LATER + H, booked_at=LATER + H, messages=gone.messages)
    assert "email" in due(back, Kind.DETAILS)


# --- given to another patient ----------------------------------------------------------------------------------------


def test_a_visit_given_to_another_patient_is_cancelled_to_the_former_and_booked_for_the_new() -> None:
    given = planned(given_to(told(), LATER, NEXT))
    whom = {(m.key.kind, m.key.channel, m.patient_id) for m in given.messages if m.status is MessageStatus.PLANNED}
    assert (Kind.CANCELLED, Channel.EMAIL, PATIENT) in whom
    assert (Kind.DETAILS, Channel.EMAIL, NEXT_PATIENT) in whom
    assert (Kind.REMINDER, Channel.SMS, NEXT_PATIENT) in whom
    assert not [key for key in whom if key[2] == PATIENT and key[0] is not Kind.CANCELLED]
    assert statuses(given, 1, Kind.REMINDER)["email"] == "cancelled visit_changed"
    assert row(given, Kind.CANCELLED, Channel.EMAIL).expires_at == START


def test_the_former_patient_who_was_never_told_hears_nothing() -> None:
    given = planned(given_to(planned(visit()), BOOKED + 20 * SEC, NEXT))
    assert statuses(given, 2, Kind.CANCELLED) == {"none": "skipped not_told_yet"}


def test_a_correction_of_the_card_tells_nobody() -> None:
    corrected = planned(given_to(told(), LATER, NEXT, VisitEvent.CORRECTED))
    assert statuses(corrected, 2, Kind.CANCELLED) == {}
    assert statuses(corrected, 2, Kind.DETAILS) == {"none": "skipped correction"}
    assert row(corrected, Kind.REMINDER, Channel.EMAIL).patient_id == NEXT_PATIENT


def test_the_former_patients_cancellation_survives_a_move_of_the_visit_and_is_not_repeated() -> None:
    given = planned(given_to(told(), LATER, NEXT))
    there = planned(moved(given, LATER + 20 * SEC, NEW_START))
    assert row(there, Kind.CANCELLED, Channel.EMAIL, revision=2).status is MessageStatus.PLANNED
    gone = planned(cancelled(there, LATER + 40 * SEC))
    back = restored(gone, given)
    assert not [r for r in plan(back, LATER + 50 * SEC) if r.key.kind is Kind.CANCELLED]


def test_given_back_in_time_nobody_hears_of_it() -> None:
    before = told()
    given = planned(given_to(before, LATER, NEXT))
    back = replace(restored(given, before), former_card=NEXT)
    written = apply(back, replan(back, LATER + 30 * SEC))
    pending = {m.key.kind for m in written.messages if m.status is MessageStatus.PLANNED}
    assert pending == {Kind.REMINDER, Kind.REVIEW, Kind.REBOOK}
    assert statuses(written, 3, Kind.DETAILS) == {"none": "skipped already_knows"}


# --- afterwards, and other visits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [(VisitStatus.NO_SHOW, Reason.NO_SHOW), (VisitStatus.DONE, None), (VisitStatus.CONFIRMED, None)],
)
def test_review_and_rebook_go_only_for_visits_that_took_place(status: VisitStatus, reason: Reason | None) -> None:
    marked = replace(told(), status=status)
    for kind in (Kind.REVIEW, Kind.REBOOK):
        assert skip(marked, kind, START + H) is reason


def test_a_no_show_withdraws_them_with_the_reason() -> None:
    marked = replace(told(), status=VisitStatus.NO_SHOW)
    written = apply(marked, replan(marked, START + H))
    assert statuses(written, 1, Kind.REVIEW) == {
        "email": "cancelled no_show",
        "sms": "cancelled no_show",
        "none": "skipped no_show",
    }


def test_several_visits_on_a_day_get_one_of_each_after_the_last() -> None:
    earlier = visit(later_visit=True, later_visit_same_day=True)
    assert skip(earlier, Kind.REVIEW) is Reason.LATER_VISIT_SAME_DAY
    assert skip(earlier, Kind.REBOOK) is Reason.LATER_VISIT_SAME_DAY
    assert skip(earlier, Kind.REMINDER) is None


def test_what_left_after_one_visit_of_a_day_does_not_go_after_another() -> None:
    another = visit(sent_same_day=frozenset({Kind.REVIEW}))
    assert skip(another, Kind.REVIEW) is Reason.SENT_THAT_DAY
    assert skip(another, Kind.REBOOK) is None
    assert skip(replace(another, sent_same_day=frozenset({Kind.REBOOK})), Kind.REBOOK) is Reason.SENT_THAT_DAY
    assert skip(replace(another, later_visit_same_day=True), Kind.REVIEW) is Reason.LATER_VISIT_SAME_DAY


def test_no_invitation_where_the_next_visit_is_booked() -> None:
    assert skip(visit(later_visit=True), Kind.REBOOK) is Reason.NEXT_VISIT_BOOKED
    assert skip(visit(later_visit=True), Kind.REVIEW) is None
    assert skip(visit(online_booking=False), Kind.REBOOK) is Reason.NO_ONLINE_BOOKING


def test_a_next_visit_booked_and_cancelled_again_leaves_the_invitation_as_it_was() -> None:
    facts = told()
    booked = replace(facts, later_visit=True)
    written = apply(booked, replan(booked, LATER))
    assert row(written, Kind.REBOOK, Channel.EMAIL).reason is Reason.NEXT_VISIT_BOOKED
    again = replace(written, later_visit=False)
    revived = apply(again, replan(again, LATER + H))
    assert row(revived, Kind.REBOOK, Channel.EMAIL) == row(facts, Kind.REBOOK, Channel.EMAIL)
    assert row(revived, Kind.REBOOK, Channel.NONE).status is MessageStatus.CANCELLED


def test_imported_visits_get_no_details() -> None:
    imported = visit(event=VisitEvent.IMPORTED, event_via=Via.IMPORT)
    assert skip(imported, Kind.DETAILS) is Reason.IMPORTED
    assert "email" in due(imported, Kind.REMINDER)
    over = replace(imported, event_at=START + H)
    assert outline(plan(over, over.event_at), Kind.DETAILS) == {"none": "skipped visit_in_past"}
    assert len(plan(over, over.event_at)) == 1


# --- cards and switches that change in between ------------------------------------------------------------------------


def test_a_patient_who_died_gets_nothing_any_more() -> None:
    dead = replace(told(), card=card(deceased=True))
    written = apply(dead, replan(dead, START - 48 * H - MIN))
    assert not [m for m in written.messages if m.status in (MessageStatus.PLANNED, MessageStatus.WAITING)]
    assert row(written, Kind.REMINDER, Channel.SMS).reason is Reason.DECEASED
    assert skip(cancelled(written, START - 48 * H), Kind.CANCELLED) is Reason.DECEASED


def test_switched_off_and_on_again_the_same_rows_live_again() -> None:
    facts = told()
    off = replace(facts, calendar_switches=replace(facts.calendar_switches, reminder=False))
    written = apply(off, replan(off, LATER))
    assert row(written, Kind.REMINDER, Channel.SMS).reason is Reason.SWITCH_OFF
    on = replace(written, calendar_switches=facts.calendar_switches)
    revived = apply(on, replan(on, LATER + H))
    assert row(revived, Kind.REMINDER, Channel.SMS) == row(facts, Kind.REMINDER, Channel.SMS)


def test_a_switch_turned_on_after_the_due_time_adds_nothing() -> None:
    facts = visit()
    off = replace(facts, calendar_switches=replace(facts.calendar_switches, details=False, reminder=False))
    written = replace(planned(off), calendar_switches=facts.calendar_switches)
    assert skip(written, Kind.DETAILS, BOOKED + 2 * MIN) is Reason.DUE_PASSED
    assert skip(written, Kind.REMINDER, START - 48 * H) is None
    assert skip(written, Kind.REMINDER, START - 48 * H + SEC) is Reason.DUE_PASSED


def test_a_row_that_is_overdue_because_nobody_sent_it_stays() -> None:
    assert replan(planned(visit()), BOOKED + 3 * H).empty


def test_an_opt_out_from_sms_between_the_plan_and_the_reminder_leaves_the_email() -> None:
    facts = replace(told(), card=card(sms_stopped=True))
    written = apply(facts, replan(facts, LATER))
    assert statuses(written, 1, Kind.REMINDER) == {"email": "planned", "sms": "skipped sms_stopped"}
    assert statuses(written, 1, Kind.DETAILS)["sms fallback"] == "cancelled sms_stopped"


def test_an_app_installed_before_the_reminder_makes_the_sms_wait_for_the_push() -> None:
    facts = replace(told(), card=APP_USER)
    written = apply(facts, replan(facts, LATER))
    assert statuses(written, 1, Kind.REMINDER) == {
        "email": "planned",
        "push": "planned",
        "sms": "cancelled replanned",
        "sms fallback": "waiting",
    }
    again = replace(written, card=card())
    back = apply(again, replan(again, LATER + H))
    assert statuses(back, 1, Kind.REMINDER) == {
        "email": "planned",
        "push": "cancelled no_app",
        "sms": "planned",
        "sms fallback": "cancelled replanned",
    }


def test_a_phone_added_while_the_four_hours_run_gets_the_sms_then() -> None:
    without = sent(planned(visit(card=card(contact=replace(card().contact, phone="")))), Kind.DETAILS)
    with_phone = replace(without, card=card())
    written = apply(with_phone, replan(with_phone, BOOKED + 2 * H))
    late = row(written, Kind.DETAILS, Channel.SMS, Wave.FALLBACK)
    assert (late.status, late.due_at) == (MessageStatus.PLANNED, BOOKED + MIN + 4 * H)
    too_late = replan(with_phone, BOOKED + 5 * H)
    assert not [r for _, r in too_late.change if r.key.kind is Kind.DETAILS]


def test_an_email_added_after_the_first_wave_left_is_not_written_to() -> None:
    facts = sent(planned(visit(card=ONLY_SMS)), Kind.DETAILS)
    added = replace(facts, card=card())
    written = apply(added, replan(added, BOOKED + H))
    assert row(written, Kind.DETAILS, Channel.EMAIL).status is MessageStatus.SKIPPED


def test_silenced_while_held_for_the_morning_and_back_in_the_night_it_goes_in_the_morning() -> None:
    night = planned(portal(booked_at=BOOKED + 14 * H, card=ONLY_SMS))
    silenced = replace(night, visit_switches=replace(night.visit_switches, silent=True))
    quiet = apply(silenced, replan(silenced, BOOKED + 15 * H))
    assert row(quiet, Kind.DETAILS, Channel.SMS).reason is Reason.VISIT_SILENCED
    again = replace(quiet, visit_switches=night.visit_switches)
    loud = apply(again, replan(again, BOOKED + 16 * H))
    assert row(loud, Kind.DETAILS, Channel.SMS).status is MessageStatus.PLANNED
    assert row(loud, Kind.DETAILS, Channel.SMS).due_at == row(night, Kind.DETAILS, Channel.SMS).due_at


def test_a_reason_for_a_call_is_not_lost_when_time_has_passed() -> None:
    facts = planned(visit(card=card(contact=replace(card().contact, email="", phone=""))))
    reachable = replace(facts, card=card())
    assert skip(reachable, Kind.DETAILS, BOOKED + H) is Reason.NO_CHANNEL


def test_a_resend_by_staff_is_left_alone_but_not_for_a_patient_who_died() -> None:
    facts = told()
    copy = replace(row(facts, Kind.REMINDER, Channel.EMAIL), id=99)
    copy = replace(copy, key=replace(copy.key, copy=1))
    resent = replace(facts, messages=(*facts.messages, copy))
    kept = replan(resent, LATER)
    assert 99 not in {identity for identity, _ in (*kept.change, *kept.cancel)}
    dead = replan(replace(resent, card=card(deceased=True)), LATER)
    assert (99, Reason.DECEASED) in dead.cancel
    gone = replan(cancelled(resent, LATER), LATER)
    assert (99, Reason.VISIT_CANCELLED) in gone.cancel
