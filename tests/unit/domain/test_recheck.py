"""The last look before a message is handed over (docs/rules.md 3 and 7.2)."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pytest

from myosotis.domain.recheck import Hold, Send, Stop, Verdict, recheck
from myosotis.domain.values import ExistingMessage, SendWindow, Switches, VisitFacts, VisitSwitches
from myosotis.domain.words import (
    Channel,
    ConsentBasis,
    Kind,
    MessageStatus,
    OptOut,
    Reason,
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
    SEC,
    START,
    H,
    cancelled,
    card,
    contact,
    given_to,
    local,
    moved,
    planned,
    portal,
    row,
    sent,
    visit,
)

REMINDER_DUE = START - 48 * H


def claimed(message: ExistingMessage) -> ExistingMessage:
    return replace(message, status=MessageStatus.CLAIMED, attempts=1)


def looked_at(
    facts: VisitFacts,
    kind: Kind,
    channel: Channel = Channel.EMAIL,
    *,
    at: datetime | None = None,
    wave: Wave = Wave.FIRST,
    revision: int | None = None,
) -> Verdict:
    message = claimed(row(facts, kind, channel, wave, revision))
    rows = tuple(message if m.id == message.id else m for m in facts.messages)
    assert message.due_at is not None
    return recheck(replace(facts, messages=rows), message, at or message.due_at)


def stopped(reason: Reason) -> Stop:
    return Stop(status=MessageStatus.CANCELLED, reason=reason)


def test_what_was_planned_and_has_not_changed_goes() -> None:
    facts = planned(visit())
    for kind in (Kind.DETAILS, Kind.REMINDER, Kind.REVIEW, Kind.REBOOK):
        assert looked_at(facts, kind) == Send()
    assert looked_at(facts, Kind.REMINDER, Channel.SMS) == Send()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"card": card(deceased=True)}, Reason.DECEASED),
        ({"card": card(erased=True)}, Reason.ERASED),
        ({"card": card(silent=True)}, Reason.PATIENT_SILENCED),
        ({"visit_switches": VisitSwitches(silent=True)}, Reason.VISIT_SILENCED),
        ({"visit_switches": VisitSwitches(reminder=False)}, Reason.SWITCH_OFF_FOR_VISIT),
        ({"calendar_switches": Switches(reminder=False)}, Reason.SWITCH_OFF),
        ({"card": card(opt_outs=frozenset({OptOut.SMS}))}, Reason.OPTED_OUT),
        ({"card": card(sms_stopped=True)}, Reason.SMS_STOPPED),
        ({"card": card(contact=contact(phone=""))}, Reason.NO_PHONE),
        ({"card": card(contact=contact(phone_bad=True))}, Reason.BAD_PHONE),
        ({"status": VisitStatus.DONE}, Reason.VISIT_IN_PAST),
        ({"status": VisitStatus.NO_SHOW}, Reason.NO_SHOW),
        ({"revision": 2, "status": VisitStatus.CANCELLED, "event": VisitEvent.CANCELLED}, Reason.VISIT_CANCELLED),
        ({"revision": 2, "event": VisitEvent.MOVED}, Reason.VISIT_MOVED),
        ({"revision": 2}, Reason.VISIT_CHANGED),
        ({"card": card(patient_id=NEXT_PATIENT)}, Reason.FORMER_PATIENT),
    ],
)
def test_what_changed_since_stops_it_with_the_reason(changed: dict[str, Any], reason: Reason) -> None:
    facts = planned(visit())
    message = claimed(row(facts, Kind.REMINDER, Channel.SMS))
    assert recheck(replace(facts, **changed), message, REMINDER_DUE) == stopped(reason)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"later_visit": True}, Reason.NEXT_VISIT_BOOKED),
        ({"online_booking": False}, Reason.NO_ONLINE_BOOKING),
        ({"status": VisitStatus.NO_SHOW}, Reason.NO_SHOW),
        ({"consent_basis": ConsentBasis.CARD}, Reason.NO_CONSENT),
        ({"card": card(opt_outs=frozenset({OptOut.REBOOK}))}, Reason.OPTED_OUT),
    ],
)
def test_an_invitation_is_checked_again(changed: dict[str, Any], reason: Reason) -> None:
    facts = replace(planned(visit()), **changed)
    assert looked_at(facts, Kind.REBOOK) == stopped(reason)


def test_it_expires_to_the_second() -> None:
    facts = planned(visit())
    expired = Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    assert looked_at(facts, Kind.REMINDER, at=START - SEC) == Send()
    assert looked_at(facts, Kind.REMINDER, at=START) == expired


def test_moved_is_compared_again_with_what_the_patient_was_told() -> None:
    there = planned(moved(sent(planned(visit()), Kind.DETAILS), BOOKED + H, START + 24 * H))
    claimed_there = sent(there, Kind.MOVED, status=MessageStatus.CLAIMED, sent_at=None, told=None)
    back = planned(moved(claimed_there, BOOKED + H + 70 * SEC, START))
    assert looked_at(back, Kind.MOVED) == Send()
    stopped_there = replace(
        back,
        messages=tuple(
            replace(m, status=MessageStatus.CANCELLED, reason=Reason.VISIT_MOVED)
            if m.status is MessageStatus.CLAIMED
            else m
            for m in back.messages
        ),
    )
    assert looked_at(stopped_there, Kind.MOVED) == stopped(Reason.ALREADY_KNOWS)


def test_cancelled_after_details_that_were_stopped_in_the_last_second_says_nothing() -> None:
    facts = sent(planned(visit()), Kind.DETAILS, Channel.EMAIL, status=MessageStatus.CLAIMED, sent_at=None)
    gone = planned(cancelled(facts, BOOKED + 61 * SEC))
    assert looked_at(gone, Kind.CANCELLED) == Send()
    stopped_details = replace(
        gone,
        messages=tuple(
            replace(m, status=MessageStatus.CANCELLED, reason=Reason.VISIT_CANCELLED)
            if m.status is MessageStatus.CLAIMED
            else m
            for m in gone.messages
        ),
    )
    assert looked_at(stopped_details, Kind.CANCELLED) == stopped(Reason.NOT_TOLD_YET)


def test_the_rest_of_a_message_follows_its_first_part() -> None:
    gone = planned(cancelled(sent(planned(visit(card=APP_USER)), Kind.DETAILS), BOOKED + 24 * H))
    half = sent(gone, Kind.CANCELLED, Channel.EMAIL)
    assert looked_at(half, Kind.CANCELLED, Channel.PUSH) == Send()


def test_a_former_patient_gets_cancelled_and_nothing_else() -> None:
    given = planned(given_to(sent(planned(visit()), Kind.DETAILS), BOOKED + 24 * H, card(patient_id=NEXT_PATIENT)))
    assert looked_at(given, Kind.CANCELLED) == Send()
    assert looked_at(given, Kind.DETAILS) == Send()
    old = claimed(row(given, Kind.REMINDER, Channel.EMAIL, revision=1))
    assert recheck(given, old, REMINDER_DUE) == stopped(Reason.FORMER_PATIENT)
    dead = replace(given, former_card=card(deceased=True))
    assert looked_at(dead, Kind.CANCELLED) == stopped(Reason.DECEASED)
    there = moved(given, BOOKED + 24 * H + 10 * SEC, START + 24 * H)
    assert looked_at(there, Kind.CANCELLED, revision=2) == Send()
    unknown = replace(given, former_card=None)
    assert looked_at(unknown, Kind.CANCELLED) == stopped(Reason.FORMER_PATIENT)


def test_cancelled_does_not_go_for_a_visit_that_lives_again() -> None:
    gone = planned(cancelled(sent(planned(visit()), Kind.DETAILS), BOOKED + 24 * H))
    alive = replace(gone, status=VisitStatus.BOOKED, event=VisitEvent.BOOKED)
    assert looked_at(alive, Kind.CANCELLED) == stopped(Reason.VISIT_CHANGED)


def test_a_fallback_is_stopped_by_reading_and_by_an_accepted_push() -> None:
    facts = sent(planned(visit(card=APP_USER)), Kind.DETAILS)
    timed = planned(facts, BOOKED + MIN)
    assert looked_at(timed, Kind.DETAILS, Channel.SMS, wave=Wave.FALLBACK) == Send()
    read = replace(
        timed,
        messages=tuple(
            replace(m, read_at=BOOKED + H) if m.key.channel is Channel.EMAIL and m.key.kind is Kind.DETAILS else m
            for m in timed.messages
        ),
    )
    assert looked_at(read, Kind.DETAILS, Channel.SMS, wave=Wave.FALLBACK) == stopped(Reason.READ)
    standard = sent(planned(portal(card=APP_USER)), Kind.DETAILS, status=MessageStatus.FAILED)
    at_once = planned(standard, BOOKED)
    assert looked_at(at_once, Kind.DETAILS, Channel.SMS, wave=Wave.FALLBACK) == Send()
    late = replace(
        at_once,
        messages=tuple(
            replace(m, status=MessageStatus.DELIVERED) if m.key.channel is Channel.PUSH else m for m in at_once.messages
        ),
    )
    assert looked_at(late, Kind.DETAILS, Channel.SMS, wave=Wave.FALLBACK) == stopped(Reason.PUSH_ACCEPTED)


def test_outside_the_window_an_sms_is_held_and_an_email_is_not() -> None:
    facts = planned(visit())
    night = local(2027, 6, 14, 23)
    assert looked_at(facts, Kind.REMINDER, at=night) == Send()
    assert looked_at(facts, Kind.REMINDER, Channel.SMS, at=night) == Hold(
        due_at=local(2027, 6, 15, 7), reason=Reason.HELD_FOR_WINDOW
    )


def test_a_narrower_window_holds_what_was_planned_in_the_old_one() -> None:
    facts = replace(planned(visit()), window=SendWindow(opens=time(12), closes=time(18)))
    assert looked_at(facts, Kind.REMINDER, Channel.SMS) == Hold(
        due_at=local(2027, 6, 14, 12), reason=Reason.HELD_FOR_WINDOW
    )


def test_what_is_due_at_the_end_of_the_window_may_leave_a_moment_later() -> None:
    ends = visit(local(2027, 6, 16, 22), card=ONLY_SMS)
    facts = planned(ends)
    due_at = local(2027, 6, 14, 22)
    assert looked_at(facts, Kind.REMINDER, Channel.SMS, at=due_at + SEC) == Send()
    assert looked_at(facts, Kind.REMINDER, Channel.SMS, at=due_at + 10 * MIN) == Send()
    assert isinstance(looked_at(facts, Kind.REMINDER, Channel.SMS, at=due_at + 10 * MIN + SEC), Hold)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_a_late_invitation_keeps_to_its_hours_on_every_channel(channel: Channel) -> None:
    """The visit ends at 10:30, so it is due on the next day at 09:30, and over at 10:30."""
    facts = planned(visit(local(2027, 6, 16, 10)))
    due_at = row(facts, Kind.REBOOK, channel).due_at
    assert due_at == local(2027, 6, 17, 9, 30)

    assert looked_at(facts, Kind.REBOOK, channel, at=local(2027, 6, 17, 10, 29)) == Send()
    early = looked_at(facts, Kind.REBOOK, channel, at=local(2027, 6, 17, 8))
    assert early == Hold(due_at=local(2027, 6, 17, 9), reason=Reason.HELD_FOR_WINDOW)
    before = looked_at(facts, Kind.REBOOK, channel, at=local(2027, 6, 16, 21))
    assert before == Hold(due_at=local(2027, 6, 17, 9), reason=Reason.HELD_FOR_WINDOW)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_an_invitation_whose_hours_do_not_come_again_expires(channel: Channel) -> None:
    """The visit ends at 20:45: due at 19:45, a retry after eight would have to wait until after its expiry."""
    facts = planned(visit(local(2027, 6, 16, 20, 15)))
    assert looked_at(facts, Kind.REBOOK, channel, at=local(2027, 6, 17, 20)) == Send()
    over = Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    assert looked_at(facts, Kind.REBOOK, channel, at=local(2027, 6, 17, 20, 15)) == over


def test_an_invitation_due_at_the_last_moment_may_leave_a_moment_later() -> None:
    facts = planned(visit(local(2027, 6, 16, 22)))
    assert row(facts, Kind.REBOOK, Channel.EMAIL).due_at == local(2027, 6, 17, 20)
    assert looked_at(facts, Kind.REBOOK, at=local(2027, 6, 17, 20) + 10 * MIN) == Send()
    over = Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    assert looked_at(facts, Kind.REBOOK, at=local(2027, 6, 17, 20) + 10 * MIN + SEC) == over


def test_an_invitation_is_held_by_a_narrower_window_and_ends_where_there_is_no_hour_for_it() -> None:
    facts = planned(visit(local(2027, 6, 16, 15)))
    narrow = replace(facts, window=SendWindow(opens=time(12), closes=time(13)))
    at = local(2027, 6, 17, 11)
    assert looked_at(narrow, Kind.REBOOK, at=at) == Hold(due_at=local(2027, 6, 17, 12), reason=Reason.HELD_FOR_WINDOW)
    never = replace(facts, window=SendWindow(opens=time(21), closes=time(22)))
    assert isinstance(looked_at(never, Kind.REBOOK, at=at), Stop)


def test_what_must_go_at_night_goes_at_night() -> None:
    booked_at = local(2027, 6, 15, 23)
    facts = planned(portal(local(2027, 6, 16, 7, 15), booked_at, card=ONLY_SMS))
    assert row(facts, Kind.DETAILS, Channel.SMS).reason is Reason.OUTSIDE_WINDOW
    assert looked_at(facts, Kind.DETAILS, Channel.SMS) == Send()
    assert looked_at(facts, Kind.DETAILS, Channel.SMS, at=booked_at + 20 * MIN) == Send()


def test_a_review_that_cannot_wait_for_the_morning_expires() -> None:
    facts = planned(visit(card=ONLY_SMS))
    message = replace(claimed(row(facts, Kind.REVIEW, Channel.SMS)), expires_at=local(2027, 6, 19, 6))
    assert recheck(facts, message, local(2027, 6, 18, 23)) == Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)


def test_the_guardians_day_is_the_day_of_sending() -> None:
    child = card(
        contact=contact(phone=""), guardian=contact(), guardian_until=REMINDER_DUE.astimezone(visit().zone).date()
    )
    facts = replace(planned(visit()), card=child)
    assert looked_at(facts, Kind.DETAILS) == Send()
    assert looked_at(facts, Kind.REMINDER, Channel.SMS) == stopped(Reason.NO_PHONE)


def test_a_resend_goes_whatever_the_switches_say_and_though_the_patient_knows() -> None:
    facts = sent(planned(visit()), Kind.DETAILS)
    off = replace(facts, calendar_switches=Switches(details=False))
    original = row(facts, Kind.DETAILS, Channel.EMAIL)
    copy = claimed(
        replace(original, id=99, key=replace(original.key, copy=1), sent_at=None, due_at=BOOKED + H, attempts=0)
    )
    assert recheck(off, copy, BOOKED + H) == Send()
    assert recheck(replace(off, card=card(deceased=True)), copy, BOOKED + H) == stopped(Reason.DECEASED)
