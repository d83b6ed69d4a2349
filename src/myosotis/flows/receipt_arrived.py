"""A provider reports what became of a message. Late, repeated and out of order it does no harm (docs/rules.md 3)."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from myosotis.domain import lifecycle
from myosotis.domain.words import Channel, MessageStatus, Reason
from myosotis.flows import bad_address, found, stopped_numbers
from myosotis.flows.replanning import replan
from myosotis.metrics.anywhere import reports
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Message, MessageEvent, Practice
from myosotis.store.queue import claims
from myosotis.store.queue.settle import settle
from myosotis.value_class import value_class


class Report(StrEnum):
    """What providers report, in our words; each provider's own stop at its folder."""

    DELIVERED = "delivered"
    FAILED = "failed"
    ADDRESS_DEAD = "address_dead"
    STOPPED = "stopped"


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


@transaction.atomic
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
    """Take one report about the message with our `key` (its uuid), else with the provider's own id.

    `practice_id` bounds the search where the receipt came to the address of one practice's account. The visit's row is
    locked first, then its messages, as every flow does.
    """
    rows = _matching(key, provider, provider_id).select_related("practice")
    if practice_id is not None:
        rows = rows.filter(practice_id=practice_id)
    found_message = rows.first()
    if found_message is None:
        return Arrived(found=False)
    practice = found_message.practice
    concerned = _concerned(found_message, report)
    affected = _lock(practice, found_message, concerned, now)
    message = Message.objects.select_for_update(no_key=True).get(id=found_message.pk)
    _note_cost(message, parts, price)
    changed = _take(message, report, detail, now)
    reports.labels(provider or message.provider, report.value).inc()
    if concerned:
        _mark(message, report, now)
        replan(practice, affected, now)
    if changed and message.visit_id is not None:
        settle([message.visit_id], now)
    return Arrived(found=True, changed=changed)


def practice_of(*, key: str = "", provider: str = "", provider_id: str = "") -> int | None:
    """The practice whose message a report speaks of (see `record`), where it came to an account that practices share."""
    with scope.across(Why.REPORT):
        return _matching(key, provider, provider_id).values_list("practice_id", flat=True).first()


def _concerned(message: Message, report: Report) -> set[int]:
    """The patients of whose address the report tells something."""
    if message.patient_id is None:
        return set()
    if report is Report.STOPPED and message.channel == Channel.SMS:
        return {message.patient_id, *stopped_numbers.patients_at(message.practice, bad_address.sent_to(message))}
    return {message.patient_id} if report is Report.ADDRESS_DEAD else set()


def _lock(practice: Practice, message: Message, patients: set[int], now: datetime) -> list[int]:
    """Lock in the order of `found`; the visits to plan anew."""
    own = set() if message.visit_id is None else {message.visit_id}
    affected = found.ids_ahead_of(practice, patients, now) if patients else set()
    found.lock_with_messages(practice, own | affected)
    return sorted(affected)


def _matching(key: str, provider: str, provider_id: str) -> "QuerySet[Message]":
    uuid = _uuid(key)
    if uuid is not None:
        return Message.objects.filter(uuid=uuid)
    if not provider_id:
        return Message.objects.none()
    rows = Message.objects.filter(trace__provider_id=provider_id)
    return rows.filter(provider=provider) if provider else rows


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


def _note_cost(message: Message, parts: int | None, price: str | None) -> None:
    """What the provider counted is kept even where the report itself changes nothing."""
    if parts is not None:
        message.provider_parts = parts
    if price is not None:
        try:
            message.price = Decimal(price)
        except InvalidOperation:
            pass  # a price that is no number tells nothing; the report counts all the same
    if parts is not None or price is not None:
        message.save(update_fields=["provider_parts", "price"])


def _take(message: Message, report: Report, detail: str, now: datetime) -> bool:
    claim = claims.of([message.pk], lock=True).get(message.pk)
    status = MessageStatus(message.status) if claim is None else MessageStatus.CLAIMED
    event = EVENTS[report]
    if (message.attempts == 0 and claim is None) or not lifecycle.changes(status, event):
        return False
    if claim is not None:
        claims.drop([message.pk])
        message.attempts, message.first_tried_at = claim.attempts, claim.first_tried_at
    message.status = lifecycle.after(status, event)
    message.finished_at = now
    if message.sent_at is None:
        message.sent_at = now if claim is None else claim.at
    _write(message, report, detail, now)
    return True


def _write(message: Message, report: Report, detail: str, now: datetime) -> None:
    kept = lifecycle.reason_kept(message.reason, MessageStatus(message.status))
    message.reason, message.detail = REASONS[report] or kept, detail[:200]
    message.save(update_fields=["status", "reason", "detail", "finished_at", "sent_at", "attempts", "first_tried_at"])
    MessageEvent.objects.create(
        practice_id=message.practice_id,
        message=message,
        at=now,
        status=message.status,
        reason=message.reason,
        detail=message.detail,
    )


def _mark(message: Message, report: Report, now: datetime) -> None:
    if report is Report.ADDRESS_DEAD:
        bad_address.mark(message, now)
    else:
        stopped_numbers.note_stop(message.practice, bad_address.sent_to(message), now, at_provider=True)
