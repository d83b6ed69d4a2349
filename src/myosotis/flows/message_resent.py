"""Staff send a message of a visit once more: the next copy beside the one that was planned (docs/rules.md 7.1)."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from myosotis.domain import addresses, eligibility, window
from myosotis.domain.course import HELD
from myosotis.domain.values import VisitFacts
from myosotis.domain.words import Channel, Kind, MessageStatus, SubjectType
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, NotFound
from myosotis.store import facts as visit_facts
from myosotis.store.models import Message, Practice

ENDED: Final = frozenset(
    {
        MessageStatus.SENT,
        MessageStatus.DELIVERED,
        MessageStatus.FAILED,
        MessageStatus.UNCLEAR,
    }
)
"""What left, or tried to; everything else is still ahead or was stopped for a reason."""


@transaction.atomic
def resend(*, practice: Practice, message_id: int, actor: Actor, now: datetime) -> Message:
    """Plan another copy of a message, due now or at the next moment of the send window.

    Raises NotFound, and Conflict: `not_sent` (nothing to repeat), `outdated` (the visit has changed since), `expired`,
    or the reason against it in the words of `Reason` (opted_out, no_phone, deceased, ...).
    """
    visit_id = practice.messages.filter(id=message_id).values_list("visit_id", flat=True).first()
    if visit_id is None:
        raise NotFound("message")
    found.lock(practice, {visit_id})
    original = found.one(practice.messages.filter(id=message_id), "message")
    (visit,) = visit_facts.load([visit_id], now, lock=True)
    due_at = _due(original, visit, now)
    key = {"revision": original.revision, "kind": original.kind, "channel": original.channel, "wave": original.wave}
    same = practice.messages.filter(subject_type=SubjectType.VISIT, subject_id=visit_id, **key)
    if same.filter(copy__gt=0, status=MessageStatus.PLANNED).exists():
        raise Conflict("being_resent")
    copy = Message.objects.create(
        practice=practice,
        subject_type=SubjectType.VISIT,
        subject_id=visit_id,
        visit_id=visit_id,
        patient_id=original.patient_id,
        copy=1 + (same.aggregate(last=Max("copy"))["last"] or 0),
        status=MessageStatus.PLANNED,
        due_at=due_at,
        expires_at=original.expires_at,
        created_at=now,
        **key,
    )
    records.audit(practice, "message.resent", "message", copy.pk, now=now, actor=actor)
    return copy


def _due(original: Message, visit: VisitFacts, now: datetime) -> datetime:
    if MessageStatus(original.status) not in ENDED:
        raise Conflict("not_sent")
    if original.revision != visit.revision or original.patient_id != visit.card.patient_id:
        raise Conflict("outdated")
    if original.expires_at is None or original.expires_at <= now:
        raise Conflict("expired")
    kind, channel = Kind(original.kind), Channel(original.channel)
    reason = (
        eligibility.against_patient(kind, visit, visit.card)
        or eligibility.against_visit(kind, visit)
        or addresses.reason_against(visit.card, channel, visit.local_day(now), visit.providers)
    )
    if reason is not None:
        raise Conflict(reason)
    if channel not in HELD:
        return now
    placed = window.place(now, now, visit.window, visit.zone, limit=original.expires_at, expires=original.expires_at)
    if placed.due_at is None:
        raise Conflict("expired")
    return placed.due_at
