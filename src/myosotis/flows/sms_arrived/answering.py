"""Planning the SMS that answers a reply; its words are found by whoever sends it."""

from datetime import datetime, timedelta
from typing import Final

from myosotis.domain.words import Answer, Channel, Kind, MessageStatus, SubjectType
from myosotis.flows.sms_arrived.acting import Outcome
from myosotis.store.models import IncomingMessage, Message, Practice, StoppedNumber
from myosotis.store.providers import channels_of

ANSWERED_ONCE_IN: Final = timedelta(hours=24)
"""Several texts in a row, or a machine that answers back, get one answer."""
ANSWER_LASTS: Final = timedelta(hours=24)
ABOUT_STOPPING: Final = (Answer.STOPPED, Answer.STARTED)
"""They go to a stopped number too, once: only what changes something is answered with them."""


def answer(practice: Practice, incoming: IncomingMessage, outcome: Outcome, now: datetime) -> Answer | None:
    """Plan the answer as a message; what it says. None where nobody asked, none can go, or it went lately."""
    wanted = outcome.answer
    if wanted is None or Channel.SMS not in channels_of([practice.pk])[practice.pk]:
        return None
    if wanted not in ABOUT_STOPPING and _needless(practice, incoming, outcome, now):
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
    return wanted


def _needless(practice: Practice, incoming: IncomingMessage, outcome: Outcome, now: datetime) -> bool:
    """The number is stopped, or has just had this answer; a link, that of the same offer."""
    if StoppedNumber.objects.filter(practice=practice, phone=incoming.sender).exists():
        return True
    if outcome.answer is Answer.WHICH:
        return False
    others = practice.incoming_messages.filter(sender=incoming.sender).exclude(id=incoming.pk)
    lately = others.filter(answer=outcome.answer, received_at__gt=now - ANSWERED_ONCE_IN)
    if outcome.answer is Answer.OFFER:
        lately = lately.filter(about=outcome.about)
    return lately.exists()
