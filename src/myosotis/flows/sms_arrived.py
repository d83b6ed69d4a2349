"""A patient sent an SMS: STOP, START, TAK, NIE, or something for a person to read (docs/rules.md 5).

A reply refers to the last SMS sent to that number. Where that is not certain, nothing is done on a guess: the text goes
to the inbox and is answered with the phone number.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from myosotis.domain import sms_words
from myosotis.domain.sms_words import SmsWord
from myosotis.domain.words import Answer, Channel, Kind, MessageStatus, Party, ReadSignal, SubjectType, Via
from myosotis.flows import actor, found, message_read, stopped_numbers, visit_cancelled, visit_confirmed
from myosotis.flows.errors import Conflict, NotFound
from myosotis.store.models import IncomingMessage, Message, Practice, StoppedNumber
from myosotis.store.outbox import MAY_HAVE_LEFT
from myosotis.store.providers import channels_of

ANSWERABLE: Final = frozenset({Kind.DETAILS, Kind.MOVED, Kind.REMINDER})
"""After which TAK and NIE mean a visit."""
SEVERAL_WITHIN: Final = timedelta(hours=72)
"""What else went to a number within this time may be meant too."""
ANSWERED_ONCE_IN: Final = timedelta(hours=24)
"""Several texts in a row, or a machine that answers back, get one answer."""
ANSWER_LASTS: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of an incoming SMS; `new` is false where it had arrived before."""

    incoming_id: int
    new: bool
    understood_as: SmsWord | None = None
    acted: bool = False
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    acted: bool
    answer: Answer | None = None


@transaction.atomic
def take(
    *,
    practice_id: int,
    sender: str,
    text: str,
    now: datetime,
    to: str = "",
    provider: str = "",
    provider_id: str = "",
) -> Taken:
    """Take an SMS from `sender` (E.164) to the practice whose account received it. Delivered twice it counts once.

    Raises NotFound for an unknown practice.
    """
    del to  # the account says which practice it is; its number may change
    practice = Practice.objects.filter(id=practice_id).first()
    if practice is None:
        raise NotFound("practice")
    incoming, new = _kept(practice, sender, text, provider, provider_id, now)
    if not new:
        return Taken(incoming_id=incoming.pk, new=False)
    word = sms_words.recognise(text)
    outcome = _act(practice, sender, word, now)
    answer = _answer(practice, incoming, outcome.answer, now)
    incoming.understood_as = word or ""
    incoming.answer = answer or ""
    incoming.handled_at = now if outcome.acted else None
    incoming.save(update_fields=["understood_as", "answer", "handled_at"])
    return Taken(incoming_id=incoming.pk, new=True, understood_as=word, acted=outcome.acted, answer=answer)


def _kept(
    practice: Practice, sender: str, text: str, provider: str, provider_id: str, now: datetime
) -> tuple[IncomingMessage, bool]:
    owners = stopped_numbers.patients_at(practice, sender)
    values = {
        "channel": Channel.SMS.value,
        "sender": sender,
        "text": text,
        "received_at": now,
        "patient_id": min(owners) if len(owners) == 1 else None,
    }
    if not provider_id:
        return IncomingMessage.objects.create(practice=practice, provider=provider, **values), True
    return IncomingMessage.objects.get_or_create(
        practice=practice, provider=provider, provider_id=provider_id, defaults=values
    )


def _act(practice: Practice, sender: str, word: SmsWord | None, now: datetime) -> _Outcome:
    if word is SmsWord.STOP:
        return _Outcome(True, Answer.STOPPED if stopped_numbers.stop(practice, sender, now) else None)
    if word is SmsWord.START:
        return _Outcome(True, Answer.STARTED if stopped_numbers.start(practice, sender, now) else None)
    message = _meant(practice, sender, now)
    if message is None or message.visit_id is None or message.patient_id is None:
        return _Outcome(False, Answer.PHONE)
    found.lock(practice, {message.visit_id})
    message_read.visit_read(
        message.visit_id, message.patient_id, ReadSignal.REPLY, now=now, shown_revision=message.revision
    )
    if word is None or message.kind not in ANSWERABLE:
        return _Outcome(False, Answer.PHONE)
    return _reply(practice, message, word, now)


def _meant(practice: Practice, sender: str, now: datetime) -> Message | None:
    """The last SMS to this number, unless others of that time were about another visit.

    One that has no answer yet may be what the phone shows. So may one reported as failed or being handed over: then it
    is not certain what is meant.
    """
    sms = practice.messages.filter(channel=Channel.SMS, visit__isnull=False)
    tried = sms.filter(text__address=sender, sent_at__lte=now).select_related("visit").order_by("-sent_at", "-id")
    last = tried.first()
    if last is None or last.sent_at is None or last.visit_id is None or last.status == MessageStatus.FAILED:
        return None
    elsewhere = ~Q(visit_id=last.visit_id)
    sent = tried.filter(MAY_HAVE_LEFT, elsewhere, sent_at__gte=last.sent_at - SEVERAL_WITHIN)
    owners = stopped_numbers.patients_at(practice, sender)
    under_way = sms.filter(elsewhere, status=MessageStatus.CLAIMED, patient_id__in=owners)
    return None if sent.exists() or under_way.exists() else last


def _reply(practice: Practice, message: Message, word: SmsWord, now: datetime) -> _Outcome:
    """TAK and NIE as the link does it; an answer to an older state of the visit is for a person to read."""
    visit = message.visit
    if visit is None or message.patient_id is None or visit.patient_id != message.patient_id:
        return _Outcome(False, Answer.PHONE)
    who = actor.patient(message.patient_id)
    try:
        if word is SmsWord.YES:
            visit_confirmed.confirm(
                practice=practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.SMS, actor=who, now=now,
                expected_revision=message.revision,
            )  # fmt: skip
        else:
            visit_cancelled.cancel(
                practice=practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.SMS, actor=who, now=now,
                expected_revision=message.revision,
            )  # fmt: skip
    except Conflict as refused:
        return _Outcome(False, Answer.AFTER_CUTOFF if refused.code == "after_cutoff" else Answer.PHONE)
    return _Outcome(True)


def _answer(practice: Practice, incoming: IncomingMessage, answer: Answer | None, now: datetime) -> Answer | None:
    """Plan the answer as a message; what it says. None where nobody asked, none can go, or one went lately."""
    if answer is None or Channel.SMS not in channels_of([practice.pk])[practice.pk]:
        return None
    others = practice.incoming_messages.filter(sender=incoming.sender).exclude(id=incoming.pk)
    if answer in (Answer.PHONE, Answer.AFTER_CUTOFF):
        stopped = StoppedNumber.objects.filter(practice=practice, phone=incoming.sender)
        lately = others.filter(answer=answer, received_at__gt=now - ANSWERED_ONCE_IN)
        if stopped.exists() or lately.exists():
            return None
    Message.objects.create(
        practice=practice,
        subject_type=SubjectType.INCOMING,
        subject_id=incoming.pk,
        patient_id=incoming.patient_id,
        revision=1,
        kind=Kind.ANSWER,
        channel=Channel.SMS,
        status=MessageStatus.PLANNED,
        due_at=now,
        expires_at=now + ANSWER_LASTS,
        created_at=now,
    )
    return answer
