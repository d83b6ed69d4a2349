"""Whether messages may go: their facts read again for a whole lot at once, and what their texts need beside."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog
from django.db import Error as DatabaseTrouble
from django.db import transaction

from myosotis.dispatch import offers, others, surroundings, visit_texts
from myosotis.dispatch.job import Broken, Checked
from myosotis.dispatch.surroundings import Surroundings
from myosotis.domain import eligibility
from myosotis.domain.recheck import JUDGED_ALONE, Hold, Send, Stop, recheck
from myosotis.domain.values import VisitFacts
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, SubjectType
from myosotis.store import facts
from myosotis.store.cards import load_cards
from myosotis.store.queue.claim import Claimed

OF_VISITS: Final = (SubjectType.VISIT, SubjectType.CANDIDATE)

log = structlog.get_logger(__name__)


def check(messages: Sequence[Claimed], now: datetime) -> dict[int, Checked]:
    """What may become of each message at `now` (UTC), by its id; what was committed before the call is seen.

    If the lot cannot be read as a whole, each message is read alone, so that one bad row stops only itself.
    """
    try:
        return _check(messages, now)
    except DatabaseTrouble:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged row brings up must not stop the others
        if len(messages) == 1:
            return {messages[0].id: broken(messages[0], error)}
        return {key: checked for message in messages for key, checked in check([message], now).items()}


def broken(message: Claimed, error: Exception) -> Broken:
    """Note that a message cannot be made sense of; the error's own text may hold data of a patient and is not kept."""
    kind = type(error).__name__
    log.error("message_broken", message=message.id, practice=message.practice_id, error=kind)
    return Broken(kind)


def _check(messages: Sequence[Claimed], now: datetime) -> dict[int, Checked]:
    of_visits = [message for message in messages if message.subject_type is SubjectType.VISIT]
    of_offers = [message for message in messages if message.subject_type is SubjectType.CANDIDATE]
    of_others = [message for message in messages if message.subject_type not in OF_VISITS]
    checked = others.check(of_others, now) | offers.check(of_offers, now)
    if not of_visits:
        return checked
    with transaction.atomic():
        seen = facts.look(
            {_visit_id(message) for message in of_visits},
            now,
            mine={message.id: message.attempts for message in of_visits},
            later_for={_visit_id(message) for message in of_visits if message.kind in eligibility.ASK_FOR_LATER_VISITS},
            kinds_of=_judged_alone(of_visits),
        )
        strangers = _earlier_patients(of_visits, seen.visits)
        earlier = load_cards(strangers) if strangers else {}
        around = surroundings.load(
            seen,
            earlier,
            {message.practice_id for message in of_visits},
            {m.patient_id for m in of_visits if m.channel is Channel.PUSH and m.patient_id is not None},
            now,
        )
    for message in of_visits:
        visit = seen.visits.get(_visit_id(message))
        if visit is not None and message.patient_id in earlier:
            language = around.practices[message.practice_id].text.language
            visit = replace(visit, former_card=earlier[message.patient_id].on(visit.local_day(now), language))
        checked[message.id] = _of_visit(message, visit, around, now)
    return checked


def _judged_alone(messages: Sequence[Claimed]) -> Mapping[int, Collection[Kind]]:
    """Visits of which nothing goes that is judged by all of their messages: the kinds of what goes."""
    kinds: defaultdict[int, set[Kind]] = defaultdict(set)
    for message in messages:
        kinds[_visit_id(message)].add(message.kind)
    return {key: some for key, some in kinds.items() if some <= JUDGED_ALONE}


def _earlier_patients(messages: Sequence[Claimed], found: Mapping[int, VisitFacts]) -> set[int]:
    """Patients who had a visit before the former one: it was given on before they had heard all of it."""
    wanted = set()
    for message in [message for message in messages if message.kind is Kind.CANCELLED]:
        visit = found.get(_visit_id(message))
        if visit is not None and message.patient_id is not None:
            former = visit.former_card
            known = {visit.card.patient_id, *(() if former is None else (former.patient_id,))}
            wanted |= {message.patient_id} - known
    return wanted


def _visit_id(message: Claimed) -> int:
    return message.subject_id if message.visit_id is None else message.visit_id


def _of_visit(message: Claimed, visit: VisitFacts | None, around: Surroundings, now: datetime) -> Checked:
    kept = next((row for row in visit.messages if row.id == message.id), None) if visit is not None else None
    if visit is None or kept is None:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.ERASED)
    if kept.status is MessageStatus.PLANNED:  # another took it for lost, and it is not ours any more
        return Hold(due_at=kept.due_at or now, reason=Reason.DISPATCHER_DIED)
    if kept.status is not MessageStatus.CLAIMED:  # it ended just when it came into the queue
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.REPLANNED)
    if kept.due_at is not None and kept.due_at > message.due_at:  # or was put off just then
        return Hold(due_at=kept.due_at, reason=kept.reason or Reason.REPLANNED)
    verdict = recheck(visit, kept, now)
    if not isinstance(verdict, Send):
        return verdict
    return visit_texts.ready(message, kept, visit, around, now)
