"""Giving waiting fallbacks their due time, or ending them, when something of their first wave changed (docs/rules.md 3)."""

from collections import Counter as Tally
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, Protocol, assert_never

import structlog
from django.db import DatabaseError, connection

from myosotis.domain import fallback
from myosotis.domain.difference import withdrawn
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import FallbackRule, MessageStatus
from myosotis.metrics.anywhere import fallbacks
from myosotis.store import bulk, facts
from myosotis.store.models import Message, MessageEvent, Visit
from myosotis.store.question import Question

log = structlog.get_logger(__name__)

_AHEAD: Final = (MessageStatus.WAITING, MessageStatus.PLANNED)
_FALLBACKS: Final = tuple(FallbackRule)
_CONCERNED: Final = Question(
    lambda ids: (
        Message.objects.filter(visit_id__in=[ids], status__in=_AHEAD, fallback__in=_FALLBACKS)
        .order_by()
        .values_list("visit_id")
        .distinct()
    )
)
_PRACTICES: Final = Question(lambda ids: Visit.objects.filter(id__in=[ids]).values_list("id", "practice_id"))
_CHANGE: Final = ("status", "reason", "due_at", "finished_at")
_EVENT: Final = ("practice_id", "message_id", "at", "status", "reason", "detail")


class OfVisit(Protocol):
    """A message, or what became of one."""

    @property
    def visit_id(self) -> int | None: ...
    @property
    def channel(self) -> str: ...


def with_fallbacks(messages: Iterable[OfVisit]) -> set[int]:
    """Visits in which a fallback may hang on one of these: it waits for e-mail and push alone (`domain.fallback`)."""
    return {one.visit_id for one in messages if one.visit_id is not None and one.channel in fallback.FIRST_WAVE}


def concerned(visit_ids: Collection[int]) -> set[int]:
    """Those of the visits that have a fallback ahead."""
    return {visit_id for (visit_id,) in _CONCERNED.ask(visit_ids)} if visit_ids else set()


def lock(visit_ids: Collection[int]) -> list[int]:
    """Lock those of the visits that have a fallback ahead, in the order of their ids; inside a transaction, before messages."""
    ahead = concerned(visit_ids)
    if not ahead:
        return []
    visits = Visit.objects.filter(id__in=ahead).order_by("id").values_list("id", flat=True)
    if connection.features.has_select_for_update:
        visits = visits.select_for_update(no_key=True)
    return list(visits)


def settle(visit_ids: Collection[int], now: datetime) -> int:
    """Ask the rule about every fallback ahead of these (locked) visits and write the answers; how many changed.

    Inside the transaction of the change that gave rise to it: a process that dies in between leaves none waiting.
    """
    ids = sorted(concerned(visit_ids))
    if not ids:
        return 0
    practices: dict[int, int] = dict(_PRACTICES.ask(ids))
    changes: list[bulk.Row] = []
    events: list[bulk.Row] = []
    for visit in _load(ids, now):
        for message, (status, reason, due_at, finished_at) in _answers(visit, now):
            changes.append((status, reason, due_at, finished_at, message.id))
            events.append((practices[visit.visit_id], message.id, now, status, reason, ""))
    for why, count in Tally(change[1] for change in changes if change[0] == MessageStatus.PLANNED.value).items():
        fallbacks.labels(str(why)).inc(count)
    bulk.update(Message, _CHANGE, changes)
    bulk.insert(MessageEvent, _EVENT, events)
    return len(changes)


def _load(visit_ids: list[int], now: datetime) -> list[VisitFacts]:
    """The facts of these visits. One that cannot be made sense of is left out: it must not keep the others from recording."""
    try:
        return facts.load(visit_ids, now, lock=True) if visit_ids else []
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged row brings up
        if len(visit_ids) > 1:
            return [visit for key in visit_ids for visit in _load([key], now)]
        log.error("visit_broken", visit=visit_ids[0], error=type(error).__name__)  # its text may hold data
        return []


Answer = tuple[str, str, datetime | None, datetime | None]
"""Status, reason, due time, end."""


def _answers(visit: VisitFacts, now: datetime) -> "list[tuple[ExistingMessage, Answer]]":
    """The rule's answer about each fallback ahead of a visit; none if the visit cannot be made sense of."""
    ahead = [message for message in visit.messages if message.fallback is not None and message.status in _AHEAD]
    try:
        answers = [(message, _written(message, fallback.decide(visit, message, now), now)) for message in ahead]
    except Exception as error:  # noqa: BLE001 - whatever a damaged row brings up must not keep the others from recording
        log.error("visit_broken", visit=visit.visit_id, error=type(error).__name__)
        return []
    return [(message, answer) for message, answer in answers if answer is not None]


def _written(message: ExistingMessage, decision: fallback.Decision, now: datetime) -> Answer | None:
    match decision:
        case fallback.Keep():
            return None
        case fallback.Release(due_at=due_at, reason=reason):
            return (MessageStatus.PLANNED.value, reason.value, due_at, None)
        case fallback.Drop(status=status, reason=reason):
            ended = status if message.sent_at is None else withdrawn(message)
            return (ended.value, reason.value, message.due_at, now)
        case never:
            assert_never(never)
