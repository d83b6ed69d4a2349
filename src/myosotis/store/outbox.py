"""Writing what a plan changes: rows to add, to change, to cancel, each with its history (docs/rules.md 7)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from django.db.models import Model, Q

from myosotis.domain.difference import withdrawn
from myosotis.domain.lifecycle import LEFT
from myosotis.domain.values import PlanDifference, PlannedMessage, VisitFacts
from myosotis.domain.words import FallbackRule, MessageStatus, Reason, SubjectType
from myosotis.store import bulk, single
from myosotis.store.models import Message, MessageEvent
from myosotis.store.queue.claims import IS_CLAIMED

Difference = tuple[VisitFacts, PlanDifference]
Change = tuple[int, PlannedMessage]
Cancel = tuple[int, MessageStatus, Reason]

MAY_HAVE_LEFT: Final = Q(status__in=LEFT) | Q(status=MessageStatus.PLANNED, sent_at__isnull=False) | IS_CLAIMED
"""Of messages, as `domain.told.may_have_left`."""

_INSERT: Final = (
    "practice_id", "subject_type", "subject_id", "visit_id", "patient_id", "revision", "kind", "channel", "wave",
    "copy", "uuid", "status", "reason", "detail", "fallback", "due_at", "expires_at", "created_at", "attempts",
    "provider", "provider_id",
)  # fmt: skip
_ALIKE: Final = frozenset(
    {"practice_id", "subject_type", "detail", "created_at", "attempts", "provider", "provider_id"}
)
_CHANGE: Final = ("status", "reason", "fallback", "due_at", "expires_at", "finished_at", "patient_id")
_CANCEL: Final = ("status", "reason", "finished_at")
_CANCEL_ALIKE: Final = frozenset({"finished_at"})
_EVENT: Final = ("practice_id", "message_id", "at", "status", "reason", "detail")
_EVENT_ALIKE: Final = frozenset({"practice_id", "at", "detail"})


def apply(differences: Iterable[Difference], *, practice_id: int, now: datetime, beside: Sequence[Model] = ()) -> None:
    """Write the differences of visits of one practice, in the caller's transaction and under its locks.

    The row itself records its creation; whatever happens to it later is an event. The unique constraint of the table
    refuses a message a second time (docs/rules.md 7.1): IntegrityError. `beside`: new rows of other tables, which are
    written before, in the same trip (`single.add`).
    """
    wanted = [(facts, difference) for facts, difference in differences if not difference.empty]
    changes = [change for _, difference in wanted for change in difference.change]
    cancels = [cancel for facts, difference in wanted for cancel in _cancels(facts, difference)]
    ended = [(status.value, reason.value, now, key) for key, status, reason in cancels]
    cancelled = bulk.changing(Message, _CANCEL, ended, alike=_CANCEL_ALIKE)
    changed = bulk.changing(Message, _CHANGE, [_changed(key, message, now) for key, message in changes])
    added = bulk.insertion(Message, _INSERT, _added(wanted, practice_id, now), alike=_ALIKE)
    events = bulk.insertion(MessageEvent, _EVENT, _events(changes, cancels, practice_id, now), alike=_EVENT_ALIKE)
    single.add(*beside, then=[*cancelled, *changed, *added, *events])


def _cancels(facts: VisitFacts, difference: PlanDifference) -> list[Cancel]:
    rows = {message.id: message for message in facts.messages} if difference.cancel else {}
    return [(key, withdrawn(rows[key]), reason) for key, reason in difference.cancel]


def _word(word: Reason | FallbackRule | None) -> str:
    return "" if word is None else word.value


def _changed(key: int, message: PlannedMessage, now: datetime) -> bulk.Row:
    ended = now if message.status in (MessageStatus.SKIPPED, MessageStatus.CANCELLED) else None
    return (
        message.status.value, _word(message.reason), _word(message.fallback), message.due_at, message.expires_at, ended,
        message.patient_id, key,
    )  # fmt: skip


def _added(wanted: Sequence[Difference], practice_id: int, now: datetime) -> list[bulk.Row]:
    return [
        (
            practice_id, SubjectType.VISIT.value, facts.visit_id, facts.visit_id, message.patient_id,
            message.key.revision, message.key.kind.value, message.key.channel.value, message.key.wave.value,
            message.key.copy, uuid4(), message.status.value, _word(message.reason), "", _word(message.fallback),
            message.due_at, message.expires_at, now, 0, "", "",
        )
        for facts, difference in wanted
        for message in difference.add
    ]  # fmt: skip


def _events(changes: Sequence[Change], cancels: Sequence[Cancel], practice_id: int, now: datetime) -> list[bulk.Row]:
    changed: list[bulk.Row] = [
        (practice_id, key, now, message.status.value, _word(message.reason), "") for key, message in changes
    ]
    cancelled: list[bulk.Row] = [
        (practice_id, key, now, status.value, reason.value, "") for key, status, reason in cancels
    ]
    return changed + cancelled
