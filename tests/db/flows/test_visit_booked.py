from datetime import timedelta

from myosotis.domain.words import Channel, Kind, MessageStatus
from myosotis.flows.replanning import replan
from myosotis.store.models import Message, MessageEvent
from tests.db.make import (
    NEXT_WEEK,
    NOW,
    Scene,
    ahead,
    book,
    messages,
)

PLANNED_BY_DEFAULT = {
    ("details", "email"), ("details", "sms"), ("reminder", "email"), ("reminder", "sms"),
    ("review", "email"), ("review", "sms"), ("rebook", "email"), ("rebook", "sms"),
}  # fmt: skip


def test_booking_by_staff_plans_everything(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    assert ahead(visit) == PLANNED_BY_DEFAULT
    details = Message.objects.get(visit=visit, kind=Kind.DETAILS, channel=Channel.EMAIL)
    assert details.due_at == NOW + timedelta(seconds=60)
    assert details.status == MessageStatus.PLANNED
    waiting = Message.objects.get(visit=visit, kind=Kind.DETAILS, channel=Channel.SMS)
    assert (waiting.status, waiting.due_at, waiting.fallback) == (MessageStatus.WAITING, None, "unread")
    reminder = Message.objects.get(visit=visit, kind=Kind.REMINDER, channel=Channel.EMAIL)
    assert reminder.due_at == NEXT_WEEK - timedelta(hours=48)


def test_every_message_has_its_own_random_key(scene: Scene) -> None:
    rows = messages(book(scene.calendar, scene.patient))
    assert len({row.uuid for row in rows}) == len(rows)
    assert {row.uuid.version for row in rows} == {4}


def test_planning_a_hundred_times_changes_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    before = list(Message.objects.order_by("id").values())
    for minute in range(100):
        replan(scene.practice, [visit.pk], NOW + timedelta(minutes=minute))
    assert list(Message.objects.order_by("id").values()) == before
    assert not MessageEvent.objects.exists()
