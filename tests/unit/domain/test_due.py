"""When each kind is due: the leads to the second, both clock changes, expiry (docs/rules.md 2 and 3)."""

from datetime import datetime, time, timedelta

import pytest

from myosotis.domain.due import Terms, reminder_before, terms
from myosotis.domain.values import SendWindow, VisitFacts, utc
from myosotis.domain.words import Kind, Party, Reason, Via
from tests.unit.domain.visits import (
    BOOKED,
    MIN,
    ONLY_SMS,
    SEC,
    START,
    H,
    cancelled,
    due,
    local,
    moved,
    portal,
    skip,
    visit,
)


def terms_of(kind: Kind, facts: VisitFacts) -> Terms:
    found = terms(kind, facts)
    assert isinstance(found, Terms)
    return found


@pytest.mark.parametrize(
    ("lead", "before"),
    [
        (80 * H, 48 * H),
        (72 * H + SEC, 48 * H),
        (72 * H, 24 * H),
        (72 * H - SEC, 24 * H),
        (50 * H, 24 * H),
        (36 * H + SEC, 24 * H),
        (36 * H, 24 * H),
        (36 * H - SEC, None),
        (35 * H + 59 * MIN, None),
        (H, None),
        (-H, None),
    ],
)
def test_the_lead_decides_about_the_reminder_to_the_second(lead: timedelta, before: timedelta | None) -> None:
    assert reminder_before(START, START - lead) == before


@pytest.mark.parametrize(
    ("start", "before", "expected"),
    [
        (local(2027, 3, 29, 10), 48 * H, local(2027, 3, 27, 9)),
        (local(2027, 3, 29, 10), 24 * H, local(2027, 3, 28, 10)),
        (local(2027, 11, 1, 10), 48 * H, local(2027, 10, 30, 11)),
        (local(2027, 11, 1, 10), 24 * H, local(2027, 10, 31, 10)),
    ],
)
def test_a_reminder_goes_elapsed_hours_before_the_start(start: datetime, before: timedelta, expected: datetime) -> None:
    booked_at = start - (80 * H if before == 48 * H else 50 * H)
    assert due(visit(start, booked_at), Kind.REMINDER) == {"email": expected, "sms": expected}


@pytest.mark.parametrize(
    ("start", "booked_local", "before"),
    [
        # Thursday 10:00 to Sunday 10:00 is 71 hours when an hour is lost in the night
        (local(2027, 3, 28, 10), local(2027, 3, 25, 10), 24 * H),
        (local(2027, 3, 28, 10), local(2027, 3, 25, 9), 24 * H),
        (local(2027, 3, 28, 10), local(2027, 3, 25, 8, 59, 59), 48 * H),
        # ... and 73 hours when one is won
        (local(2027, 10, 31, 10), local(2027, 10, 28, 10), 48 * H),
        (local(2027, 10, 31, 10), local(2027, 10, 28, 11), 24 * H),
    ],
)
def test_the_lead_is_measured_in_hours_that_pass(start: datetime, booked_local: datetime, before: timedelta) -> None:
    assert reminder_before(start, booked_local) == before


def test_a_visit_booked_too_late_has_no_reminder_and_says_so() -> None:
    assert skip(visit(START, START - 36 * H + SEC), Kind.REMINDER) is Reason.BOOKED_TOO_LATE


def test_details_go_after_the_undo_time_from_the_desk_and_at_once_otherwise() -> None:
    assert due(visit(), Kind.DETAILS)["email"] == BOOKED + 60 * SEC
    assert due(visit(event_via=Via.API), Kind.DETAILS)["email"] == BOOKED
    assert due(portal(), Kind.DETAILS)["email"] == BOOKED


