"""Claiming and recording while many more messages are planned: what a batch of 500 costs, and how much it writes.

Just after a checkpoint every touched page is written whole to the WAL; while somebody holds a snapshot (a dump) nothing that died
since can be removed. Both are measured, with the same messages planned for the weeks to come, in no order.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import psycopg
from django.db import connection

from myosotis import clock
from myosotis.dispatch import worker
from myosotis.domain.lifecycle import Event
from myosotis.ops.benchmark import due, planned
from myosotis.ops.benchmark.figures import Figure, at_most, percentile
from myosotis.ops.benchmark.ground import Ground
from myosotis.store.models import QueueEntry
from myosotis.store.queue import claim, feed, record
from myosotis.store.queue.claim import Claimed
from myosotis.value_class import value_class

BATCH: Final = 500
CONDITIONS: Final = ("just after a checkpoint", "a while after it", "while a dump holds its snapshot")
CHECKPOINTED, SETTLED, DUMPED = CONDITIONS
SPARE: Final = 1.1
"""Chance decides which messages are due: a few more, so that there are enough."""


@value_class
class Cost:
    """Of batches of 500 in one condition."""

    claim: float
    """ms, the middle one."""
    record: float
    claim_wal: float
    """Bytes a message."""
    record_wal: float

    @property
    def a_message(self) -> float:
        """Microseconds of both."""
        return (self.claim + self.record) / BATCH * 1e3


def measure(ground: Ground) -> Iterator[Figure]:
    practice, there = due.practice_of_forty(clock.wall()), 0
    found: list[dict[str, Cost]] = []
    for size in ground.options.planned:
        wanted = len(CONDITIONS) * (ground.options.batches + 1) * BATCH
        planned.add(practice, size - there, round(wanted * SPARE), clock.wall())
        there = size
        yield _filled(size)
        found.append({name: _measured(ground, name) for name in CONDITIONS})
        for name in CONDITIONS:
            yield from _figures(size, name, found[-1], last=size == max(ground.options.planned))
    small, big = (costs[SETTLED].a_message for costs in (found[0], found[-1]))
    yield Figure(name="a message's claim and record, of most by fewest planned", value=big / small, target=at_most(1.2))


def _filled(size: int) -> Figure:
    """What the next dispatcher does that starts after the triggers were off: the whole table is asked, once."""
    began = time.perf_counter()
    feed.refill(clock.wall())
    seconds, entries = time.perf_counter() - began, QueueEntry.objects.count()
    return Figure(
        name=f"the queue filled from {size:,} planned", value=seconds, unit="s", beside=f"{entries:,} entries"
    )


def _figures(size: int, name: str, costs: dict[str, Cost], *, last: bool) -> Iterator[Figure]:
    cost = costs[name]
    limit = 1.5 * costs[SETTLED].claim if name == DUMPED else 6.0
    yield Figure(
        name=f"claim 500 of {size:,} planned, {name}", value=cost.claim, unit="ms",
        beside=f"record {cost.record:.1f} ms", target=at_most(limit) if last else None,
    )  # fmt: skip
    yield Figure(
        name="its WAL a message", value=cost.claim_wal, unit="bytes",
        beside=f"record {cost.record_wal:,.0f} bytes", target=at_most(1000) if last else None,
    )  # fmt: skip


def _measured(ground: Ground, condition: str) -> Cost:
    if condition == CHECKPOINTED:
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
    else:
        _batch()  # leaves the first things to be found and compiled to nobody's account
    with _snapshot(ground.url, held=condition == DUMPED):
        batches = [_batch() for _ in range(ground.options.batches)]
    claims, records, claim_wal, record_wal = (list(column) for column in zip(*batches, strict=True))
    messages = BATCH * len(batches)
    return Cost(
        claim=percentile(claims, 0.5),
        record=percentile(records, 0.5),
        claim_wal=sum(claim_wal) / messages,
        record_wal=sum(record_wal) / messages,
    )


def _batch() -> tuple[float, float, int, int]:
    """Claim and record one: ms of each, bytes of each."""
    now, me = clock.wall(), worker.name()
    before, began = _written(), time.perf_counter()
    messages = claim.claim(worker=me, now=now, limit=BATCH)
    claimed, between = time.perf_counter(), _written()
    if len(messages) != BATCH:
        raise RuntimeError(f"only {len(messages)} were due")
    results, recording = [_accepted(message, now) for message in messages], time.perf_counter()
    record.record(results, now=now)
    recorded, after = time.perf_counter(), _written()
    return (claimed - began) * 1e3, (recorded - recording) * 1e3, between - before, after - between


def _written() -> int:
    """Bytes of WAL so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def _accepted(message: Claimed, now: datetime) -> record.Result:
    text = record.SaidText(address="+48600000000", subject="", body="Przypominamy o wizycie w srode o 10:00. {open}")
    return record.Result(
        message_id=message.id, claim=message.claim, practice_id=message.practice_id, visit_id=message.visit_id,
        channel=message.channel, event=Event.ACCEPTED, at=now, text=text, provider="smsapi",
        provider_id=f"{message.id:024X}", parts=1,
    )  # fmt: skip


@contextmanager
def _snapshot(url: str, *, held: bool) -> Iterator[None]:
    """Of somebody else, as pg_dump holds one for as long as it takes."""
    if not held:
        yield
        return
    with psycopg.connect(url) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("SELECT count(*) FROM store_practice")
        yield
