"""What planning again changes: rows to add, to change and to cancel; what stays is not named (docs/rules.md 7.1)."""

from collections.abc import Sequence
from datetime import datetime

from myosotis.domain import addresses, eligibility
from myosotis.domain.lifecycle import PENDING, may_be_revived
from myosotis.domain.values import ExistingMessage, MessageKey, PlanDifference, PlannedMessage, VisitFacts
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, VisitEvent, VisitStatus


def difference(
    existing: Sequence[ExistingMessage], planned: Sequence[PlannedMessage], facts: VisitFacts, now: datetime
) -> PlanDifference:
    """The difference between the visit's rows and its plan.

    A row that surely never left may be changed or revived; whatever else was tried keeps its place, so that its key is
    never used twice. Nothing that left, is being handed over or has ended otherwise is touched.
    """
    wanted = {row.key: row for row in planned}
    change: list[tuple[int, PlannedMessage]] = []
    cancel: list[tuple[int, Reason]] = []
    for message in existing:
        row = wanted.pop(message.key, None)
        if row is not None and row.status is not MessageStatus.CANCELLED:
            if _takes(message, row):
                change.append((message.id, row))
        else:
            reason = row.reason if row is not None else _reason_to_cancel(message, planned, facts, now)
            if reason is not None and _is_withdrawable(message):
                cancel.append((message.id, reason))
    add = tuple(row for row in wanted.values() if row.status is not MessageStatus.CANCELLED)
    return PlanDifference(add=add, change=tuple(change), cancel=tuple(cancel))


def withdrawn(message: ExistingMessage) -> MessageStatus:
    """What becomes of a message that a plan cancels: what was handed over without an answer may have arrived."""
    return MessageStatus.CANCELLED if message.sent_at is None else MessageStatus.UNCLEAR


def _takes(message: ExistingMessage, row: PlannedMessage) -> bool:
    """Whether a stored row may and must become the wanted one."""
    if message.status is MessageStatus.PLANNED and message.attempts > 0:
        return False  # its due time is the next try's
    if message.status not in PENDING and not may_be_revived(message):
        return False
    return (
        message.status is not row.status
        or message.due_at != row.due_at
        or message.expires_at != row.expires_at
        or message.reason is not row.reason
        or message.fallback is not row.fallback
        or message.patient_id != row.patient_id
    )


def _is_withdrawable(message: ExistingMessage) -> bool:
    """Pending rows, and of the present revision also rows that told why nothing was sent and are out of date."""
    return message.status in PENDING or message.status is MessageStatus.SKIPPED


def _reason_to_cancel(
    message: ExistingMessage, planned: Sequence[PlannedMessage], facts: VisitFacts, now: datetime
) -> Reason | None:
    if message.key.revision != facts.revision:
        return _reason_of_old(message, facts)
    if message.key.copy > 0:
        return _reason_against_copy(message, facts)
    if message.status is MessageStatus.SKIPPED:
        return Reason.REPLANNED
    return _skipped_as_a_whole(message, planned) or _reason_of_channel(message, facts, now) or Reason.REPLANNED


def _reason_of_old(message: ExistingMessage, facts: VisitFacts) -> Reason | None:
    """Why a pending row of an earlier revision goes; `cancelled` to a former patient stays true whatever comes."""
    if message.status not in PENDING:
        return None
    if message.patient_id != facts.card.patient_id:
        return None if message.key.kind is Kind.CANCELLED else Reason.VISIT_CHANGED
    return reason_of_change(facts)


def reason_of_change(facts: VisitFacts) -> Reason:
    """Why what was said by an earlier revision no longer holds."""
    if facts.status is VisitStatus.CANCELLED:
        return Reason.VISIT_CANCELLED
    return Reason.VISIT_MOVED if facts.event is VisitEvent.MOVED else Reason.VISIT_CHANGED


def _reason_against_copy(message: ExistingMessage, facts: VisitFacts) -> Reason | None:
    """A resend was staff's own wish: no switch stops it, but what the patient decided does, and the visit's end."""
    if message.status not in PENDING:
        return None
    if message.patient_id != facts.card.patient_id:
        return Reason.FORMER_PATIENT
    kind = message.key.kind
    return eligibility.against_patient(kind, facts, facts.card) or eligibility.against_visit(kind, facts)


def _skipped_as_a_whole(message: ExistingMessage, planned: Sequence[PlannedMessage]) -> Reason | None:
    for row in planned:
        if row.key == MessageKey(revision=message.key.revision, kind=message.key.kind, channel=Channel.NONE):
            return row.reason
    return None


def _reason_of_channel(message: ExistingMessage, facts: VisitFacts, now: datetime) -> Reason | None:
    if message.key.channel is Channel.NONE:
        return None
    day = facts.local_day(max(now, message.due_at or now))
    return addresses.reason_against(facts.card, message.key.channel, day, facts.providers)
