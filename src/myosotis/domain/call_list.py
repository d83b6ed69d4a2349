"""Which visits belong on the call list, "Do obdzwonienia" (docs/rules.md 3)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from myosotis.domain.lifecycle import ACCEPTED, PENDING
from myosotis.domain.planning import UNREACHED
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason

KINDS: Final = frozenset({Kind.DETAILS, Kind.MOVED, Kind.CANCELLED, Kind.REMINDER})
CHANGES: Final = frozenset({Kind.MOVED, Kind.CANCELLED})
_AHEAD: Final = PENDING | {MessageStatus.CLAIMED}
_NOT_ACCEPTED: Final = frozenset({MessageStatus.FAILED, MessageStatus.UNCLEAR, MessageStatus.EXPIRED})


def belongs(facts: VisitFacts, now: datetime) -> bool:
    """Whether somebody should be called about a future visit, judged by its rows of the present revision.

    So it is if a message about it was wanted, has ended and was accepted on no channel (or was reported failed later),
    and no other message of the same revision got through. What is silent on purpose needs a call only for a change.
    A former patient counts for their `cancelled`.
    """
    if facts.start <= now:
        return False
    rows = [row for row in facts.messages if row.key.revision == facts.revision and row.key.kind in KINDS]
    return any(
        _unreached([row for row in rows if row.patient_id == patient_id])
        for patient_id in {row.patient_id for row in rows}
    )


def _unreached(rows: Sequence[ExistingMessage]) -> bool:
    if any(row.status in ACCEPTED for row in rows):
        return False
    return any(_failed(kind, [row for row in rows if row.key.kind is kind]) for kind in KINDS)


def _failed(kind: Kind, rows: Iterable[ExistingMessage]) -> bool:
    rows = tuple(rows)
    if any(row.status in _AHEAD for row in rows):
        return False
    return any(row.status in _NOT_ACCEPTED or _was_left_out(kind, row) for row in rows)


def _was_left_out(kind: Kind, row: ExistingMessage) -> bool:
    if row.key.channel is not Channel.NONE or row.status is not MessageStatus.SKIPPED:
        return False
    return row.reason is Reason.NO_CHANNEL or (kind in CHANGES and row.reason in UNREACHED)
