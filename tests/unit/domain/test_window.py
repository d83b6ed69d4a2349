"""The send window: rules (a) to (d), its ends, and windows that a clock change touches (docs/rules.md 3)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.values import SendWindow, utc
from myosotis.domain.window import Placed, bounds, instant, is_open, latest_daytime, place
from myosotis.domain.words import Kind, Reason
from tests.unit.domain.visits import MIN, ONLY_SMS, SEC, WARSAW, H, due, local, portal, visit

WINDOW = SendWindow()
HELD = Reason.HELD_FOR_WINDOW
FORWARD = Reason.BROUGHT_FORWARD_FOR_WINDOW
OUTSIDE = Reason.OUTSIDE_WINDOW
EVENING = local(2027, 6, 15, 18)


def placed(
    due_at: datetime,
    now: datetime = EVENING,
    *,
    limit: datetime | None = None,
    first_wave: datetime | None = None,
    expires: datetime | None = None,
    window: SendWindow = WINDOW,
) -> Placed:
    return place(due_at, now, window, WARSAW, limit=limit, first_wave=first_wave, expires=expires)


@pytest.mark.parametrize("wall", [(7, 0, 0), (12, 30, 15), (22, 0, 0)])
def test_inside_the_window_nothing_moves_and_both_ends_belong_to_it(wall: tuple[int, int, int]) -> None:
    moment = local(2027, 6, 16, *wall)
    assert placed(moment) == Placed(due_at=moment)


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [
        (local(2027, 6, 15, 22, 0, 1), local(2027, 6, 16, 7)),
        (local(2027, 6, 15, 23, 59, 59), local(2027, 6, 16, 7)),
        (local(2027, 6, 16, 0), local(2027, 6, 16, 7)),
        (local(2027, 6, 16, 6, 59, 59), local(2027, 6, 16, 7)),
    ],
)
def test_without_a_limit_it_waits_for_the_next_window(due_at: datetime, expected: datetime) -> None:
    assert placed(due_at) == Placed(due_at=expected, reason=HELD)


NIGHT = local(2027, 6, 16, 1)
MORNING = local(2027, 6, 16, 7)
CLOSING = local(2027, 6, 15, 22)


@pytest.mark.parametrize(
    ("limit", "first_wave", "now", "expected", "reason"),
    [
        # (a) exactly two hours before the limit is enough
        (MORNING + 2 * H, None, EVENING, MORNING, HELD),
        # (b) a second less: the evening before, if it is still ahead
        (MORNING + 2 * H - SEC, None, EVENING, CLOSING, FORWARD),
        # ... which for a fallback leaves an hour to read the first wave
        (MORNING + 2 * H - SEC, CLOSING - H, EVENING, CLOSING, FORWARD),
        (MORNING + 2 * H - SEC, CLOSING - H + SEC, EVENING, MORNING, HELD),
        # (c) the evening is over: half an hour before the limit is enough
        (MORNING + 2 * H - SEC, None, CLOSING, MORNING, HELD),
        (MORNING + 30 * MIN, None, CLOSING + H, MORNING, HELD),
        # (d) a second less: in the night, as due
        (MORNING + 30 * MIN - SEC, None, CLOSING + H, NIGHT, OUTSIDE),
        (MORNING - 2 * H, None, CLOSING + H, NIGHT, OUTSIDE),
        # ... also where the evening is ahead but too soon after the first wave
        (MORNING - 2 * H, CLOSING - 30 * MIN, EVENING, NIGHT, OUTSIDE),
    ],
)
def test_a_limit_is_served_by_the_rules_in_their_order(
    limit: datetime, first_wave: datetime | None, now: datetime, expected: datetime, reason: Reason
) -> None:
    assert placed(NIGHT, now, limit=limit, first_wave=first_wave) == Placed(due_at=expected, reason=reason)


def test_what_could_leave_only_when_it_is_over_has_no_time() -> None:
    assert placed(NIGHT, expires=MORNING) == Placed(due_at=None, reason=Reason.EXPIRED)
    assert placed(NIGHT, expires=MORNING + SEC).due_at == MORNING


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        # 48 h before a visit at 05:00 it is 05:00; before one at 22:30 it is 22:30
        ((5, 0), local(2027, 6, 14, 7)),
        ((22, 30), local(2027, 6, 15, 7)),
    ],
)
def test_a_reminder_never_rings_at_night_and_is_never_dropped(wall: tuple[int, int], expected: datetime) -> None:
    facts = visit(local(2027, 6, 16, *wall), card=ONLY_SMS)
    assert due(facts, Kind.REMINDER) == {"sms": expected}


def test_a_reminder_for_the_early_morning_is_brought_forward_where_the_next_window_is_too_late() -> None:
    window = SendWindow(opens=time(9), closes=time(20))
    # booked Mon 18:00 for Thu 03:00, 57 h ahead: due Wed 03:00; Wed 09:00 is still early enough
    soon = portal(local(2027, 6, 17, 3), local(2027, 6, 14, 18), card=ONLY_SMS, window=window)
    assert due(soon, Kind.REMINDER) == {"sms": local(2027, 6, 16, 9)}
    # moved at 21:00 for 09:30 next morning: in the night neither (a) nor (b) nor (c) holds
    details = portal(local(2027, 6, 15, 9, 15), local(2027, 6, 14, 21), card=ONLY_SMS, window=window)
    assert due(details, Kind.DETAILS) == {"sms": local(2027, 6, 14, 21)}


def test_the_zone_is_the_addresss_own() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    assert not is_open(utc(2027, 6, 16, 5, 59), WINDOW, lisbon)
    assert is_open(utc(2027, 6, 16, 6), WINDOW, lisbon)
    assert is_open(utc(2027, 6, 16, 5), WINDOW, WARSAW)


def test_a_bound_that_the_clock_change_skips_is_the_next_existing_moment() -> None:
    day = local(2027, 3, 28, 12).date()
    assert instant(day, time(2, 0), WARSAW) == utc(2027, 3, 28, 1)
    assert instant(day, time(2, 30), WARSAW) == utc(2027, 3, 28, 1)
    assert instant(day, time(3, 0), WARSAW) == utc(2027, 3, 28, 1)
    assert instant(day, time(1, 59), WARSAW) == utc(2027, 3, 28, 0, 59)


def test_a_bound_that_the_clock_change_repeats_is_the_first_of_the_two() -> None:
    day = local(2027, 10, 31, 12).date()
    assert instant(day, time(2, 30), WARSAW) == utc(2027, 10, 31, 0, 30)
    closes_early = SendWindow(opens=time(1), closes=time(2, 30))
    assert is_open(utc(2027, 10, 31, 0, 30), closes_early, WARSAW)
    assert not is_open(utc(2027, 10, 31, 1, 15), closes_early, WARSAW)  # 02:15, the second time


def test_zones_with_odd_changes_are_right_too() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # half an hour, at 02:00
    change = utc(2027, 10, 2, 15, 30)
    assert instant(change.astimezone(lord_howe).date(), time(2, 10), lord_howe) == change


@pytest.mark.parametrize(("day", "hours"), [((2027, 3, 28), 15), ((2027, 10, 31), 15), ((2027, 6, 16), 15)])
def test_the_window_of_a_day_with_a_clock_change_keeps_its_wall_times(day: tuple[int, int, int], hours: int) -> None:
    opens, closes = bounds(WINDOW, WARSAW, local(*day, 12).date())
    assert closes - opens == timedelta(hours=hours)
    assert opens.astimezone(WARSAW).time() == time(7)


@pytest.mark.parametrize(
    ("night_of", "due_at", "expected"),
    [
        ("spring", local(2027, 3, 27, 23), local(2027, 3, 28, 7)),
        ("autumn", local(2027, 10, 30, 23), local(2027, 10, 31, 7)),
    ],
)
def test_a_night_with_a_clock_change_ends_at_seven_by_the_clock_on_the_wall(
    night_of: str, due_at: datetime, expected: datetime
) -> None:
    assert placed(due_at, due_at) == Placed(due_at=expected, reason=HELD), night_of


def test_daytime_never_lies_before_the_end_of_the_visit() -> None:
    ends = local(2027, 6, 16, 20)
    assert latest_daytime(ends, ends + H, WINDOW, WARSAW) is None


moments = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda passed: utc(2027, 1, 1) + passed)
spans = st.timedeltas(timedelta(0), timedelta(days=4))
windows = st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] < pair[1])


@given(due_at=moments, ahead=spans, left=st.none() | spans, wait=st.none() | spans, pair=windows)
def test_a_place_is_in_the_window_or_says_why_not(
    due_at: datetime, ahead: timedelta, left: timedelta | None, wait: timedelta | None, pair: tuple[time, time]
) -> None:
    window = SendWindow(opens=pair[0], closes=pair[1])
    limit = None if left is None else due_at + left
    first_wave = None if wait is None else due_at - wait
    found = placed(due_at, due_at - ahead, limit=limit, first_wave=first_wave, window=window)
    assert found.due_at is not None
    assert found.due_at >= due_at - ahead
    match found.reason:
        case Reason.OUTSIDE_WINDOW:
            assert found.due_at == due_at
            assert limit is not None
        case None:
            assert found.due_at == due_at
            assert is_open(found.due_at, window, WARSAW)
        case _:
            assert is_open(found.due_at, window, WARSAW)
            assert limit is None or found.due_at <= limit
