"""A message was read: the SMS that waits behind it is not needed (docs/rules.md 3, "Read").

In doubt it counts as unread: a false unread costs one SMS, a false read costs a visit.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from myosotis.domain import reading
from myosotis.domain.words import Channel, ConsentPurpose, Kind, ReadSignal
from myosotis.flows import found
from myosotis.flows.errors import NotFound
from myosotis.store import bulk, facts, whole
from myosotis.store.models import Message, Patient, Practice, ReadingReport, Visit
from myosotis.store.question import Question
from myosotis.store.queue.settle import settle

_MESSAGE: Final = Question(lambda ids: Message.objects.filter(id__in=[ids]).values_list(*whole.columns(Message)))
_PRACTICE: Final = Question(lambda ids: Visit.objects.filter(id__in=[ids]).values_list("practice_id"))
_LOCKED: Final = Question(
    lambda ids: Visit.objects.filter(id__in=[ids]).select_for_update(no_key=True).values_list("id")
)
_READ = ("read_at",)
_REPORT = ("practice_id", "message_id", "at", "signal", "counted")


@transaction.atomic
def report(*, message_id: int, signal: ReadSignal, now: datetime, shown_revision: int | None = None) -> bool:
    """Take a report of reading that came over a link of a message; whether anything was read by it.

    It reads every message of the visit's present revision to the same patient that has left. `shown_revision` is the
    one that the page showed; without it, the message's own. If the visit has changed since, nothing is read.
    Raises NotFound.
    """
    message = _locked(message_id)
    shown = message.revision if shown_revision is None else shown_revision
    if message.visit_id is None or message.patient_id is None:
        return False
    read = visit_read(message.visit_id, message.patient_id, signal, now=now, shown_revision=shown)
    if not read:
        _keep_reports(message.practice_id, [message.pk], signal, now, counted=False)
    return bool(read)


@transaction.atomic
def shown_in_app(*, practice: Practice, visit_id: int, patient_id: int, now: datetime, shown_revision: int) -> bool:
    """The app showed a visit, in this revision, to its patient; whether anything was read by it. Raises NotFound."""
    found.lock(practice, {visit_id})
    visit = found.visit_of(practice, visit_id)
    return bool(visit_read(visit.pk, patient_id, ReadSignal.PAGE, now=now, shown_revision=shown_revision))


@transaction.atomic
def image_loaded(*, message_id: int, user_agent: str, now: datetime) -> bool:
    """The image in an e-mail was loaded; whether that counts as reading.

    Kept is that it happened, never by whom or from where. Raises NotFound.
    """
    message = _locked(message_id)
    counts = message.channel == Channel.EMAIL and reading.image_counts(
        user_agent,
        at=now,
        delivered_at=message.finished_at or message.sent_at,
        consented=message.patient is not None and _consented(message.patient),
        switched_on=message.practice.tracking_image,
    )
    if not counts or message.visit_id is None or message.patient_id is None:
        _keep_reports(message.practice_id, [message.pk], ReadSignal.IMAGE, now, counted=False)
        return False
    signal = ReadSignal.IMAGE
    return bool(visit_read(message.visit_id, message.patient_id, signal, now=now, shown_revision=message.revision))


@transaction.atomic
def replied(*, message_id: int, now: datetime) -> None:
    """The patient answered this message, and so has read it, whatever became of its visit since; and what told the same.

    An offer is read alone: it tells little of the visit. Raises NotFound.
    """
    message = _locked(message_id)
    if message.visit_id is not None and message.patient_id is not None and message.kind != Kind.OFFER:
        visit_read(message.visit_id, message.patient_id, ReadSignal.REPLY, now=now, shown_revision=message.revision)
    unread = Message.objects.filter(id=message_id, read_at=None, status__in=reading.READABLE)
    if unread.update(read_at=now):
        _keep_reports(message.practice_id, [message_id], ReadSignal.REPLY, now, counted=True)


def visit_read(
    visit_id: int, patient_id: int, signal: ReadSignal, *, now: datetime, shown_revision: int
) -> Collection[int]:
    """Mark what a patient has read of a (locked) visit, drop what waits behind it; the messages read by it."""
    (visit,) = facts.load([visit_id], now, lock=True)
    seen = reading.messages_read(visit, shown_revision, now)
    read = [message.id for message in seen if message.patient_id == patient_id]
    if not read:
        return []
    [(practice_id,)] = _PRACTICE.ask([visit_id])
    bulk.update(Message, _READ, [(now, key) for key in read])
    _keep_reports(practice_id, read, signal, now, counted=True)
    settle([visit_id], now)
    return read


def _keep_reports(
    practice_id: int, message_ids: Collection[int], signal: ReadSignal, now: datetime, *, counted: bool
) -> None:
    rows = [(practice_id, key, now, signal.value, counted) for key in message_ids]
    bulk.insert(ReadingReport, _REPORT, rows)


def _locked(message_id: int) -> Message:
    """The message, its visit locked."""
    rows = _MESSAGE.ask([message_id])
    if not rows:
        raise NotFound("message")
    message = whole.made(Message, rows[0])
    if message.visit_id is not None:
        _LOCKED.ask([message.visit_id])
    return message


def _consented(patient: Patient) -> bool:
    return patient.consents.filter(purpose=ConsentPurpose.TRACKING_IMAGE, withdrawn_at=None).exists()
