from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from myosotis.domain.values import MessageKey, PlanDifference, PlannedMessage
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason
from myosotis.store import facts, outbox
from myosotis.store.models import Message, MessageEvent
from tests.db.make import NOW, Scene, book, messages

LATER = NOW + timedelta(minutes=1)


def apply(scene: Scene, visit_id: int, difference: PlanDifference) -> None:
    (loaded,) = facts.load([visit_id], LATER)
    outbox.apply([(loaded, difference)], practice_id=scene.practice.pk, now=LATER)


def test_a_message_is_never_there_twice(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    again = PlannedMessage(
        key=MessageKey(revision=1, kind=Kind.DETAILS, channel=Channel.EMAIL),
        patient_id=scene.patient.pk,
        status=MessageStatus.PLANNED,
        due_at=LATER,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        apply(scene, visit.pk, PlanDifference(add=(again,)))
    assert Message.objects.filter(visit=visit, kind=Kind.DETAILS, channel=Channel.EMAIL).count() == 1


def test_cancelling_keeps_the_due_time_and_leaves_a_trace(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit, kind=Kind.REMINDER, channel=Channel.EMAIL)[0]
    apply(scene, visit.pk, PlanDifference(cancel=((mail.pk, Reason.DECEASED),)))
    due_at = mail.due_at
    mail.refresh_from_db()
    assert (mail.status, mail.reason, mail.due_at, mail.finished_at) == ("cancelled", "deceased", due_at, LATER)
    event = MessageEvent.objects.get(message=mail)
    assert (event.status, event.reason, event.at) == ("cancelled", "deceased", LATER)


def test_a_revived_row_is_the_same_row(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit, kind=Kind.REMINDER, channel=Channel.EMAIL)[0]
    apply(scene, visit.pk, PlanDifference(cancel=((mail.pk, Reason.SWITCH_OFF),)))
    key = MessageKey(revision=1, kind=Kind.REMINDER, channel=Channel.EMAIL)
    wanted = PlannedMessage(key=key, patient_id=scene.patient.pk, status=MessageStatus.PLANNED, due_at=mail.due_at)
    apply(scene, visit.pk, PlanDifference(change=((mail.pk, wanted),)))
    revived = Message.objects.get(pk=mail.pk)
    assert (revived.status, revived.finished_at, revived.uuid) == ("planned", None, mail.uuid)
    assert [event.status for event in MessageEvent.objects.filter(message=mail).order_by("id")] == [
        "cancelled",
        "planned",
    ]
