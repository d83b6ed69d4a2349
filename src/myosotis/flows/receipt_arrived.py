"""A provider reports what became of a message. Late, repeated and out of order it does no harm (docs/rules.md 3)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from django.db import transaction

from myosotis.domain import lifecycle
from myosotis.domain.words import Channel, MessageStatus, Reason
from myosotis.flows import bad_address, found, stopped_numbers
from myosotis.flows.replanning import replan
from myosotis.metrics.anywhere import reports
from myosotis.store import bulk, whole
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Message, MessageEvent, Practice
from myosotis.store.question import Question
from myosotis.store.queue import claims
from myosotis.store.queue.claims import Claim
from myosotis.store.queue.record import DETAIL_LENGTH
from myosotis.store.queue.settle import settle, with_fallbacks
from myosotis.value_class import value_class


class Report(StrEnum):
    """What providers report, in our words; each provider's own stop at its folder."""

    DELIVERED = "delivered"
    FAILED = "failed"
    ADDRESS_DEAD = "address_dead"
    STOPPED = "stopped"


@value_class
class Reported:
    """What a provider says of one message: the one with our `key` (its uuid), else with the provider's own id."""

    report: Report
    key: str = ""
    provider: str = ""
    provider_id: str = ""
    detail: str = ""
    parts: int | None = None
    price: str | None = None


@value_class
class Arrived:
    """Whether the message was found, and whether the report changed anything."""

    found: bool
    changed: bool = False


EVENTS = {
    Report.DELIVERED: lifecycle.Event.DELIVERED,
    Report.FAILED: lifecycle.Event.FAILED,
    Report.ADDRESS_DEAD: lifecycle.Event.FAILED,
    Report.STOPPED: lifecycle.Event.FAILED,
}
REASONS = {
    Report.DELIVERED: "",
    Report.FAILED: Reason.NOT_DELIVERED,
    Report.ADDRESS_DEAD: Reason.ADDRESS_REFUSED,
    Report.STOPPED: Reason.SMS_STOPPED,
}


_COLUMNS: Final = whole.columns(Message)
_MESSAGES: Final = Question(lambda ids: Message.objects.filter(id__in=[ids]).order_by("id").values_list(*_COLUMNS))
_LOCKED: Final = Question(
    lambda ids: (
        Message.objects.filter(id__in=[ids]).order_by("id").select_for_update(no_key=True).values_list(*_COLUMNS)
    )
)
_BY_PROVIDER: Final = Question(
    lambda ids: (
        Message.objects.filter(trace__provider_id__in=[ids])
        .order_by("id")
        .values_list("trace__provider_id", "provider", "id", "practice_id")
    )
)
_WRITTEN: Final = (
    "status", "reason", "detail", "finished_at", "sent_at", "attempts", "first_tried_at", "provider_parts", "price",
)  # fmt: skip
TOO_DEAR: Final = 1_000_000
"""What the column cannot hold."""
_EVENT: Final = ("practice_id", "message_id", "at", "status", "reason", "detail")


def record(
    *,
    report: Report,
    now: datetime,
    key: str = "",
    provider: str = "",
    provider_id: str = "",
    practice_id: int | None = None,
    detail: str = "",
    parts: int | None = None,
    price: str | None = None,
) -> Arrived:
    """Take one report, as `record_all` does."""
    said = Reported(
        report=report, key=key, provider=provider, provider_id=provider_id, detail=detail, parts=parts, price=price
    )
    return record_all([said], now=now, practice_id=practice_id)[0]


@transaction.atomic
def record_all(said: Sequence[Reported], *, now: datetime, practice_id: int | None = None) -> list[Arrived]:
    """Take reports that came together, in their order; what came of each.

    `practice_id` bounds the search where they came to the address of one practice's account. Visits are locked first, then
    messages, as every flow does.
    """
    known = _known(said)
    arrived = [Arrived(found=False)] * len(said)
    practices = {one.practice_id for one in known if one is not None}
    for key in sorted(practices if practice_id is None else practices & {practice_id}):
        theirs = [(place, one.id) for place, one in enumerate(known) if one is not None and one.practice_id == key]
        taken = _of_practice(key, [(message_id, said[place]) for place, message_id in theirs], now)
        for (place, _), one in zip(theirs, taken, strict=True):
            arrived[place] = one
    return arrived


def practices_of(said: Sequence[Reported]) -> list[int | None]:
    """The practices of whose messages reports speak, where they came to an account that practices share."""
    with scope.across(Why.REPORT):
        return [None if one is None else one.practice_id for one in _known(said)]


class _Known(NamedTuple):
    """Of which message a report speaks."""

    id: int
    practice_id: int


def _known(said: Sequence[Reported]) -> list[_Known | None]:
    """The messages of which reports speak, if they are ours."""
    uuids = [_uuid(one.key) for one in said]
    keys = {uuid for uuid in uuids if uuid is not None}
    ids = {one.provider_id for one, uuid in zip(said, uuids, strict=True) if uuid is None and one.provider_id}
    ours = Message.objects.filter(uuid__in=keys).values_list("uuid", "id", "practice_id")
    by_key = {uuid: _Known(*row) for uuid, *row in ours}
    by_id: dict[tuple[str, str], _Known] = {}
    for provider_id, provider, *row in _BY_PROVIDER.ask(ids) if ids else ():
        by_id.setdefault((provider, provider_id), _Known(*row))
        by_id.setdefault(("", provider_id), _Known(*row))  # for who does not say which provider it is
    return [
        by_id.get((one.provider, one.provider_id)) if uuid is None else by_key.get(uuid)
        for one, uuid in zip(said, uuids, strict=True)
    ]


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


