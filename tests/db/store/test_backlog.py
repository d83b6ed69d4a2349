"""What waits, as those who watch see it."""

from datetime import timedelta

from myosotis.store.models import Message
from myosotis.store.queue import backlog, feed
from tests.db.make import NOW, Scene, book, claim


def due(scene: Scene, *seconds: int) -> None:
    """Messages that have been due for so many seconds, and nothing else."""
    feed.feed(NOW)
    book(scene.calendar, scene.patient)
    first = Message.objects.filter(status="planned").earliest("id")
    Message.objects.exclude(id=first.pk).delete()
    for copy, since in enumerate(seconds, start=1):
        first.pk, first.copy, first.due_at = None, copy, NOW - timedelta(seconds=since)
        first.uuid = Message._meta.get_field("uuid").get_default()
        first.save(force_insert=True)
    Message.objects.filter(copy=0).delete()


def test_an_empty_queue(scene: Scene) -> None:
    due(scene)
    assert backlog.backlog(NOW) == backlog.Backlog(soon=0, now=0, overdue=0, oldest_seconds=0)


def test_soon_now_and_overdue_are_told_apart(scene: Scene) -> None:
    due(scene, -901, -900, -1, 0, 60, 61, 3600)
    assert backlog.backlog(NOW) == backlog.Backlog(soon=2, now=2, overdue=2, oldest_seconds=3600)


def test_what_somebody_works_on_does_not_wait(scene: Scene) -> None:
    due(scene, 30, 300)
    claim(Message.objects.get(due_at=NOW - timedelta(seconds=300)), NOW)
    assert backlog.backlog(NOW) == backlog.Backlog(soon=0, now=1, overdue=0, oldest_seconds=30)
