"""Which freed slot is offered, to whom and when: both sides of every border, and both changes of the clocks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain import asked, offering
from myosotis.domain.asked import Asked
from myosotis.domain.offering import Candidate, Contender, Freed, NotOffered
from myosotis.domain.recheck import Hold, Send, Stop
from myosotis.domain.values import SendWindow, VisitFacts, VisitSwitches, utc
from myosotis.domain.words import (
    Channel,
    MessageStatus,
    OfferAnswer,
    OfferEnd,
    OptOut,
    Party,
    PassedOver,
    Reason,
    Via,
    VisitEvent,
    VisitStatus,
)
from tests.unit.domain.visits import APP_USER, CALENDAR, MIN, SEC, WARSAW, H, card, contact, local, stored, visit

MONDAY = local(2027, 6, 14, 8)
SATURDAY = local(2027, 6, 12, 10)
HALF = 30 * MIN
HOURS = SendWindow()
FREER = 900


def freed(start: datetime = MONDAY, **changed: Any) -> Freed:
    slot = Freed(
        start=start,
        end=start + HALF,
        free_until=start + HALF,
        zone=WARSAW,
        patient_id=FREER,
        by=Party.PATIENT,
        via=Via.PORTAL,
    )
    return replace(slot, **changed)


def later(number: int, start: datetime | None = None, **changed: Any) -> VisitFacts:
    """A visit of patient `number`, 48 hours after the slot and `number` hours more."""
    begins = MONDAY + 48 * H + number * H if start is None else start
    changed.setdefault("card", card(patient_id=number))
    return visit(begins, visit_id=number, **changed)


def chosen(visits: list[VisitFacts], slot: Freed | None = None, now: datetime = SATURDAY) -> list[Candidate]:
    return offering.candidates(slot or freed(), (Contender(visit=one) for one in visits), now)


def reasons(visits: list[VisitFacts], slot: Freed | None = None, now: datetime = SATURDAY) -> list[PassedOver | None]:
    return [one.passed_over for one in chosen(visits, slot, now)]


@pytest.mark.parametrize(
    ("now", "is_offered"),
    [
        (local(2027, 6, 12, 0), True),
        (local(2027, 6, 12, 23, 59, 59), True),
        (local(2027, 6, 13, 0), False),
        (local(2027, 6, 13, 8), False),
        (local(2027, 6, 1, 8), True),
        (local(2027, 6, 14, 9), False),
    ],
)
def test_saturday_for_monday_at_any_hour_sunday_never(now: datetime, is_offered: bool) -> None:
    assert offering.opens(freed(), now) is is_offered
    if not is_offered:
        assert offering.against(freed(), now) is NotOffered.TOO_LATE


@pytest.mark.parametrize(
    ("monday", "saturday"),
    [(local(2027, 3, 29, 0, 30), local(2027, 3, 27, 23, 59)), (local(2027, 11, 1, 0, 30), local(2027, 10, 30, 23, 59))],
)
def test_days_are_days_of_the_calendar_also_where_the_clocks_change(monday: datetime, saturday: datetime) -> None:
    assert offering.opens(freed(monday), saturday)
    assert not offering.opens(freed(monday), saturday + MIN)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"by": Party.PRACTICE}, NotOffered.NOT_BY_PATIENT),
        ({"switched_on": False}, NotOffered.SWITCH_OFF),
        ({"depth": 4}, NotOffered.CHAIN_OVER),
        ({"depth": 3}, None),
        ({"depth": 2, "steps": 1}, NotOffered.CHAIN_OVER),
        ({"free_until": MONDAY}, NotOffered.NOT_FREE),
        ({"free_until": MONDAY + SEC}, None),
    ],
)
def test_why_a_slot_is_not_offered(changed: dict[str, Any], reason: NotOffered | None) -> None:
    assert offering.against(freed(**changed), SATURDAY) is reason


@pytest.mark.parametrize(
    ("start", "first"),
    [
        (MONDAY, local(2027, 6, 16, 8)),
        (local(2027, 3, 27, 8), local(2027, 3, 29, 9)),
        (local(2027, 10, 30, 8), local(2027, 11, 1, 7)),
    ],
)
def test_candidates_begin_forty_eight_elapsed_hours_after_the_slot(start: datetime, first: datetime) -> None:
    assert freed(start).first_candidate == first


def test_an_offer_closes_two_elapsed_hours_before_the_slot() -> None:
    assert freed().closes_at == local(2027, 6, 14, 6)
    assert freed(local(2027, 3, 28, 3, 30)).closes_at == local(2027, 3, 28, 0, 30)


CASES = [
    (later(FREER), PassedOver.FREED_IT),
    (later(1, card=card(patient_id=1, opt_outs=frozenset({OptOut.OFFER}))), PassedOver.OPTED_OUT),
    (later(1, card=card(patient_id=1, deceased=True)), PassedOver.DECEASED),
    (later(1, card=card(patient_id=1, erased=True)), PassedOver.ERASED),
    (later(1, card=card(patient_id=1, silent=True)), PassedOver.PATIENT_SILENCED),
    (later(1, visit_switches=VisitSwitches(silent=True)), PassedOver.VISIT_SILENCED),
    (later(1, card=card(patient_id=1, contact=contact(email="", phone=""))), PassedOver.NO_CHANNEL),
    (later(1, visit_switches=VisitSwitches(offer=False)), PassedOver.SWITCH_OFF_FOR_VISIT),
    (later(1, providers=frozenset()), PassedOver.NO_CHANNEL),
    (later(1), None),
]


@pytest.mark.parametrize(("one", "reason"), CASES)
def test_who_is_passed_over_and_why(one: VisitFacts, reason: PassedOver | None) -> None:
    assert reasons([one]) == [reason]


def test_an_earlier_winner_and_whoever_has_another_offer() -> None:
    assert reasons([later(1)], freed(winners=frozenset({1}))) == [PassedOver.WON_EARLIER]
    busy = Contender(visit=later(1), has_other_offer=True)
    assert offering.candidates(freed(), [busy], SATURDAY)[0].passed_over is PassedOver.OTHER_OFFER


@pytest.mark.parametrize(("minutes", "reason"), [(30, None), (31, PassedOver.TOO_SHORT)])
def test_the_visits_own_duration_must_fit(minutes: int, reason: PassedOver | None) -> None:
    one = later(1)
    assert reasons([replace(one, end=one.start + minutes * MIN)]) == [reason]


def test_adjoining_free_time_counts() -> None:
    one = later(1)
    assert reasons([replace(one, end=one.start + 45 * MIN)], freed(free_until=MONDAY + 45 * MIN)) == [None]


@pytest.mark.parametrize(
    ("ago", "via", "reason"),
    [(59 * SEC, Via.DESK, PassedOver.JUST_MOVED), (60 * SEC, Via.DESK, None), (SEC, Via.API, None)],
)
def test_who_was_moved_within_the_undo_time(ago: timedelta, via: Via, reason: PassedOver | None) -> None:
    one = later(1, event=VisitEvent.MOVED, event_at=SATURDAY - ago, event_via=via)
    assert reasons([one]) == [reason]


# --- the first ten, and rounds ---

PATIENTS = st.lists(st.integers(1, 14), max_size=40)


@given(PATIENTS, st.integers(0, 5))
def test_at_most_ten_are_asked_one_per_patient_in_the_order_of_their_starts(patients: list[int], size: int) -> None:
    visits = [later(patient, MONDAY + 48 * H + number * H) for number, patient in enumerate(patients)]
    found = chosen(visits, freed(round_size=size))
    those = [one.visit.card.patient_id for one in found if one.passed_over is None]
    assert those == list(dict.fromkeys(patients))[:10]
    assert [one.position for one in found] == list(range(1, len(found) + 1))
    rounds = [one.round for one in found if one.passed_over is None]
    assert rounds == [1 if size == 0 else number // size + 1 for number in range(len(those))]
    assert len(found) - len(those) <= offering.KEPT


def test_no_more_is_read_than_needed() -> None:
    read = []

    def visits() -> Iterator[Contender]:
        for number in range(1, 1000):
            read.append(number)
            yield Contender(visit=later(number))

    offering.candidates(freed(), visits(), SATURDAY)
    assert len(read) == offering.MOST + offering.KEPT_BEYOND


def test_of_many_who_are_passed_over_only_so_many_are_kept() -> None:
    many = [later(number, card=card(patient_id=number, deceased=True)) for number in range(1, 300)]
    found = chosen([*many, later(500)])
    assert len(found) == offering.KEPT + 1
    assert (found[-1].position, found[-1].passed_over) == (300, None)


@given(
    minutes=st.integers(0, 221 * 24 * 60),
    count=st.integers(1, 10),
    gap=st.integers(5, 600),
    desk=st.booleans(),
)
def test_every_round_is_inside_the_window_before_the_end_and_keeps_its_distance(
    minutes: int, count: int, gap: int, desk: bool
) -> None:
    at = utc(2027, 3, 26) + minutes * MIN  # over both changes of the clocks
    slot = freed(at + 60 * H, round_gap=gap * MIN, via=Via.DESK if desk else Via.PORTAL)
    placed = offering.rounds(slot, HOURS, count, at)
    dues = [one.due_at for one in placed if one.due_at is not None]
    assert len(placed) == count
    assert all(one.due_at is None for one in placed[len(dues) :])
    assert all(time(7) <= due.astimezone(WARSAW).time() <= time(22) for due in dues)
    assert all(at + (MIN if desk else 0 * MIN) <= due < slot.closes_at for due in dues)
    assert all(later_one - earlier >= gap * MIN for earlier, later_one in pairwise(dues))


def test_late_on_saturday_everything_waits_for_sunday_seven() -> None:
    (placed,) = offering.rounds(freed(), HOURS, 1, local(2027, 6, 12, 23, 50))
    assert (placed.due_at, placed.reason) == (local(2027, 6, 13, 7), Reason.HELD_FOR_WINDOW)


def test_without_a_moment_before_the_end_the_reason_stands_in_every_row() -> None:
    night = SendWindow(opens=time(23, 0), closes=time(23, 30))
    slot = freed(local(2027, 6, 14, 0, 30))
    (placed,) = offering.rounds(slot, night, 1, local(2027, 6, 12, 23, 45))
    rows = asked.rows(later(1), placed, slot.closes_at)
    assert {(row.status, row.reason) for row in rows} == {(MessageStatus.SKIPPED, Reason.NO_MOMENT_IN_WINDOW)}


# --- the messages ---


def test_every_usable_channel_together_and_why_the_others_are_left_out() -> None:
    (placed,) = offering.rounds(freed(), HOURS, 1, SATURDAY)
    rows = asked.rows(later(1, card=APP_USER), placed, freed().closes_at)
    assert {(row.key.channel, row.due_at, row.expires_at) for row in rows} == {
        (channel, SATURDAY, freed().closes_at) for channel in (Channel.EMAIL, Channel.PUSH, Channel.SMS)
    }
    rows = asked.rows(later(1, card=card(patient_id=1, contact=contact(email=""))), placed, freed().closes_at)
    assert {(row.key.channel, row.reason) for row in rows} == {
        (Channel.EMAIL, Reason.NO_EMAIL),
        (Channel.SMS, None),
    }


def one_asked(**changed: Any) -> Asked:
    plain = Asked(
        candidate_id=1, offer_id=1, visit_id=1, patient_id=1, visit_start=later(1).start, calendar_id=CALENDAR,
        answer=None, offer_start=MONDAY, closes_at=freed().closes_at, closed_because=None,
    )  # fmt: skip
    return replace(plain, **changed)


@pytest.mark.parametrize(
    ("given_up", "one", "reason"),
    [
        ({}, later(1), None),
        ({"answer": OfferAnswer.DECLINED}, later(1), Reason.OFFER_ANSWERED),
        ({"answer": OfferAnswer.TAKEN, "closed_because": OfferEnd.TAKEN}, later(1), Reason.OFFER_ANSWERED),
        ({"closed_because": OfferEnd.TAKEN}, later(1), Reason.OFFER_TAKEN),
        ({"closed_because": OfferEnd.STOPPED}, later(1), Reason.OFFER_CLOSED),
        ({"closes_at": SATURDAY}, later(1), Reason.OFFER_CLOSED),
        ({"closes_at": SATURDAY + SEC}, later(1), None),
        ({"answer": OfferAnswer.WITHDRAWN}, later(1), Reason.VISIT_CHANGED),
        ({}, later(1, status=VisitStatus.CANCELLED), Reason.VISIT_CANCELLED),
        ({}, later(1, status=VisitStatus.CONFIRMED), None),
        ({}, later(1, MONDAY + 50 * H), Reason.VISIT_CHANGED),
        ({}, later(1, calendar_id=99), Reason.VISIT_CHANGED),
        ({}, later(1, card=card(patient_id=2)), Reason.FORMER_PATIENT),
        ({}, later(1, card=card(patient_id=1, deceased=True)), Reason.DECEASED),
        ({}, later(1, card=card(patient_id=1, opt_outs=frozenset({OptOut.OFFER}))), Reason.OPTED_OUT),
        ({}, later(1, visit_switches=VisitSwitches(offer=False)), Reason.SWITCH_OFF_FOR_VISIT),
        ({}, later(1, card=card(patient_id=1, contact=contact(phone=""))), Reason.NO_PHONE),
    ],
)
def test_what_stops_a_message_at_the_last_look(
    given_up: dict[str, Any], one: VisitFacts, reason: Reason | None
) -> None:
    (placed,) = offering.rounds(freed(), HOURS, 1, SATURDAY)
    sms = stored(asked.rows(later(1), placed, freed().closes_at)[-1], 1)
    verdict = asked.recheck(one_asked(**given_up), one, sms, SATURDAY)
    expected = Send() if reason is None else Stop(status=MessageStatus.CANCELLED, reason=reason)
    assert verdict == expected


def test_an_e_mail_is_held_for_the_window_too() -> None:
    (placed,) = offering.rounds(freed(), HOURS, 1, SATURDAY)
    mail = stored(asked.rows(later(1), placed, freed().closes_at)[0], 1)
    assert mail.key.channel is Channel.EMAIL
    night = local(2027, 6, 12, 23)
    held = Hold(due_at=local(2027, 6, 13, 7), reason=Reason.HELD_FOR_WINDOW)
    assert asked.recheck(one_asked(), later(1), mail, night) == held
    over = asked.recheck(one_asked(), later(1), mail, freed().closes_at)
    assert over == Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