def test_a_review_is_asked_for_two_hours_after_the_end_even_over_a_clock_change() -> None:
    assert due(visit(), Kind.REVIEW)["email"] == START + 30 * MIN + 2 * H
    night = visit(local(2027, 3, 28, 1), booked_at=local(2027, 3, 1, 9))
    assert due(night, Kind.REVIEW)["email"] == local(2027, 3, 28, 4, 30)
    autumn = visit(utc(2027, 10, 31, 0), booked_at=local(2027, 10, 1, 9))  # 02:00, the first time
    assert due(autumn, Kind.REVIEW)["email"] == utc(2027, 10, 31, 2, 30)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # ends Wed 10:30: the latest moment is Thu 09:30
        (local(2027, 6, 16, 10), local(2027, 6, 17, 9, 30)),
        # ends 10:00: Thu 09:00 is the first moment of the day and counts
        (local(2027, 6, 16, 9, 30), local(2027, 6, 17, 9)),
        # ends 09:59: Thu 08:59 is too early, so Wed 20:00
        (local(2027, 6, 16, 9, 29), local(2027, 6, 16, 20)),
        # ends 21:30: Thu 20:30 is too late, so Thu 20:00
        (local(2027, 6, 16, 21), local(2027, 6, 17, 20)),
        # ends 21:00: Thu 20:00 is the last moment of the day and counts
        (local(2027, 6, 16, 20, 30), local(2027, 6, 17, 20)),
        # ends Sat 10:15; 23 hours later it is Sun 10:15, for an hour was lost
        (local(2027, 3, 27, 9, 45), local(2027, 3, 28, 10, 15)),
        # ends Sat 10:15; 23 hours later it is Sun 08:15, for an hour was won: Sat 20:00
        (local(2027, 10, 30, 9, 45), local(2027, 10, 30, 20)),
    ],
)
def test_rebook_takes_the_latest_daytime_moment(start: datetime, expected: datetime) -> None:
    assert due(visit(start, start - 200 * H), Kind.REBOOK) == {"email": expected, "sms": expected}


def test_rebook_keeps_inside_the_practices_own_window_too() -> None:
    narrow = visit(window=SendWindow(opens=time(12), closes=time(14)))
    assert due(narrow, Kind.REBOOK)["email"] == local(2027, 6, 16, 14)
    evening = visit(window=SendWindow(opens=time(20, 30), closes=time(22)))
    assert skip(evening, Kind.REBOOK) is Reason.NO_MOMENT_IN_WINDOW


@pytest.mark.parametrize(
    ("kind", "expires"),
    [
        (Kind.DETAILS, START),
        (Kind.REMINDER, START),
        (Kind.REVIEW, START + 30 * MIN + 2 * H + timedelta(days=3)),
        (Kind.REBOOK, START + 30 * MIN + 24 * H),
    ],
)
def test_each_kind_expires_when_it_is_of_no_use(kind: Kind, expires: datetime) -> None:
    assert terms_of(kind, visit()).expires == expires


def test_moved_expires_at_the_new_start_and_is_limited_by_the_earlier_of_both() -> None:
    later = terms_of(Kind.MOVED, moved(visit(), BOOKED + H, START + 24 * H))
    assert (later.expires, later.limit) == (START + 24 * H, START)
    earlier = terms_of(Kind.MOVED, moved(visit(), BOOKED + H, START - 24 * H))
    assert (earlier.expires, earlier.limit) == (START - 24 * H, START - 24 * H)


def test_moved_twice_is_limited_by_the_start_that_the_patient_has_in_mind() -> None:
    once = moved(visit(), BOOKED + H, START + 240 * H)
    twice = moved(once, BOOKED + H + 20 * SEC, START + 480 * H)
    assert terms_of(Kind.MOVED, twice).limit == START


def test_cancelled_expires_at_the_cancelled_start() -> None:
    found = terms_of(Kind.CANCELLED, cancelled(visit(), BOOKED + H))
    assert (found.expires, found.limit) == (START, START)


def test_an_expired_details_is_not_planned() -> None:
    walk_in = visit(START, START - 30 * SEC)
    assert skip(walk_in, Kind.DETAILS) is Reason.EXPIRED
    assert skip(visit(START, START + MIN), Kind.DETAILS) is Reason.VISIT_IN_PAST


def test_the_sms_of_a_review_at_night_waits_for_the_morning() -> None:
    late = visit(local(2027, 6, 16, 21), BOOKED)
    assert due(late, Kind.REVIEW) == {
        "email": local(2027, 6, 16, 23, 30),
        "sms": local(2027, 6, 17, 7),
    }


@pytest.mark.parametrize("by", list(Party))
def test_nothing_is_planned_for_a_visit_in_the_past(by: Party) -> None:
    facts = visit(START, START + H, booked_by=by, card=ONLY_SMS)
    for kind in (Kind.DETAILS, Kind.REVIEW, Kind.REBOOK):
        assert skip(facts, kind) is Reason.VISIT_IN_PAST
    assert due(facts, Kind.REMINDER) == {}


def test_a_walk_in_that_is_still_going_on_is_asked_for_a_review() -> None:
    walk_in = visit(START, START + 10 * MIN)
    assert skip(walk_in, Kind.DETAILS) is Reason.VISIT_IN_PAST
    assert due(walk_in, Kind.REVIEW)["email"] == START + 30 * MIN + 2 * H


def test_terms_need_a_kind_that_visits_plan() -> None:
    with pytest.raises(KeyError):
        terms(Kind.TEST, visit())
