"""Codes that prove a phone: six digits by SMS, few tries, few codes (docs/rules.md 5).

A code is derived from the verification's random uuid and the server's key, so it stands in no table.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from myosotis.domain.values import require_utc
from myosotis.value_class import value_class

DIGITS: Final = 6
MOST_WRONG: Final = 5
"""Wrong codes; after the last one the code is over, also for the right one."""
LASTS: Final = timedelta(minutes=10)
AGAIN_AFTER: Final = timedelta(seconds=60)
"""So long after a code the next SMS may be asked for."""
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
KEY_BYTES: Final = 32


@value_class
class Limits:
    """How many SMS with codes may go within the last hour and the last day."""

    an_hour: int
    a_day: int

    def allow(self, sent: Sequence[datetime], now: datetime) -> bool:
        """Whether one more may go at `now`, after those sent before (UTC)."""
        lately = sum(now - at < HOUR for at in sent)
        today = sum(now - at < DAY for at in sent)
        return lately < self.an_hour and today < self.a_day


OF_NUMBER: Final = Limits(an_hour=3, a_day=6)
OF_PLACE: Final = Limits(an_hour=12, a_day=40)
"""A place on the network is a household, a firm, or some hundred customers of a mobile network."""
OF_PRACTICE: Final = Limits(an_hour=120, a_day=600)
"""More than the busiest desk; what a robot could cost ends there."""


class Verdict(StrEnum):
    """What is to be said of an entered code."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED_UP = "used_up"
    """Wrong so often that a new code is needed."""


def code_of(key: bytes, verification: UUID) -> str:
    """The six digits of a verification. Raises ValueError for a key shorter than 32 bytes."""
    if len(key) < KEY_BYTES:
        raise ValueError(f"the key of codes has at least {KEY_BYTES} bytes")
    digest = hmac.digest(key, verification.bytes, "sha256")
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def digits_of(entered: str) -> str:
    """What was typed or pasted without the blanks and dashes that people put into numbers."""
    return "".join(sign for sign in entered if sign not in " -\t\u00a0")


def judge(entered: str, code: str, *, wrong: int, expires_at: datetime, now: datetime) -> Verdict:
    """What an entered code is worth after so many wrong ones, at `now` (UTC); compared in constant time."""
    require_utc("now", now)
    if wrong >= MOST_WRONG:
        return Verdict.USED_UP
    if now >= expires_at:
        return Verdict.EXPIRED
    right = hmac.compare_digest(digits_of(entered).encode(), code.encode())
    return Verdict.RIGHT if right else Verdict.WRONG


def minutes_left(expires_at: datetime, now: datetime) -> int:
    """For how many minutes a code can still be said to be good: at least one, rounded up."""
    return max(1, -(-int((expires_at - now).total_seconds()) // 60))
