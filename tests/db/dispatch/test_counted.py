"""What happens to messages is counted for those who watch."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError
from prometheus_client import REGISTRY

from myosotis.dispatch.database import Database
from myosotis.domain.outcomes import Deferred, Refused, Trouble
from myosotis.flows import receipt_arrived
from myosotis.flows.receipt_arrived import Report
from myosotis.store.models import Message
from tests.db.dispatch.conftest import Post
from tests.db.make import NOW, Scene, book

UNDONE = NOW + timedelta(seconds=60)
Counted = Callable[..., float]


@pytest.fixture
def counted() -> Counted:
    """By how much a sample has grown since the test began."""
    before = {(s.name, *sorted(s.labels.items())): s.value for family in REGISTRY.collect() for s in family.samples}

    def grown(name: str, **labels: str) -> float:
        now = REGISTRY.get_sample_value(f"myosotis_{name}", labels) or 0.0
        return now - before.get((f"myosotis_{name}", *sorted(labels.items())), 0.0)

    return grown


def test_what_goes_is_counted_with_its_lateness(scene: Scene, post: Post, counted: Counted) -> None:
    book(scene.calendar, scene.patient)
    post.at(UNDONE + timedelta(seconds=3))

    assert counted("outcomes_total", provider="fake", channel="email", outcome="accepted") == 1
    assert counted("lateness_seconds_count", channel="email") == 1
    assert counted("lateness_seconds_sum", channel="email") == 3
    assert counted("lateness_seconds_bucket", channel="email", le="2.0") == 0
    assert counted("lateness_seconds_bucket", channel="email", le="5.0") == 1
    assert counted("claimed_messages_total") == counted("recorded_messages_total") == 1
    assert counted("claim_seconds_count") >= 1
    assert counted("record_seconds_count") >= 1
    assert counted("retries_total") == 0


def test_what_is_put_back_refused_and_released_is_counted(scene: Scene, post: Post, counted: Counted) -> None:
    book(scene.calendar, scene.patient)
    post.email.answers.extend([Deferred(trouble=Trouble.MESSAGE), Refused()])
    post.at(UNDONE)
    assert counted("outcomes_total", provider="fake", channel="email", outcome="deferred") == 1
    assert counted("retries_total") == 1

    post.at(UNDONE + timedelta(minutes=2))
    assert counted("outcomes_total", provider="fake", channel="email", outcome="refused") == 1
    assert counted("fallbacks_released_total", reason="first_wave_failed") == 1


def test_reports_are_counted(scene: Scene, post: Post, counted: Counted) -> None:
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    message = Message.objects.get(visit=visit, kind="details", channel="email")
    receipt_arrived.record(report=Report.DELIVERED, key=message.uuid.hex, now=UNDONE)
    assert counted("reports_total", provider="fake", report="delivered") == 1


@pytest.mark.django_db
def test_a_question_that_the_database_did_not_take_is_counted(counted: Counted) -> None:
    def fails() -> None:
        raise OperationalError("away")

    async def ask() -> None:
        with ThreadPoolExecutor(1) as thread, pytest.raises(OperationalError):
            await Database(thread)(fails)

    asyncio.run(ask())
    assert counted("database_errors_total", error="OperationalError") == 1
