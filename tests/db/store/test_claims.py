"""What a claim and its end cost the server: found by the message, and the disk is waited for once, by the note."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from myosotis.store.queue import claim, claims, feed
from tests.db.make import NOW, Scene, make_many

pytestmark = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="asks PostgreSQL what it does")


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@contextmanager
def explained() -> Iterator[list[str]]:
    """The plans of what is deleted meanwhile."""
    plans: list[str] = []

    def explain(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if "DELETE" in sql:
            with context["cursor"].db.connection.cursor() as cursor:
                plans.extend(line for (line,) in cursor.execute(f"EXPLAIN {sql}", parameters).fetchall())
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(explain):
        yield plans


def test_claims_that_end_are_found_by_their_messages(scene: Scene) -> None:
    """By the index of claims, which was empty when the server counted, each would be compared with each of its batch."""
    feed.feed(NOW)
    make_many(scene.practice, 3000, NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE store_queueentry")
    held = [one.held for one in claim.claim(worker="me", now=NOW, limit=500)]

    with explained() as plans:
        assert len(claims.take(held)) == 500

    assert any("held.message" in line for line in plans)
    assert not any("queue_claimed" in line for line in plans)


@pytest.mark.django_db(transaction=True)
def test_a_claim_does_not_wait_for_the_disk_and_what_follows_does(scene: Scene) -> None:
    feed.feed(NOW)
    make_many(scene.practice, 3, NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # as everywhere but in tests
    with transaction.atomic():
        assert len(claim.claim(worker="me", now=NOW, limit=2)) == 2
        assert setting("synchronous_commit") == "off"
    assert len(claim.claim(worker="me", now=NOW, limit=2, in_turns=True)) == 1
    assert setting("synchronous_commit") == "on"
