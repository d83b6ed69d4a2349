"""Which channels a kind takes, and in which wave: announce, standard, acknowledge (docs/rules.md 3)."""

from datetime import timedelta
from enum import Enum, auto
from typing import Final

from myosotis.domain.course import Course
from myosotis.domain.values import PlannedMessage, VisitFacts
from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus, Party, Reason, Via, Wave

URGENT: Final = timedelta(hours=6)
"""With less than this between the first wave and the limit, the SMS of `announce` does not wait."""


class Policy(Enum):
    """How the practice's news, the routine, and the patient's own acts are told."""

    ANNOUNCE = auto()
    STANDARD = auto()
    ACKNOWLEDGE = auto()


FALLBACKS: Final = {Policy.ANNOUNCE: FallbackRule.UNREAD, Policy.STANDARD: FallbackRule.NO_PUSH}


def policy_of(kind: Kind, facts: VisitFacts, *, former: bool = False) -> Policy:
    """The policy of a kind for a visit; a former patient is always told by the practice."""
    if kind is Kind.DETAILS:
        return Policy.ANNOUNCE if facts.booked_by is Party.PRACTICE else Policy.STANDARD
    if kind in (Kind.MOVED, Kind.CANCELLED):
        by_practice = former or facts.event_by is Party.PRACTICE
        return Policy.ANNOUNCE if by_practice else Policy.ACKNOWLEDGE
    return Policy.STANDARD


def rows(policy: Policy, course: Course) -> list[PlannedMessage]:
    """The rows of a kind that is wanted and not begun: planned, waiting, and channels left out with the reason.

    Without any usable channel, and when no channel could go in time any more, the kind is skipped as a whole.
    """
    found = _ROWS[policy](course)
    if any(row.status is MessageStatus.PLANNED for row in found):
        return found
    late = {row.reason for row in found if row.key.channel not in course.missing}
    if late:
        reason = Reason.DUE_PASSED if Reason.DUE_PASSED in late else Reason.EXPIRED
        return [course.skipped(Channel.NONE, Wave.FIRST, reason)]
    return [course.skipped(Channel.NONE, Wave.FIRST, Reason.NO_CHANNEL), *found]


def _announce(course: Course) -> list[PlannedMessage]:
    found = _email_and_push(course)
    if _needs_sms_at_once(course, found):
        return [*found, _sms(course)]
    return [*found, _sms_later(course, FallbackRule.UNREAD)]


def _standard(course: Course) -> list[PlannedMessage]:
    found = _email_and_push(course)
    if Channel.PUSH in course.missing:
        return [*found, _sms(course)]
    return [*found, _sms_later(course, FallbackRule.NO_PUSH)]


def _acknowledge(course: Course) -> list[PlannedMessage]:
    found = _email_and_push(course)
    neither = Channel.EMAIL in course.missing and Channel.PUSH in course.missing
    if neither or course.facts.event_via is Via.SMS:
        return [*found, _sms(course)]
    return found


_ROWS: Final = {Policy.ANNOUNCE: _announce, Policy.STANDARD: _standard, Policy.ACKNOWLEDGE: _acknowledge}


def _email_and_push(course: Course) -> list[PlannedMessage]:
    """E-mail and push; why there is no e-mail is told, that a patient has no app goes without saying."""
    found = []
    for channel in (Channel.EMAIL, Channel.PUSH):
        reason = course.missing.get(channel)
        if reason is None:
            found.append(course.first(channel))
        elif reason is not Reason.NO_APP:
            found.append(course.skipped(channel, Wave.FIRST, reason))
    return found


def _needs_sms_at_once(course: Course, first_wave: list[PlannedMessage]) -> bool:
    """Whether there is no first wave to wait for, or no time to wait for it."""
    dues = [row.due_at for row in first_wave if row.due_at is not None]
    if not dues:
        return True
    return course.terms.limit is not None and course.terms.limit - max(dues) < URGENT


def _sms(course: Course) -> PlannedMessage:
    reason = course.missing.get(Channel.SMS)
    return course.first(Channel.SMS) if reason is None else course.skipped(Channel.SMS, Wave.FIRST, reason)


def _sms_later(course: Course, rule: FallbackRule) -> PlannedMessage:
    reason = course.missing.get(Channel.SMS)
    return course.waiting(rule) if reason is None else course.skipped(Channel.SMS, Wave.FALLBACK, reason)
