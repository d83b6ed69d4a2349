from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain import codes
from myosotis.domain.codes import Limits, Verdict
from myosotis.domain.values import utc

KEY = b"k" * 32
NOW = utc(2027, 3, 1, 9)
GOOD_UNTIL = NOW + codes.LASTS
ONE = UUID("6f1e1c5e-58f5-4c51-9d2f-0c6f3f4b7a10")


@given(st.uuids())
def test_a_code_is_six_digits_and_the_same_each_time(uuid: UUID) -> None:
    code = codes.code_of(KEY, uuid)
    assert code == codes.code_of(KEY, uuid)
    assert len(code) == 6
    assert code.isascii()
    assert code.isdecimal()


def test_another_key_or_verification_makes_another_code() -> None:
    made = {codes.code_of(KEY, uuid4()) for _ in range(200)}
    assert len(made) > 190
    assert codes.code_of(KEY, ONE) != codes.code_of(b"x" * 32, ONE)
    with pytest.raises(ValueError, match="32 bytes"):
        codes.code_of(b"short", ONE)


@pytest.mark.parametrize("entered", ["471203", "471 203", " 47-12-03 ", "471\u00a0203"])
def test_the_right_code_as_people_type_it(entered: str) -> None:
    assert codes.judge(entered, "471203", wrong=4, expires_at=GOOD_UNTIL, now=NOW) is Verdict.RIGHT


@pytest.mark.parametrize("entered", ["", "471204", "4712033", "47120", "٤٧١٢٠٣", "471203x", "'; --"])
def test_anything_else_is_wrong(entered: str) -> None:
    assert codes.judge(entered, "471203", wrong=0, expires_at=GOOD_UNTIL, now=NOW) is Verdict.WRONG


def test_after_five_wrong_ones_even_the_right_one_is_refused() -> None:
    assert codes.judge("471203", "471203", wrong=5, expires_at=GOOD_UNTIL, now=NOW) is Verdict.USED_UP


def test_a_code_is_good_until_its_very_end() -> None:
    just_before = GOOD_UNTIL - timedelta(microseconds=1)
    assert codes.judge("471203", "471203", wrong=0, expires_at=GOOD_UNTIL, now=just_before) is Verdict.RIGHT
    assert codes.judge("471203", "471203", wrong=0, expires_at=GOOD_UNTIL, now=GOOD_UNTIL) is Verdict.EXPIRED


def test_limits_count_the_last_hour_and_the_last_day() -> None:
    limits = Limits(an_hour=3, a_day=6)
    minutes = [timedelta(minutes=ago) for ago in (5, 20, 59)]
    assert limits.allow([NOW - ago for ago in minutes[:2]], NOW)
    assert not limits.allow([NOW - ago for ago in minutes], NOW)
    assert limits.allow([NOW - ago for ago in minutes], NOW + timedelta(minutes=2))
    assert not limits.allow([NOW - timedelta(hours=ago) for ago in (2, 5, 8, 11, 14, 23)], NOW)
    assert limits.allow([NOW - timedelta(hours=ago) for ago in (2, 5, 8, 11, 14, 24)], NOW)


@pytest.mark.parametrize(("seconds", "minutes"), [(600, 10), (599, 10), (541, 10), (540, 9), (5, 1), (0, 1)])
def test_minutes_left_are_rounded_up(seconds: int, minutes: int) -> None:
    assert codes.minutes_left(NOW + timedelta(seconds=seconds), NOW) == minutes
