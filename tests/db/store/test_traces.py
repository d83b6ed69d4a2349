"""Traces say what messages say, whoever writes; nothing of a message outlives it, though no constraint looks after that."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import pytest
from django.db.models import Model

from myosotis.domain.lifecycle import Event
from myosotis.domain.words import Channel, Kind, MessageStatus, Party, Via
from myosotis.flows import visit_cancelled
from myosotis.store import bulk, pruning
from myosotis.store.models import (
    Message,
    MessageEvent,
    MessageLinks,
    MessageText,
    MessageTrace,
    QueueEntry,
)
from myosotis.store.models.message import ENDED
from myosotis.store.queue import feed, record
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, claim, hours, make_patient, messages, send_due

UNDONE = NOW + timedelta(seconds=60)
BESIDE: Final[tuple[type[Model], ...]] = (MessageEvent, MessageLinks, MessageText, MessageTrace, QueueEntry)
Trace = tuple[int, int, datetime | None, datetime | None, str]


def expected() -> set[Trace]:
    """The traces that the messages should have."""
    traces = {
        (row.pk, row.practice_id, row.sent_at, (row.finished_at or row.created_at) if row.status in ENDED else None,
         row.provider_id)
        for row in Message.objects.all()
    }  # fmt: skip
    return {trace for trace in traces if any(trace[2:])}


def traces() -> set[Trace]:
    rows = MessageTrace.objects.values_list("message_id", "practice_id", "sent_at", "ended_at", "provider_id")
    return set(rows)


def test_a_message_has_a_trace_from_when_it_left_or_ended(scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice, email="", phone=""))  # ends at once: there is no way
    visit = book(scene.calendar, scene.patient)
    assert traces() == expected() != set()
    assert not any(sent_at for _, _, sent_at, _, _ in traces())

    mail = messages(visit, kind=Kind.DETAILS, channel=Channel.EMAIL)[0]
    name = claim(mail, UNDONE)
    result = record.Result(
        message_id=mail.pk, claim=name, practice_id=scene.practice.pk, visit_id=visit.pk,
        channel=Channel.EMAIL, event=Event.ACCEPTED, at=UNDONE, provider="smtp", provider_id="4bXk2",
    )  # fmt: skip
    record.record([result], now=UNDONE)
    assert traces() == expected()
    assert (mail.pk, scene.practice.pk, UNDONE, None, "4bXk2") in traces()

    visit_cancelled.cancel(
        practice=scene.practice, visit_id=visit.pk, actor=ACTOR, now=UNDONE + hours(1),
        by=Party.PRACTICE, via=Via.DESK,
    )  # fmt: skip
    assert traces() == expected()
    assert any(trace[3] == UNDONE + hours(1) for trace in traces())


@pytest.mark.parametrize("at_once", [False, True])
def test_a_message_that_is_revived_loses_its_trace(scene: Scene, *, at_once: bool) -> None:
    rows = messages(book(scene.calendar, scene.patient), status=MessageStatus.PLANNED)
    columns, ids = ("status", "finished_at", "sent_at"), [row.pk for row in rows]

    def write(status: MessageStatus, finished: datetime | None, sent: datetime | None) -> None:
        if at_once:
            bulk.update(Message, columns, [(status.value, finished, sent, key) for key in ids])
        else:
            Message.objects.filter(id__in=ids).update(status=status, finished_at=finished, sent_at=sent)

    for status, finished, sent in (
        (MessageStatus.CANCELLED, NOW, None),
        (MessageStatus.PLANNED, None, None),
        (MessageStatus.PLANNED, None, UNDONE),  # put back: it may have left
        (MessageStatus.FAILED, NOW + hours(2), UNDONE),
        (MessageStatus.DELIVERED, NOW + hours(3), UNDONE),
    ):
        write(status, finished, sent)
        assert traces() == expected()
        assert {key for key, *_ in traces()} & set(ids) == (set(ids) if finished or sent else set())


def test_nothing_that_recording_changes_is_in_an_index_of_the_message() -> None:
    """Else PostgreSQL writes every index of the message anew (docs/adr/0067)."""
    meta = Message._meta
    indexed = {name for index in meta.indexes for name in _names(index)}
    indexed |= {name for rule in meta.constraints for name in getattr(rule, "fields", ())}
    indexed |= {field.name for field in meta.fields if getattr(field, "db_index", False) or field.unique}
    changed = set(record.COLUMNS) - {"due_at"}  # which only a message put back changes

    assert indexed & changed == set()


def _names(index: object) -> set[str]:
    """Everything that the text of an index names."""
    said = repr(index)
    return {field.name for field in Message._meta.fields if f"'{field.name}'" in said or f"({field.name})" in said}


def _prune(scene: Scene) -> None:
    del scene
    list(pruning.prune_messages(NEXT_WEEK + timedelta(days=1000)))


def _delete_messages(scene: Scene) -> None:
    scene.practice.messages.all().delete()


def _delete_visits(scene: Scene) -> None:
    scene.practice.visits.all().delete()


@pytest.mark.parametrize("remove", [_prune, _delete_messages, _delete_visits])
def test_nothing_of_a_message_outlives_it(scene: Scene, remove: Callable[[Scene], None]) -> None:
    gone = book(scene.calendar, scene.patient)
    for row in send_due(gone, NEXT_WEEK + timedelta(days=2)):
        MessageText.objects.create(message=row, practice=scene.practice, address="x@example.org", body="...")
        MessageEvent.objects.create(message=row, practice=scene.practice, at=NOW, status=row.status)
        MessageLinks.objects.create(message=row, practice=scene.practice, open_hash=row.uuid.bytes)
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK)
    feed.feed(NEXT_WEEK - timedelta(days=2))
    assert all(table._default_manager.exists() for table in BESIDE)

    remove(scene)

    left = set(Message.objects.values_list("id", flat=True))
    for table in BESIDE:
        assert set(table._default_manager.values_list("message_id", flat=True)) <= left, table
    assert not Message.objects.filter(visit=gone).exists()
