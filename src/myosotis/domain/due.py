"""When a kind of message is due, until when it is of use, and when it expires (docs/rules.md 2 and 3).

Hours are elapsed hours: all arithmetic is on instants in UTC, so a clock change never moves a reminder.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from myosotis.domain import told, window
from myosotis.domain.told import UNDO
from myosotis.domain.values import VisitFacts
from myosotis.domain.words import Kind, Reason, Via, VisitStatus
from myosotis.value_class import value_class

LONG_LEAD: Final = timedelta(hours=72)
LONG_LEAD_REMINDER: Final = timedelta(hours=48)
SHORT_LEAD: Final = timedelta(hours=36)
SHORT_LEAD_REMINDER: Final = timedelta(hours=24)
REVIEW_AFTER: Final = timedelta(hours=2)
REVIEW_LASTS: Final = timedelta(days=3)
REBOOK_BEFORE: Final = timedelta(hours=23)
REBOOK_LASTS: Final = timedelta(hours=24)


@value_class
class Terms:
    """When a kind is due before the send window is asked, when it expires, and its limit: all UTC."""

    due: datetime
    expires: datetime
    limit: datetime | None = None


def terms(kind: Kind, facts: VisitFacts) -> Terms | Reason:
    """The terms of a kind of a visit's plan, or why it has none. Raises KeyError for a kind that no visit plans."""
    return _TERMS[kind](facts)


def limit_of(kind: Kind, facts: VisitFacts, expires: datetime | None, revision: int) -> datetime | None:
    """The limit of a message that exists already, from its own expiry: a later change of the visit leaves it alone."""
    if kind is Kind.MOVED and expires is not None:
        return min(_old_start(facts, revision), expires)
    return None if kind in (Kind.REVIEW, Kind.REBOOK, Kind.OFFER) else expires


def reminder_before(start: datetime, booked_at: datetime) -> timedelta | None:
    """How long before the start the reminder goes, by the lead at booking; None if it was booked too late for one."""
    lead = start - booked_at
    if lead > LONG_LEAD:
        return LONG_LEAD_REMINDER
    return SHORT_LEAD_REMINDER if lead >= SHORT_LEAD else None


def _announced(facts: VisitFacts) -> datetime:
    """When what happened last is to be told: at the desk after the undo time, else at once."""
    return facts.event_at + UNDO if facts.event_via is Via.DESK else facts.event_at


def _details(facts: VisitFacts) -> Terms | Reason:
    if facts.event_at >= facts.start:
        return Reason.VISIT_IN_PAST
    return Terms(due=_announced(facts), expires=facts.start, limit=facts.start)


def _cancelled(facts: VisitFacts) -> Terms | Reason:
    """Of a visit that stands it tells the former patient, whose start may have been another."""
    was = facts.start if facts.status is VisitStatus.CANCELLED else facts.previous_start or facts.start
    if facts.event_at >= was:
        return Reason.VISIT_IN_PAST
    return Terms(due=_announced(facts), expires=was, limit=was)


def _moved(facts: VisitFacts) -> Terms | Reason:
    if facts.event_at >= facts.start:
        return Reason.VISIT_IN_PAST
    limit = min(_old_start(facts, facts.revision), facts.start)
    return Terms(due=_announced(facts), expires=facts.start, limit=limit)


def _old_start(facts: VisitFacts, revision: int) -> datetime:
    """The start that the patient would come to if `moved` did not arrive: the one they have in mind."""
    known = told.in_mind(facts, revision)
    if known is not None:
        return known.start
    return min(facts.first.start, facts.previous_start or facts.first.start)


def _reminder(facts: VisitFacts) -> Terms | Reason:
    before = reminder_before(facts.start, facts.booked_at)
    if before is None:
        return Reason.BOOKED_TOO_LATE
    return Terms(due=facts.start - before, expires=facts.start, limit=facts.start)


def _review(facts: VisitFacts) -> Terms | Reason:
    if facts.event_at >= facts.end:
        return Reason.VISIT_IN_PAST
    due = facts.end + REVIEW_AFTER
    return Terms(due=due, expires=due + REVIEW_LASTS)


def _rebook(facts: VisitFacts) -> Terms | Reason:
    if facts.event_at >= facts.end:
        return Reason.VISIT_IN_PAST
    due = window.latest_daytime(facts.end, facts.end + REBOOK_BEFORE, facts.window, facts.zone)
    if due is None:
        return Reason.NO_MOMENT_IN_WINDOW
    return Terms(due=due, expires=facts.end + REBOOK_LASTS)


_TERMS: Final[dict[Kind, Callable[[VisitFacts], Terms | Reason]]] = {
    Kind.DETAILS: _details,
    Kind.MOVED: _moved,
    Kind.CANCELLED: _cancelled,
    Kind.REMINDER: _reminder,
    Kind.REVIEW: _review,
    Kind.REBOOK: _rebook,
}
