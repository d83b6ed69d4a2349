"""What should have left by now is found in the queue, however far that reaches, and what was sent long ago is not read."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Q

from myosotis.store.models import Message, QueueEntry
from myosotis.store.queue import feed, overdue
from tests.db.make import NOW, Scene, book, hours, make_practice

LATE = NOW - timedelta(minutes=10)
sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL chooses by what it knows of the rows")


def due(scene: Scene, *at: datetime) -> None:
    """Planned messages that are due then, and nothing else."""
    visit = book(scene.calendar, scene.patient)
    first = Message.objects.filter(visit=visit, status="planned").earliest("id")
    Message.objects.exclude(id=first.pk).delete()
    for copy, moment in enumerate(at, start=1):
        first.pk, first.copy, first.due_at = None, copy, moment
        first.uuid = Message._meta.get_field("uuid").get_default()
        first.save(force_insert=True)
    Message.objects.filter(copy=0).delete()


def found(among: Q) -> list[datetime]:
    late = overdue.messages(LATE, among).values_list("due_at", flat=True)
    return sorted(moment for moment in late if moment is not None)


def never_fed() -> None:
    """No dispatcher has run at all."""


def just_fed() -> None:
    feed.feed(NOW)


def fed_yesterday() -> None:
    feed.feed(NOW - hours(24))


@pytest.mark.parametrize("fed", [never_fed, just_fed, fed_yesterday])
def test_what_is_overdue_is_found_however_far_the_queue_reaches(scene: Scene, fed: Callable[[], None]) -> None:
    late = [NOW - hours(30), NOW - hours(23), NOW - hours(1), LATE]
    due(scene, *late, LATE + timedelta(seconds=1), NOW + hours(1))
    fed()
    assert found(Q()) == found(Q(practice=scene.practice)) == late
    assert found(Q(practice=make_practice())) == []


def test_what_was_planned_after_the_last_dispatcher_ended_is_found(scene: Scene) -> None:
    fed_yesterday()
    late = [NOW - hours(30), NOW - hours(23.5), NOW - hours(1)]
    due(scene, *late, NOW)
    assert QueueEntry.objects.count() == 2, "what lies behind the horizon has no entry"
    assert found(Q()) == late


def test_a_message_that_left_is_not_overdue(scene: Scene) -> None:
    fed_yesterday()
    due(scene, NOW - hours(30), NOW - hours(1))
    Message.objects.update(status="sent", sent_at=NOW)
    assert found(Q()) == []


def plan(scene: Scene) -> list[str]:
    sql, given = overdue.messages(LATE, Q(practice=scene.practice)).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", given)
        return [row[-1] for row in cursor.fetchall()]


@sqlite
def test_what_is_overdue_is_looked_up_by_the_queue(scene: Scene) -> None:
    just_fed()
    assert "SEARCH store_message USING INTEGER PRIMARY KEY (rowid=?)" in plan(scene)


@sqlite
def test_without_a_dispatcher_only_what_came_since_is_read(scene: Scene) -> None:
    fed_yesterday()
    steps = ["SEARCH store_message USING INDEX message_of_practice_due (practice_id=? AND <expr>>? AND <expr><?)"]
    assert plan(scene) == steps
