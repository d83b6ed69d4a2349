"""Staff answer an incoming SMS in their own words: a message like any other, its text kept with it until it leaves."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max, QuerySet

from myosotis.domain import window
from myosotis.domain.told import UNDO
from myosotis.domain.window import Placed
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, SubjectType
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.home import home_zone
from myosotis.store.models import IncomingMessage, Message, MessageEvent, MessageText, Practice, StoppedNumber
from myosotis.store.providers import channels_of
from myosotis.store.queue import claims

LONGEST: Final = 600
"""Characters: four parts at most where letters can be stripped."""
JUST_WROTE: Final = timedelta(hours=1)
"""Whoever wrote so lately is awake: the answer is not held for the send window."""
LASTS: Final = timedelta(hours=24)


@transaction.atomic
def write(*, practice: Practice, incoming_id: int, text: str, copy: int, actor: Actor, now: datetime) -> Message:
    """Plan an answer to the number that wrote, due when the undo time is over; the incoming message is dealt with.

    `copy` is `next_copy` as the form was shown with: sent twice, a form writes one message. Outside the send window the
    answer waits for it, unless the patient wrote within the last hour. Raises NotFound, Invalid (text: `missing`,
    `too_long`) and Conflict: `answered_meanwhile`, or what `refusal` says.
    """
    words = " ".join(text.split())
    if not words or len(words) > LONGEST:
        raise Invalid("text", "too_long" if words else "missing")
    incoming = _locked(practice, incoming_id)
    if copy < next_copy(incoming):
        return _the_same(incoming, copy, words)
    code = refusal(incoming)
    if code:
        raise Conflict(code)
    placed = _placed(incoming, now)
    message = Message.objects.create(
        practice=practice,
        subject_type=SubjectType.INCOMING,
        subject_id=incoming.pk,
        patient_id=incoming.patient_id,
        revision=1,
        kind=Kind.ANSWER,
        channel=Channel.SMS,
        copy=next_copy(incoming),
        status=MessageStatus.PLANNED,
        reason=placed.reason or "",
        due_at=placed.due_at,
        expires_at=(placed.due_at or now) + LASTS,
        created_at=now,
    )
    MessageText.objects.create(message=message, practice=practice, address=incoming.sender, body=words)
    _set_handled(incoming, now)
    records.audit(practice, "incoming.answered", "incoming", incoming.pk, now=now, actor=actor)
    return message


@transaction.atomic
def take_back(*, practice: Practice, message_id: int, actor: Actor, now: datetime) -> Message:
    """Withdraw an answer that nobody has begun to send: what was written waits for somebody again.

    Taken back again nothing changes. Raises NotFound and Conflict (`undo_time_over`).
    """
    rows = practice.messages.filter(id=message_id, subject_type=SubjectType.INCOMING, copy__gt=0)
    incoming = _locked(practice, found.one(rows, "answer").subject_id)
    message = found.one(rows.order_by().select_for_update(no_key=True), "answer")
    if message.reason == Reason.TAKEN_BACK:
        return message
    if claims.status_of(message, lock=True) is not MessageStatus.PLANNED or message.attempts:
        raise Conflict("undo_time_over")
    message.status, message.reason, message.finished_at = MessageStatus.CANCELLED, Reason.TAKEN_BACK, now
    message.save(update_fields=["status", "reason", "finished_at"])
    MessageEvent.objects.create(
        practice=practice, message=message, at=now, status=message.status, reason=message.reason
    )
    _set_handled(incoming, None)
    records.audit(practice, "incoming.answer_taken_back", "incoming", incoming.pk, now=now, actor=actor)
    return message


def answers_to(incoming: IncomingMessage) -> "QuerySet[Message]":
    """What was planned in answer: copy 0 by itself, the others written by staff."""
    return Message.objects.filter(
        practice_id=incoming.practice_id, subject_type=SubjectType.INCOMING, subject_id=incoming.pk
    )


def next_copy(incoming: IncomingMessage) -> int:
    """The number that the next answer written by staff will have, from 1."""
    return 1 + (answers_to(incoming).aggregate(last=Max("copy"))["last"] or 0)


def refusal(incoming: IncomingMessage) -> str:
    """Why no SMS can answer it now, as a code; empty: one can."""
    stopped = StoppedNumber.objects.filter(practice_id=incoming.practice_id, phone=incoming.sender)
    return against(incoming, may_send=can_send(incoming.practice), stopped=stopped.exists())


def can_send(practice: Practice) -> bool:
    """Whether the practice can send SMS at all."""
    return Channel.SMS in channels_of([practice.pk])[practice.pk]


def against(incoming: IncomingMessage, *, may_send: bool, stopped: bool) -> str:
    """As `refusal`, where it is known whether SMS can be sent and the number is stopped."""
    patient = incoming.patient
    reasons = (
        (incoming.channel != Channel.SMS, "not_by_sms"),
        (not may_send, Reason.NO_PROVIDER),
        (stopped, Reason.SMS_STOPPED),
        (patient is not None and patient.deceased, Reason.DECEASED),
        (patient is not None and patient.no_sms, Reason.OPTED_OUT),
        (patient is not None and patient.silent, Reason.PATIENT_SILENCED),
    )
    return next((code for holds, code in reasons if holds), "")


def _locked(practice: Practice, incoming_id: int) -> IncomingMessage:
    rows = practice.incoming_messages.filter(id=incoming_id).order_by().select_for_update(no_key=True)
    return found.one(rows, "incoming message")


def _the_same(incoming: IncomingMessage, copy: int, words: str) -> Message:
    """The answer that this very form has written already."""
    kept = answers_to(incoming).filter(copy=copy, text__body=words).first()
    if kept is None:
        raise Conflict("answered_meanwhile")
    return kept


def _placed(incoming: IncomingMessage, now: datetime) -> Placed:
    due = now + UNDO
    if incoming.received_at > now - JUST_WROTE:
        return Placed(due_at=due)
    about = incoming.about
    visit = None if about is None else about.visit
    zone = home_zone(incoming.practice_id) if visit is None else visit.calendar.address.zone
    return window.place(due, now, incoming.practice.window, zone)


def _set_handled(incoming: IncomingMessage, handled_at: datetime | None) -> None:
    incoming.handled_at = handled_at
    incoming.save(update_fields=["handled_at"])