def _of_practice(practice_id: int, said: Sequence[tuple[int, Reported]], now: datetime) -> list[Arrived]:
    """Take what is said of messages of one practice, by their ids."""
    practice = Practice.objects.get(id=practice_id)
    ids = {message_id for message_id, _ in said}
    messages = _messages(_MESSAGES, ids)
    patients = {key for message_id, one in said for key in _concerned(practice, messages[message_id], one.report)}
    affected = _lock(practice, messages.values(), patients, now)
    messages = _messages(_LOCKED, ids)
    changed = _take_all([(messages[message_id], one) for message_id, one in said], now)
    for message_id, one in said:
        _mark(practice, messages[message_id], one.report, now)
    if patients:
        replan(practice, affected, now)
    news = [messages[message_id] for (message_id, _), new in zip(said, changed, strict=True) if new]
    settle(with_fallbacks(news), now)
    return [Arrived(found=True, changed=new) for new in changed]


def _messages(question: Question, ids: Collection[int]) -> dict[int, Message]:
    return {message.pk: message for message in (whole.made(Message, row) for row in question.ask(ids))}


def _concerned(practice: Practice, message: Message, report: Report) -> set[int]:
    """The patients of whose address the report tells something."""
    if message.patient_id is None:
        return set()
    if report is Report.STOPPED and message.channel == Channel.SMS:
        return {message.patient_id, *stopped_numbers.patients_at(practice, bad_address.sent_to(message))}
    return {message.patient_id} if report is Report.ADDRESS_DEAD else set()


def _lock(practice: Practice, messages: Iterable[Message], patients: set[int], now: datetime) -> list[int]:
    """Lock visits in the order of `found`; those to plan anew."""
    affected = found.ids_ahead_of(practice, patients, now) if patients else set()
    found.lock_with_messages(practice, with_fallbacks(messages) | affected)
    return sorted(affected)


def _take_all(said: Sequence[tuple[Message, Reported]], now: datetime) -> list[bool]:
    """Take reports into locked messages, and write these with their history; which of the reports changed something."""
    claimed = dict(claims.of([message.pk for message, _ in said], lock=True))
    overtaken, events, touched = [], [], dict[int, Message]()
    changed = []
    for message, one in said:
        claim = claimed.get(message.pk)
        costs = _note_cost(message, one)
        changed.append(_take(message, claim, one, now))
        if costs or changed[-1]:
            touched[message.pk] = message
        if changed[-1]:
            events.append((message.practice_id, message.pk, now, message.status, message.reason, message.detail))
            overtaken += [] if claimed.pop(message.pk, None) is None else [message.pk]
        reports.labels(one.provider or message.provider, one.report.value).inc()
    if overtaken:
        claims.drop(overtaken)
    bulk.update(Message, _WRITTEN, [(*(getattr(one, name) for name in _WRITTEN), one.pk) for one in touched.values()])
    bulk.insert(MessageEvent, _EVENT, events)
    return changed


def _note_cost(message: Message, said: Reported) -> bool:
    """What the provider counted is kept even where the report itself changes nothing; whether it said anything."""
    price = _price(said.price)
    if said.parts is not None:
        message.provider_parts = said.parts
    if price is not None:
        message.price = price
    return said.parts is not None or price is not None


def _price(said: str | None) -> Decimal | None:
    """A price that is no number, or larger than any, tells nothing; the report counts all the same."""
    try:
        price = Decimal(said or "")
        return price if price.is_finite() and abs(price) < TOO_DEAR else None
    except InvalidOperation:
        return None


def _take(message: Message, claim: Claim | None, said: Reported, now: datetime) -> bool:
    """Take a report into a message, if it says anything new; a claim that it overtakes is over."""
    status = MessageStatus(message.status) if claim is None else MessageStatus.CLAIMED
    event = EVENTS[said.report]
    if (message.attempts == 0 and claim is None) or not lifecycle.changes(status, event):
        return False
    if claim is not None:
        message.attempts, message.first_tried_at = claim.attempts, claim.first_tried_at
    if message.sent_at is None:
        message.sent_at = now if claim is None else claim.at
    after = lifecycle.after(status, event)
    message.status, message.finished_at = after, now
    message.reason = REASONS[said.report] or lifecycle.reason_kept(message.reason, after)
    message.detail = said.detail[:DETAIL_LENGTH]
    return True


def _mark(practice: Practice, message: Message, report: Report, now: datetime) -> None:
    """What a report tells of the address."""
    if message.patient_id is None:
        return
    if report is Report.ADDRESS_DEAD:
        bad_address.mark(message, now)
    elif report is Report.STOPPED and message.channel == Channel.SMS:
        stopped_numbers.note_stop(practice, bad_address.sent_to(message), now, at_provider=True)
