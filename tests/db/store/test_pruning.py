"""What is kept only for a time (docs/rules.md 6)."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from django.db import connection
from structlog.testing import capture_logs

from myosotis.dispatch.clocks import Clocks
from myosotis.dispatch.database import Database
from myosotis.dispatch.pruner import Pruner, Turn, prune
from myosotis.domain.words import CallResult
from myosotis.store import pruning, upkeep
from myosotis.store.models import (
    CallNote,
    Hold,
    IdempotencyKey,
    ImportBatch,
    IncomingMessage,
    Message,
    MessageEvent,
    MessageText,
    PhoneVerification,
    Upkeep,
    Visit,
)
from tests.db.make import NEXT_WEEK, NOW, Scene, book, make_patient, make_service, messages, send_due

SECOND = timedelta(seconds=1)


def told(scene: Scene) -> tuple[Visit, datetime]:
    """A visit whose messages all left, each with its text; and when it ended."""
    visit = book(scene.calendar, scene.patient)
    for row in send_due(visit, NEXT_WEEK + timedelta(days=2)):
        MessageText.objects.create(message=row, practice=scene.practice, address="x@example.org", body="...")
    return visit, visit.end


def test_texts_and_addresses_go_90_days_after_the_visit_and_the_rows_stay(scene: Scene) -> None:
    visit, end = told(scene)
    rows = len(messages(visit))

    prune(end + timedelta(days=90))
    assert MessageText.objects.exists()
    prune(end + timedelta(days=90) + SECOND)

    assert not MessageText.objects.exists()
    assert len(messages(visit)) == rows


def test_the_rows_go_after_24_months(scene: Scene) -> None:
    visit, end = told(scene)
    Message.objects.filter(visit=visit, status__in=["planned", "waiting"]).update(status="expired")
    MessageEvent.objects.create(practice=scene.practice, message=messages(visit)[0], at=NOW, status="sent")

    prune(end + timedelta(days=730))
    assert messages(visit)
    prune(end + timedelta(days=730) + SECOND)

    assert messages(visit) == []
    assert not MessageEvent.objects.exists()


def test_what_was_noted_of_calls_goes_90_days_after_the_visit(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    CallNote.objects.create(
        practice=scene.practice, visit=visit, revision=1, at=NOW, result=CallResult.REACHED, note="Boi się igieł.",
        actor="staff:1",
    )  # fmt: skip
    prune(visit.end + timedelta(days=90))
    assert CallNote.objects.get().note
    prune(visit.end + timedelta(days=90) + SECOND)
    assert (CallNote.objects.get().note, CallNote.objects.get().result) == ("", CallResult.REACHED)


def test_what_patients_wrote_goes_after_90_days(scene: Scene) -> None:
    IncomingMessage.objects.create(
        practice=scene.practice, channel="sms", sender=scene.patient.phone, text="...", received_at=NOW
    )
    prune(NOW + timedelta(days=90))
    assert IncomingMessage.objects.exists()
    prune(NOW + timedelta(days=90) + SECOND)
    assert not IncomingMessage.objects.exists()


def test_remembered_answers_of_the_api_go_after_a_day_even_if_nobody_calls_again(scene: Scene) -> None:
    IdempotencyKey.objects.create(practice=scene.practice, key="a", fingerprint="f", body="...", created_at=NOW)
    prune(NOW + timedelta(days=1))
    assert IdempotencyKey.objects.exists()
    prune(NOW + timedelta(days=1) + SECOND)
    assert not IdempotencyKey.objects.exists()


def test_what_was_typed_into_a_form_goes_an_hour_after_its_time_and_the_hold_two_days_later(scene: Scene) -> None:
    over = NOW + timedelta(minutes=10)
    hold = Hold.objects.create(
        practice=scene.practice, calendar=scene.calendar, service=make_service(scene.calendar), key_hash=b"k",
        start=NEXT_WEEK, end=NEXT_WEEK + timedelta(minutes=30), created_at=NOW, expires_at=over, entered=b"sealed",
    )  # fmt: skip
    for held in (hold, None):
        PhoneVerification.objects.create(
            practice=scene.practice, purpose="booking", phone="+48600100200", hold=held, language="pl", created_at=NOW,
            expires_at=over,
        )  # fmt: skip

    def typed() -> bytes:
        return bytes(Hold.objects.get(pk=hold.pk).entered)

    prune(over + timedelta(hours=1) - SECOND)
    assert typed() == b"sealed"
    prune(over + timedelta(hours=1))
    assert typed() == b""
    prune(NOW + timedelta(days=2))
    assert PhoneVerification.objects.count() == 2
    prune(NOW + timedelta(days=2) + SECOND)
    assert not Hold.objects.exists()
    assert not PhoneVerification.objects.exists()


def test_refused_rows_of_an_import_go_after_24_months_and_the_import_stays(scene: Scene) -> None:
    problems = [{"row": 3, "field": "phone", "code": "phone_unusable", "allowed": []}]
    batch = ImportBatch.objects.create(
        practice=scene.practice, what="visits", file_hash="0" * 64, started_at=NOW, problems=problems
    )
    prune(NOW + timedelta(days=730))
    batch.refresh_from_db()
    assert batch.problems == problems
    prune(NOW + timedelta(days=730) + SECOND)
    batch.refresh_from_db()
    assert batch.problems == []


def test_long_tables_go_in_batches_from_the_oldest_row_to_the_first_young_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also past rows that must stay longer: visits booked far ahead."""
    monkeypatch.setattr(pruning, "BATCH", 2)
    now = NEXT_WEEK + timedelta(days=100)
    ends = [NEXT_WEEK, now, NEXT_WEEK, NEXT_WEEK, now, now]
    made = [NOW, NOW, NOW, NOW, now - timedelta(days=1), now - timedelta(days=1)]
    for number, (end, created) in enumerate(zip(ends, made, strict=True)):
        visit = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(hours=number))
        Visit.objects.filter(pk=visit.pk).update(start=end - timedelta(hours=1), end=end)
        mail = messages(visit)[0]
        Message.objects.filter(pk=mail.pk).update(created_at=created)
        MessageText.objects.create(message=mail, practice=scene.practice, address=f"{number}", body="...")

    assert list(pruning.prune_texts(now)) == [1, 2, 0]
    assert sorted(MessageText.objects.values_list("address", flat=True)) == ["1", "4", "5"]


