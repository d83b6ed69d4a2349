"""When an opinion may be given, when it is shown, and by which rules alone it may be kept back (docs/rules.md 6)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from myosotis.domain.words import VisitStatus
from myosotis.value_class import value_class

SHOWN_AFTER: Final = timedelta(hours=72)
"""An opinion that nobody decided about is shown after this time: silence is no filter."""
GIVEN_WITHIN: Final = timedelta(days=90)
"""So long after the visit's end an opinion of it can be given or changed. It can always be withdrawn."""
LONGEST_TEXT: Final = 2000
LONGEST_AUTHOR: Final = 60
STARS: Final = range(1, 6)
HELD: Final = frozenset({VisitStatus.BOOKED, VisitStatus.CONFIRMED, VisitStatus.DONE})
"""Of a visit that is over: that it took place, as far as anybody said."""


class OpinionRule(StrEnum):
    """The rules stated on the page; breaking one of them is the only ground for not publishing."""

    NO_VISIT = "no_visit"
    """It is of no visit that took place here."""
    OFF_TOPIC = "off_topic"
    """It is not about the visit."""
    PERSONAL_DATA = "personal_data"
    """It holds personal data of somebody else."""
    INSULT = "insult"
    ADVERT = "advert"


class OpinionState(StrEnum):
    WAITING = "waiting"
    """Nobody decided, and the time in which they can has not passed."""
    SHOWN = "shown"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """By the patient."""


@value_class
class Decisions:
    """What was decided about an opinion, and when (UTC)."""

    given_at: datetime
    published_at: datetime | None = None
    rejected_at: datetime | None = None
    withdrawn_at: datetime | None = None


def state_of(decided: Decisions, now: datetime) -> OpinionState:
    """How an opinion stands at `now` (UTC): computed, so that nothing has to run for it to be shown."""
    if decided.withdrawn_at is not None:
        return OpinionState.WITHDRAWN
    if decided.rejected_at is not None:
        return OpinionState.REJECTED
    if decided.published_at is not None or now >= decided.given_at + SHOWN_AFTER:
        return OpinionState.SHOWN
    return OpinionState.WAITING


def took_place(status: VisitStatus, end: datetime, now: datetime) -> bool:
    """Whether a visit was held here."""
    return status in HELD and now >= end


def may_be_given(status: VisitStatus, end: datetime, now: datetime) -> bool:
    """Whether an opinion of this visit may be given, or the one given be changed."""
    return took_place(status, end, now) and now < end + GIVEN_WITHIN


def may_reject(rule: OpinionRule, *, held: bool, has_words: bool) -> bool:
    """Whether an opinion can break this rule at all: stars alone insult nobody, and who was here was here."""
    return not held if rule is OpinionRule.NO_VISIT else has_words
