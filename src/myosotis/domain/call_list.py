"""Which visits belong on the call list, "Do obdzwonienia" (docs/rules.md 3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from myosotis.domain import retry
from myosotis.domain.lifecycle import ACCEPTED, PENDING
from myosotis.domain.planning import UNREACHED
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import CallResult, Channel, Kind, MessageStatus, Reason

KINDS: Final = frozenset({Kind.DETAILS, Kind.MOVED, Kind.CANCELLED, Kind.REMINDER})
CHANGES: Final = frozenset({Kind.MOVED, Kind.CANCELLED})
UNUSABLE: Final = frozenset(
    {
        Reason.NO_EMAIL,
        Reason.BAD_EMAIL,
        Reason.NO_PHONE,
        Reason.BAD_PHONE,
        Reason.FIXED_LINE,
        Reason.SMS_STOPPED,
        Reason.NO_APP,
        Reason.NO_PROVIDER,
        Reason.OPTED_OUT,
    }
)
"""Why the last look stopped a message on its way: its channel was lost after the plan was made."""
SETTLED: Final = frozenset({CallResult.REACHED, CallResult.CONFIRMED, CallResult.CANCELLED, CallResult.MOVED})
"""How a call went after which nobody needs to be called about the present revision of the visit."""
OVERDUE: Final = timedelta(hours=1)
TRIES: Final = len(retry.STEPS)
"""After so many tries an hour has passed too."""
_AHEAD: Final = PENDING | {MessageStatus.CLAIMED}
_NOT_ACCEPTED: Final = frozenset({MessageStatus.FAILED, MessageStatus.UNCLEAR, MessageStatus.EXPIRED})


def belongs(facts: VisitFacts, now: datetime) -> bool:
    """Whether somebody should be called about a future visit, judged by its rows of the present revision.

    So it is if a message about it was wanted, has ended and was accepted on no channel (or was reported failed later),
    and no other message of the same revision got through. One that should have gone an hour ago counts as ended: while
    a provider is down somebody can still call. What is silent on purpose needs a call only for a change. A former
    patient counts for their `cancelled`, of whatever revision.
    """
    return bool(whom(facts, now))


def whom(facts: VisitFacts, now: datetime) -> dict[int, list[ExistingMessage]]:
    """The patients to be called about a visit, by id, each with the messages that did not reach them."""
    if facts.start <= now:
        return {}
    rows: dict[int, list[ExistingMessage]] = {}
    for row in facts.messages:
        if _counts(row, facts) and row.patient_id is not None:
            rows.setdefault(row.patient_id, []).append(row)
    return {patient_id: own for patient_id, own in rows.items() if _unreached(own, now)}


def _counts(row: ExistingMessage, facts: VisitFacts) -> bool:
    if row.patient_id != facts.card.patient_id and row.key.kind is Kind.CANCELLED:
        return True  # stays true whatever became of the visit since
    return row.key.revision == facts.revision and row.key.kind in KINDS


def _unreached(rows: Sequence[ExistingMessage], now: datetime) -> bool:
    if any(row.status in ACCEPTED for row in rows):
        return False
    return any(_failed(kind, [row for row in rows if row.key.kind is kind], now) for kind in KINDS)


def _failed(kind: Kind, rows: Sequence[ExistingMessage], now: datetime) -> bool:
    if any(row.status in _AHEAD and not _is_stuck(row, now) for row in rows):
        return False
    return any(
        row.status in _NOT_ACCEPTED or _is_stuck(row, now) or _was_stopped(row) or _was_left_out(kind, row)
        for row in rows
    )


def _is_stuck(row: ExistingMessage, now: datetime) -> bool:
    """It should have gone an hour ago: its provider is in trouble. It may still go, but nobody may rely on that."""
    if row.status is not MessageStatus.PLANNED or row.due_at is None:
        return False
    return row.due_at <= now - OVERDUE or row.attempts > TRIES


def _was_stopped(row: ExistingMessage) -> bool:
    return row.status is MessageStatus.CANCELLED and row.attempts > 0 and row.reason in UNUSABLE


def _was_left_out(kind: Kind, row: ExistingMessage) -> bool:
    if row.key.channel is not Channel.NONE or row.status is not MessageStatus.SKIPPED:
        return False
    return row.reason is Reason.NO_CHANNEL or (kind in CHANGES and row.reason in UNREACHED)