def test_one_dispatcher_takes_a_turn_and_says_what_it_came_to(db: None) -> None:
    hour = timedelta(hours=1)
    assert upkeep.take("hourly", hour, NOW)
    assert not upkeep.take("hourly", hour, NOW + hour - SECOND)
    assert upkeep.take("hourly", hour, NOW + hour)
    upkeep.ended("hourly", {"texts": 3}, NOW + hour)
    row = Upkeep.objects.get()
    assert (row.begun_at, row.ended_at, row.counts) == (NOW + hour, NOW + hour, {"texts": 3})


def test_a_duty_that_fails_keeps_none_of_the_others_from_being_done() -> None:
    asked: list[str] = []

    class Here:
        """A database that is asked at once, and notes what is written of a turn."""

        async def __call__(self, function: Any, *given: Any) -> Any:
            if function is upkeep.ended:
                asked.append("ended")
                return None
            return function(*given)

    def fails(now: datetime) -> Iterator[int]:
        if now == NOW:
            raise LookupError("of a patient")
        yield 0

    def works(_now: datetime) -> Iterator[int]:
        asked.append("works")
        yield 2

    database = cast("Database", Here())
    pruner = Pruner(database, Clocks(database), now=lambda: NOW)
    with capture_logs() as logs:
        asyncio.run(pruner.take(Turn(name="t", every=SECOND, duties={"bad": fails, "good": works}), NOW))
        assert asked == ["works"]
        asyncio.run(pruner.take(Turn(name="t", every=SECOND, duties={"good": works}), NOW))
    assert asked == ["works", "works", "ended"]
    assert [line["event"] for line in logs] == ["duty_failed", "pruned", "pruned"]
    assert "of a patient" not in str(logs)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks its planner")
@pytest.mark.parametrize("rows", [pruning.old_texts, pruning.old_messages], ids=["texts", "messages"])
def test_the_next_batch_is_found_by_its_keys_and_nothing_is_sorted(db: None, rows: Callable[[int], Any]) -> None:
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):  # with few rows the planner would rather
            cursor.execute(f"SET LOCAL enable_{way} = off")
    plan = rows(1000)[:1000].explain()
    assert "Sort" not in plan
    assert "Seq Scan" not in plan
