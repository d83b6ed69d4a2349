"""Which channels a kind takes, in which wave, and what is said of those left out (docs/rules.md 3)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from myosotis.domain.addresses import missing, reason_against
from myosotis.domain.planning import plan
from myosotis.domain.values import Card, VisitFacts
from myosotis.domain.words import Channel, FallbackRule, Kind, OptOut, Party, Reason, Via, Wave
from tests.unit.domain.visits import (
    APP_USER,
    BOOKED,
    MIN,
    NOBODY,
    ONLY_EMAIL,
    ONLY_SMS,
    SEC,
    START,
    H,
    cancelled,
    card,
    contact,
    due,
    local,
    moved,
    outline,
    portal,
    skip,
    visit,
)

ONLY_PUSH = card(contact=contact(email="", phone=""), subscriptions=1)
DAY = local(2027, 6, 16, 12).date()
LATER = BOOKED + H
AFTERNOON = local(2027, 6, 16, 16)


def rows(facts: VisitFacts, kind: Kind) -> dict[str, str]:
    return outline(plan(facts, facts.event_at), kind)


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        (card(), {"email": "planned", "sms fallback": "waiting"}),
        (APP_USER, {"email": "planned", "push": "planned", "sms fallback": "waiting"}),
        (ONLY_PUSH, {"push": "planned", "email": "skipped no_email", "sms fallback": "skipped no_phone"}),
        (ONLY_SMS, {"sms": "planned", "email": "skipped no_email"}),
        (ONLY_EMAIL, {"email": "planned", "sms fallback": "skipped no_phone"}),
        (NOBODY, {"none": "skipped no_channel", "email": "skipped no_email", "sms": "skipped no_phone"}),
    ],
)
def test_announce_goes_by_mail_and_app_and_keeps_an_sms_behind(patient: Card, expected: dict[str, str]) -> None:
    assert rows(visit(card=patient), Kind.DETAILS) == expected
    assert rows(moved(visit(card=patient), LATER, START + 24 * H), Kind.MOVED) == expected


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        (card(), {"email": "planned", "sms": "planned"}),
        (APP_USER, {"email": "planned", "push": "planned", "sms fallback": "waiting"}),
        (ONLY_PUSH, {"push": "planned", "email": "skipped no_email", "sms fallback": "skipped no_phone"}),
        (ONLY_SMS, {"sms": "planned", "email": "skipped no_email"}),
        (ONLY_EMAIL, {"email": "planned", "sms": "skipped no_phone"}),
        (NOBODY, {"none": "skipped no_channel", "email": "skipped no_email", "sms": "skipped no_phone"}),
    ],
)
def test_standard_goes_by_mail_and_app_or_by_mail_and_sms(patient: Card, expected: dict[str, str]) -> None:
    assert rows(portal(card=patient), Kind.DETAILS) == expected
    for kind in (Kind.REMINDER, Kind.REVIEW, Kind.REBOOK):
        assert rows(visit(card=patient), kind) == expected


@pytest.mark.parametrize(
    ("patient", "via", "expected"),
    [
        (card(), Via.PORTAL, {"email": "planned"}),
        (card(), Via.DESK, {"email": "planned"}),
        (card(), Via.SMS, {"email": "planned", "sms": "planned"}),
        (APP_USER, Via.PORTAL, {"email": "planned", "push": "planned"}),
        (ONLY_SMS, Via.PORTAL, {"sms": "planned", "email": "skipped no_email"}),
        (ONLY_EMAIL, Via.SMS, {"email": "planned", "sms": "skipped no_phone"}),
    ],
)
def test_a_patients_own_act_is_acknowledged_where_it_was_done(
    patient: Card, via: Via, expected: dict[str, str]
) -> None:
    there = moved(visit(card=patient), LATER, START + 24 * H, by=Party.PATIENT, via=via)
    assert rows(there, Kind.MOVED) == expected
    gone = cancelled(visit(card=patient, booked_at=BOOKED - H), LATER, by=Party.PATIENT, via=via)
    assert rows(gone, Kind.CANCELLED) == expected


def test_the_fallback_of_announce_waits_to_be_read_that_of_standard_for_the_push() -> None:
    fallbacks = {
        row.key.kind: row.fallback for row in plan(visit(card=APP_USER), BOOKED) if row.key.wave is Wave.FALLBACK
    }
    assert fallbacks[Kind.DETAILS] is FallbackRule.UNREAD
    assert fallbacks[Kind.REMINDER] is FallbackRule.NO_PUSH


@pytest.mark.parametrize(
    ("before", "at_once"),
    [(6 * H, False), (6 * H - SEC, True), (5 * H, True), (MIN, True)],
)
def test_less_than_six_hours_before_the_limit_the_sms_goes_with_the_first_wave(
    before: timedelta, at_once: bool
) -> None:
    facts = visit(AFTERNOON, AFTERNOON - before - 60 * SEC)
    expected = {"email": "planned", "sms": "planned"} if at_once else {"email": "planned", "sms fallback": "waiting"}
    assert rows(facts, Kind.DETAILS) == expected


def test_the_limit_of_moved_is_the_earlier_start() -> None:
    at = AFTERNOON - 5 * H
    assert rows(moved(visit(AFTERNOON), at, AFTERNOON + 240 * H), Kind.MOVED) == {"email": "planned", "sms": "planned"}
    assert rows(cancelled(visit(AFTERNOON), at), Kind.CANCELLED) == {"email": "planned", "sms": "planned"}


def test_a_push_that_is_held_until_the_morning_counts_as_the_first_wave() -> None:
    night = visit(local(2027, 6, 16, 12), local(2027, 6, 15, 23), card=APP_USER)
    assert due(night, Kind.DETAILS) == {
        "email": local(2027, 6, 15, 23, 1),
        "push": local(2027, 6, 16, 7),
        "sms": local(2027, 6, 16, 7),
    }


def test_an_email_is_never_held_for_the_window() -> None:
    assert due(visit(booked_at=local(2027, 6, 1, 23)), Kind.DETAILS)["email"] == local(2027, 6, 1, 23, 1)


@pytest.mark.parametrize(
    ("patient", "channel", "reason"),
    [
        (card(), Channel.EMAIL, None),
        (card(), Channel.SMS, None),
        (card(), Channel.PUSH, Reason.NO_APP),
        (APP_USER, Channel.PUSH, None),
        (card(opt_outs=frozenset({OptOut.EMAIL})), Channel.EMAIL, Reason.OPTED_OUT),
        (card(opt_outs=frozenset({OptOut.SMS})), Channel.SMS, Reason.OPTED_OUT),
        (replace(APP_USER, opt_outs=frozenset({OptOut.PUSH})), Channel.PUSH, Reason.OPTED_OUT),
        (card(contact=contact(email="")), Channel.EMAIL, Reason.NO_EMAIL),
        (card(contact=contact(email_bad=True)), Channel.EMAIL, Reason.BAD_EMAIL),
        (card(contact=contact(phone="")), Channel.SMS, Reason.NO_PHONE),
        (card(contact=contact(phone_is_mobile=False)), Channel.SMS, Reason.FIXED_LINE),
        (card(contact=contact(phone_bad=True)), Channel.SMS, Reason.BAD_PHONE),
        (card(sms_stopped=True), Channel.SMS, Reason.SMS_STOPPED),
        (card(sms_stopped=True), Channel.EMAIL, None),
    ],
)
def test_a_channel_is_left_out_for_a_reason(patient: Card, channel: Channel, reason: Reason | None) -> None:
    assert reason_against(patient, channel, DAY) is reason


def test_a_channel_without_a_provider_is_left_out() -> None:
    assert missing(APP_USER, DAY, frozenset({Channel.EMAIL})) == {
        Channel.SMS: Reason.NO_PROVIDER,
        Channel.PUSH: Reason.NO_PROVIDER,
    }
    facts = visit(card=ONLY_SMS, providers=frozenset({Channel.EMAIL, Channel.PUSH}))
    assert skip(facts, Kind.REMINDER) is Reason.NO_CHANNEL


def test_after_stop_mail_and_app_go_on_and_without_them_somebody_has_to_call() -> None:
    stopped = replace(APP_USER, sms_stopped=True)
    assert rows(visit(card=stopped), Kind.REMINDER) == {
        "email": "planned",
        "push": "planned",
        "sms fallback": "skipped sms_stopped",
    }
    assert skip(visit(card=replace(ONLY_SMS, sms_stopped=True)), Kind.REMINDER) is Reason.NO_CHANNEL


def test_without_an_app_the_push_goes_unmentioned_but_an_opt_out_from_it_does_not() -> None:
    assert "push" not in rows(visit(), Kind.DETAILS)
    no_push = replace(APP_USER, opt_outs=frozenset({OptOut.PUSH}))
    assert rows(visit(card=no_push), Kind.REMINDER) == {
        "email": "planned",
        "push": "skipped opted_out",
        "sms": "planned",
    }


def test_the_guardian_is_written_to_until_the_day_of_the_hand_over() -> None:
    start = local(2027, 6, 16, 10)
    reminder_day = local(2027, 6, 14, 12).date()
    child = card(contact=contact(email=""), guardian=contact(phone=""), guardian_until=reminder_day)
    assert child.contact_on(reminder_day - timedelta(days=1)) == child.guardian
    assert child.contact_on(reminder_day) == child.contact
    facts = visit(start, card=child)
    assert rows(facts, Kind.DETAILS) == {"email": "planned", "sms fallback": "skipped no_phone"}
    assert rows(facts, Kind.REMINDER) == {"email": "skipped no_email", "sms": "planned"}


def test_a_guardian_without_a_hand_over_date_stays() -> None:
    assert card(guardian=contact(email="")).contact_on(DAY).email == ""
