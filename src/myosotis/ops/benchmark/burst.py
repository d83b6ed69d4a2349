"""One practice's burst beside the steady messages of others; then steady sending alone: how late each message left."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from myosotis import clock
from myosotis.ops.benchmark import due, race, sms
from myosotis.ops.benchmark.figures import PER_SECOND, Figure, at_most
from myosotis.ops.benchmark.ground import Ground
from myosotis.ops.benchmark.race import Race, Recorded
from myosotis.ops.benchmark.rows import moment

OTHERS: Final = 5
"""Practices that send as always."""
A_SECOND: Final = 20
"""Messages of each of them."""
AROUND: Final = 10
"""Seconds for which they send, from two seconds before the burst on; and longer, the bigger it is."""
STEADY: Final = 500
START: Final = timedelta(seconds=8)
"""For the dispatcher to start in."""
MADE_A_SECOND: Final = 2_000
"""Rows are made faster; but nothing may be due before all are there."""
LATE: Final = """SELECT percentile_disc({share}) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - due_at)) * 1000
    FROM store_message WHERE due_at >= '{since}' AND {which}"""
LAST: Final = (
    "SELECT extract(epoch FROM max(sent_at) - min(due_at)) * 1000 FROM store_message WHERE practice_id = {key}"
)


def measure(ground: Ground) -> Iterator[Figure]:
    with closing(Recorded(ground.url, sms.SENT)) as done:
        yield from _burst(ground, done)
        yield from _steadily(ground, done)


def _burst(ground: Ground, done: Recorded) -> Iterator[Figure]:
    size = ground.options.burst
    seconds = AROUND + size // 5_000
    at = _beginning(size + OTHERS * A_SECOND * seconds)
    practice = due.make(size, at, due=moment(at, f"n / {size}.0"))
    for _ in range(OTHERS):
        due.make(A_SECOND * seconds, at, due=moment(at - timedelta(seconds=2), f"n / {A_SECOND}.0"))
    found = _run(ground, size + OTHERS * A_SECOND * seconds, done)
    of_others = f"practice_id <> {practice.pk}"
    p50, p99 = (_late(done, share, at - timedelta(hours=1), of_others) for share in (0.5, 0.99))
    yield Figure(
        name=f"lateness of others' messages in a burst of {size:,}, p99", value=p99, unit="ms",
        beside=f"p50 {p50:.0f} ms", target=at_most(2000),
    )  # fmt: skip
    drained = done.count(LAST.format(key=practice.pk)) / 1000
    yield Figure(
        name="the burst is drained", value=size / drained, unit=PER_SECOND, beside=f"in {drained:.1f} s", ours=True
    )
    yield Figure(
        name="the dispatcher's memory, at the most", value=found.memory, unit="MB",
        beside=f"{found.growth:.0f} MB more than at the first message", target=at_most(300),
    )  # fmt: skip


def _steadily(ground: Ground, done: Recorded) -> Iterator[Figure]:
    messages = STEADY * ground.options.seconds
    at = _beginning(messages)
    due.make(messages, at, due=moment(at, f"n / {STEADY}.0"))
    _run(ground, messages, done)
    p50, p99 = (_late(done, share, at, "true") for share in (0.5, 0.99))
    yield Figure(
        name=f"lateness at a steady {STEADY}/s for {ground.options.seconds} s, p99", value=p99, unit="ms",
        beside=f"p50 {p50:.0f} ms", target=at_most(1000),
    )  # fmt: skip


def _beginning(messages: int) -> datetime:
    return clock.wall() + START + timedelta(seconds=messages / MADE_A_SECOND)


def _run(ground: Ground, messages: int, done: Recorded) -> Race:
    """A gateway of its own counts from nothing."""
    with ground.server("gateway") as gateway, ground.dispatchers(1, sms.account(gateway.port)) as programs:
        whose = {"dispatcher": [program.pid for program in programs], **sms.others(done, gateway)}
        return race.run(gateway.tally, messages, done, programs=programs, whose=whose)


def _late(done: Recorded, share: float, since: datetime, which: str) -> float:
    """Milliseconds."""
    return done.count(LATE.format(share=share, since=since.isoformat(), which=which))
