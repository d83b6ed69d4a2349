"""What nobody can make sense of stops only itself, and staff see it (docs/rules.md 7.5)."""

import asyncio
from datetime import datetime, timedelta
from typing import cast

import pytest
import structlog
from django.db import connection
from structlog.testing import capture_logs

from myosotis.dispatch import claimer, expirer, loop, rescuer
from myosotis.dispatch.database import Database
from myosotis.dispatch.loop import Dispatcher, Pace
from myosotis.domain import fallback
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import Channel, Kind, Reason
from myosotis.store.models import Message, MessageEvent, ProviderAccount, Visit
from myosotis.store.queue import expire, feed
from tests.db.dispatch.conftest import Post
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_calendar, make_patient, make_practice, messages

UNDONE = NOW + timedelta(seconds=60)


def three(scene: Scene) -> list[Visit]:
    return [book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(n)) for n in range(3)]


def mail_of(visit: Visit) -> Message:
    return messages(visit, kind=Kind.DETAILS, channel="email")[0]


def test_a_row_of_a_kind_that_nobody_knows_ends_and_the_others_go(scene: Scene, post: Post) -> None:
    visits = three(scene)
    bad = mail_of(visits[1])
    Message.objects.filter(pk=bad.pk).update(kind="telegram")

    with capture_logs() as logs:
        post.at(UNDONE)

    bad.refresh_from_db()
    assert (bad.status, bad.reason, bad.detail) == ("failed", Reason.CANNOT_RENDER, "KeyError")
    assert MessageEvent.objects.get(message=bad).status == "failed"
    assert [mail_of(visit).status for visit in (visits[0], visits[2])] == ["sent", "sent"]
    assert [line["message"] for line in logs if line["event"] == "message_damaged"] == [bad.pk]


@pytest.mark.parametrize(("table", "column"), [("store_visit", "booked_at"), ("store_message", "expires_at")])
def test_a_moment_that_no_calendar_has_stops_only_itself(scene: Scene, post: Post, table: str, column: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite stores no such moment")
    visits = three(scene)
    bad = mail_of(visits[1])
    key = bad.pk if table == "store_message" else visits[1].pk
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = 'infinity' WHERE id = %s", [key])  # noqa: S608 - our own names

    with capture_logs():
        post.at(UNDONE)

    assert Message.objects.filter(pk=bad.pk).values_list("status", flat=True).get() == "failed"
    assert [mail_of(visit).status for visit in (visits[0], visits[2])] == ["sent", "sent"]


def test_a_row_that_cannot_be_expired_does_not_keep_the_others(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = three(scene)
    bad = mail_of(visits[0])
    Message.objects.filter(pk=bad.pk).update(detail="damaged")
    really = expire._end

    def end(status: object, reason: str, sent_at: datetime | None, detail: str) -> tuple[str, str, str]:
        if detail == "damaged":
            raise ValueError(detail)
        return really(status, reason, sent_at, detail)  # type: ignore[arg-type]  # whatever it is given

    monkeypatch.setattr(expire, "_end", end)

    post.at(NEXT_WEEK + hours(3))

    assert [mail_of(visit).status for visit in visits] == ["failed", "expired", "expired"]


def test_a_visit_whose_fallback_cannot_be_decided_keeps_no_other_from_being_recorded(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = three(scene)
    really = fallback.decide

    def decide(facts: VisitFacts, message: ExistingMessage, now: datetime) -> fallback.Decision:
        if facts.visit_id == visits[0].pk:
            raise LookupError
        return really(facts, message, now)

    monkeypatch.setattr(fallback, "decide", decide)

    post.at(UNDONE)

    assert [mail_of(visit).status for visit in visits] == ["sent"] * 3
    waiting = [messages(visit, kind=Kind.DETAILS, channel="sms")[0].status for visit in visits]
    assert waiting == ["waiting", "planned", "planned"]


@pytest.mark.parametrize("duty", [(expirer, "end"), (rescuer.Rescuer, "settle")], ids=lambda duty: duty[1])
def test_a_duty_that_fails_keeps_no_message_from_going(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch, duty: tuple[object, str]
) -> None:
    def fails(*_given: object, **_more: object) -> int:
        raise LookupError("of a patient")

    monkeypatch.setattr(*duty, fails)
    visit = book(scene.calendar, scene.patient)

    with capture_logs() as logs:
        post.at(UNDONE)

    assert mail_of(visit).status == "sent"
    assert any(line["event"] == "duty_failed" for line in logs)
    assert "of a patient" not in str(logs)


def test_a_damaged_account_of_one_practice_stops_no_other(scene: Scene, post: Post) -> None:
    other = make_practice("Inna")
    book(scene.calendar, scene.patient)
    good = book(make_calendar(other), make_patient(other))
    ProviderAccount.objects.filter(practice=scene.practice, channel=Channel.EMAIL).update(settings=["no", "table"])

    post.at(UNDONE)

    assert mail_of(good).status == "sent"


def test_a_look_that_fails_does_not_end_the_dispatcher(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []

    class Away:
        """A database whose first answer to a claim cannot be made sense of."""

        async def __call__(self, function: object, *_given: object, **_more: object) -> object:
            if function is feed.feed:
                return NOW + timedelta(hours=1)
            if function is not claimer.catch:
                return 0
            looks.append(function)
            if len(looks) == 1:
                raise LookupError("of a patient")
            dispatcher.stop()
            return claimer.Catch(messages=(), accounts={}, probes=frozenset(), breakers={}, wake_at=None, is_full=False)

    monkeypatch.setattr(loop, "PAUSE", 0.0)
    monkeypatch.setattr(loop, "log", structlog.get_logger())  # one that was used keeps the processors of its first use
    dispatcher = Dispatcher(cast("Database", Away()), now=lambda: NOW, pace=Pace())
    with capture_logs() as logs:
        asyncio.run(dispatcher.run())

    assert len(looks) == 2
    assert [line["error"] for line in logs if line["event"] == "look_failed"] == ["LookupError"]
