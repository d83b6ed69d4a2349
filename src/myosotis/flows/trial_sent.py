"""Staff send a message to themselves, to see what their patients will get: a row like any other, subject `test`."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max

from myosotis.domain.words import Channel, Kind, MessageStatus, SubjectType
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.models import Message, MessageText, Practice
from myosotis.store.providers import channels_of

LASTS: Final = timedelta(minutes=30)
AT_MOST: Final = 20
"""Trials of a practice within an hour: a form that sends to any address is not for anybody to abuse."""


@transaction.atomic
def send(
    *,
    practice: Practice,
    calendar_id: int,
    kind: Kind,
    channel: Channel,
    address: str,
    actor: Actor,
    now: datetime,
) -> Message:
    """Plan a trial of `kind` as patients of this calendar get it, to a checked address; due now, whatever the window.

    The subject is the calendar. What is to be shown stands in the message's text until it is sent: the address, and the
    kind in place of a subject. Raises NotFound, Invalid (channel) and Conflict (`no_provider`, `too_many`).
    """
    calendar = found.calendar_of(practice, calendar_id)
    if channel not in (Channel.EMAIL, Channel.SMS):
        raise Invalid("channel", "not_for_trials")
    if channel not in channels_of([practice.pk])[practice.pk]:
        raise Conflict("no_provider")
    trials = practice.messages.filter(subject_type=SubjectType.TEST)
    if trials.filter(created_at__gt=now - timedelta(hours=1)).count() >= AT_MOST:
        raise Conflict("too_many")
    own = trials.filter(subject_id=calendar.pk)
    message = Message.objects.create(
        practice=practice,
        subject_type=SubjectType.TEST,
        subject_id=calendar.pk,
        revision=1,
        kind=Kind.TEST,
        channel=channel,
        copy=1 + (own.aggregate(last=Max("copy"))["last"] or 0),
        status=MessageStatus.PLANNED,
        due_at=now,
        expires_at=now + LASTS,
        created_at=now,
    )
    MessageText.objects.create(message=message, practice=practice, address=address, subject=kind, body="")
    records.audit(practice, "message.tried", "calendar", calendar.pk, now=now, actor=actor)
    return message
