"""A message was read: its waiting SMS is not needed (docs/rules.md 3, "Read").

In doubt it counts as unread: a false unread costs one SMS, a false read costs a visit.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from myosotis.domain.lifecycle import LEFT
from myosotis.domain.words import Channel, MessageStatus, ReadSignal
from myosotis.flows import fallbacks
from myosotis.flows.errors import NotFound
from myosotis.store.models import Message, ReadingReport, Visit

PREFETCH: Final = timedelta(seconds=60)
"""Within this time of its delivery an image is loaded by machines that look a mail over, not by a person."""
SEEN: Final = LEFT | {MessageStatus.FAILED}
"""A message that left and was reported failed later is read all the same by whoever sees the page."""


@transaction.atomic
def report(*, message_id: int, signal: ReadSignal, now: datetime, revision: int | None = None) -> bool:
    """Take a report of reading from a link of a message; whether it counts.

    A page or an action shows the visit as it is: it reads every message of the present revision that has left, on
    whatever link of the visit; `revision` is the one that the page showed, and if the visit has changed since, nothing
    is read. A click on a push, and a reading confirmed in an e-mail, read that message alone. Raises NotFound.
    """
    message = _locked(message_id)
    if message.visit is None:
        return _read_alone(message, signal, now)
    visit = message.visit
    if signal in (ReadSignal.PAGE, ReadSignal.ACTION, ReadSignal.REPLY):
        if revision is not None and revision != visit.revision:
            return False
        return visit_read(visit, signal, now=now)
    if not _read_alone(message, signal, now):
        return False
    fallbacks.ask([visit.pk], now)
    return True


@transaction.atomic
def image_loaded(*, message_id: int, now: datetime, counts: bool) -> bool:
    """The image in an e-mail was loaded; `counts` is what the allow-list says of who loaded it. Whether it is read.

    Kept is only that it happened. Raises NotFound.
    """
    message = _locked(message_id)
    arrived = message.finished_at or message.sent_at
    if not counts or arrived is None or now < arrived + PREFETCH:
        _report(message, ReadSignal.IMAGE, now, counted=False)
        return False
    read = _read_alone(message, ReadSignal.IMAGE, now)
    if read and message.visit_id is not None:
        fallbacks.ask([message.visit_id], now)
    return read


def visit_read(visit: Visit, signal: ReadSignal, *, now: datetime) -> bool:
    """Every message of the visit's present revision that left before `now` was read; the visit is locked."""
    left = visit.messages.filter(
        revision=visit.revision, patient_id=visit.patient_id, status__in=SEEN, sent_at__lte=now
    ).order_by("id")
    unread = [message for message in left.select_for_update(no_key=True, of=("self",)) if message.read_at is None]
    for message in unread:
        _read(message, signal, now)
    fallbacks.ask([visit.pk], now)
    return bool(unread)


def _locked(message_id: int) -> Message:
    """The message, its visit locked before it."""
    visit_id = Message.objects.filter(id=message_id).values_list("visit_id", flat=True).first()
    visit = Visit.objects.select_for_update(no_key=True).filter(id=visit_id).first() if visit_id else None
    message = Message.objects.select_for_update(no_key=True).filter(id=message_id).first()
    if message is None:
        raise NotFound("message")
    message.visit = visit
    return message


def _read_alone(message: Message, signal: ReadSignal, now: datetime) -> bool:
    """Whether the message had left, so that it can have been read."""
    if message.status not in LEFT or message.sent_at is None or message.channel == Channel.NONE:
        _report(message, signal, now, counted=False)
        return False
    _read(message, signal, now)
    return True


def _read(message: Message, signal: ReadSignal, now: datetime) -> None:
    if message.read_at is None:
        message.read_at = now
        message.save(update_fields=["read_at"])
        _report(message, signal, now, counted=True)


def _report(message: Message, signal: ReadSignal, now: datetime, *, counted: bool) -> None:
    ReadingReport.objects.create(
        practice_id=message.practice_id, message=message, at=now, signal=signal, counted=counted
    )
