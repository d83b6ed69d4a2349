"""The outbox of a practice: each message once, in the order of its time, page by page, found by the indexes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.domain.words import Channel, Kind, MessageStatus
from myosotis.store import listed
from myosotis.store.listed import Wanted
from myosotis.store.models import Message
from myosotis.store.models.message import ENDED
from tests.db.make import NOW, Scene, book, hours, make_calendar, make_doctor, make_patient, make_practice, send_due

DAY = Wanted(since=NOW - hours(12), until=NOW + hours(24 * 30))


@pytest.fixture
def busy(scene: Scene) -> Scene:
    """Ten visits: messages that left, are ahead, wait, were left out and failed."""
    for number in range(10):
        card: dict[str, Any] = {"email": ""} if number % 3 == 0 else {"phone": ""} if number % 3 == 1 else {}
        visit = book(scene.calendar, make_patient(scene.practice, **card), NOW + hours(24 * 9 + number))
        if number < 5:
            send_due(visit, NOW + timedelta(minutes=2))
    failed = Message.objects.filter(status=MessageStatus.SENT).first()
    assert failed is not None
    Message.objects.filter(id=failed.pk).update(status=MessageStatus.FAILED, finished_at=NOW + hours(1))
    return scene


def walked(scene: Scene, wanted: Wanted, size: int) -> list[Message]:
    found: list[Message] = []
    after = None
    while True:
        page = listed.page(scene.practice, wanted, after, size)
        found += page.messages
        if page.following is None:
            return found
        after = page.following


def at(message: Message) -> object:
    if message.status in ENDED:
        return message.finished_at or message.created_at
    return message.sent_at or message.due_at


@pytest.mark.parametrize("size", [1, 3, 7, 200])
def test_pages_hold_each_message_once_in_the_order_of_time(busy: Scene, size: int) -> None:
    found = walked(busy, DAY, size)

    expected = set(Message.objects.exclude(status=MessageStatus.WAITING).values_list("id", flat=True))
    assert {message.pk for message in found} == expected
    assert len(found) == len(expected)
    assert [at(message) for message in found] == sorted((at(message) for message in found), reverse=True)  # type: ignore[type-var] # instants


def test_waiting_messages_have_no_time_and_are_listed_alone(busy: Scene) -> None:
    waiting = Wanted(since=DAY.since, until=DAY.since, status=MessageStatus.WAITING)

    found = walked(busy, waiting, 2)
    assert {message.pk for message in found} == set(
        Message.objects.filter(status=MessageStatus.WAITING).values_list("id", flat=True)
    )
    assert len(found) == len({message.pk for message in found}) > 1


def test_counts_are_those_of_the_days_whatever_else_is_wanted(busy: Scene) -> None:
    counts = listed.counted(busy.practice, Wanted(since=DAY.since, until=DAY.until, kind=Kind.REVIEW))

    found = walked(busy, DAY, 200)
    assert counts == {
        status: sum(row.status == status for row in found)
        for status in MessageStatus
        if any(row.status == status for row in found)
    }


def test_filters_narrow(busy: Scene) -> None:
    other = make_calendar(busy.practice, make_doctor(busy.practice, "Jan Inny"))
    there = book(other, make_patient(busy.practice), NOW + hours(200))

    def keys(**given: object) -> set[tuple[str, str, str, int | None]]:
        wanted = Wanted(since=DAY.since, until=DAY.until, **given)  # type: ignore[arg-type] # as each case says
        return {(row.kind, row.channel, row.status, row.visit_id) for row in walked(busy, wanted, 200)}

    assert {kind for kind, *_ in keys(kind=Kind.REMINDER)} == {"reminder"}
    assert {channel for _, channel, *_ in keys(channel=Channel.SMS)} == {"sms"}
    assert {status for _, _, status, _ in keys(status=MessageStatus.FAILED)} == {"failed"}
    assert {visit for *_, visit in keys(calendar_id=other.pk)} == {there.pk}
    assert {visit for *_, visit in keys(doctor_id=other.doctor_id)} == {there.pk}
    assert {status for _, _, status, _ in keys(problems=True)} == {"failed"}


def test_a_kind_that_found_no_way_to_the_patient_is_a_problem(scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice, email="", phone=""))

    wanted = Wanted(since=DAY.since, until=DAY.until, problems=True)
    assert {row.channel for row in walked(scene, wanted, 50)} == {"none"}


def test_another_practice_sees_nothing(busy: Scene) -> None:
    other = make_practice(name="Inny gabinet")

    assert listed.page(other, DAY).messages == []
    assert listed.page(other, Wanted(since=DAY.since, until=DAY.until, status=MessageStatus.WAITING)).messages == []
    assert listed.counted(other, DAY) == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite's planner")
def test_each_reading_finds_its_index(busy: Scene) -> None:
    with CaptureQueriesContext(connection) as asked:
        listed.page(busy.practice, DAY)
    with connection.cursor() as cursor:
        plans = []
        for query in asked.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plans.append(" ".join(row[3] for row in cursor.fetchall()))
    text = " | ".join(plans)
    for index in ("message_sent", "message_ended", "message_of_practice_due"):
        assert index in text, text
    assert "TEMP B-TREE" not in text, text
    assert "message_once" not in text, text
