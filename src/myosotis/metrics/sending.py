"""What a dispatcher counts: batch by batch, not message by message."""

from collections import Counter as Tally
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from prometheus_client import Counter, Gauge, Histogram

from myosotis.metrics.spread import Spread

LATENESS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)
"""Seconds. Reminders are late from two seconds on (docs/benchmarks.md), and patients notice from minutes on."""
STATEMENTS: Final = (0.002, 0.004, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)
"""Seconds that a batch may take in the database."""

lateness: Final = Spread(
    "myosotis_lateness_seconds", "From the time a message was due until it was handed over.", "channel", LATENESS
)
claim_seconds: Final = Histogram(
    "myosotis_claim_seconds", "Time of one claim in the database that brought something.", buckets=STATEMENTS
)
claimed: Final = Counter("myosotis_claimed_messages", "Messages claimed.")
record_seconds: Final = Histogram(
    "myosotis_record_seconds", "Time of recording one batch of results in the database.", buckets=STATEMENTS
)
recorded: Final = Counter("myosotis_recorded_messages", "Results recorded.")
record_failures: Final = Counter("myosotis_record_failures", "Batches of results that the database did not take.")
outcomes: Final = Counter("myosotis_outcomes", "What providers answered.", ["provider", "channel", "outcome"])
retries: Final = Counter("myosotis_retries", "Messages put back to be tried again later.")
rescued: Final = Counter("myosotis_rescued_messages", "Messages that a dead dispatcher had left claimed.")
clock_apart: Final = Gauge(
    "myosotis_clock_apart_seconds", "By how much the database's clock is ahead of this dispatcher's (PostgreSQL)."
)
loop_lag: Final = Histogram(
    "myosotis_loop_lag_seconds",
    "How late the event loop is for a nap of one second.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)


class Answered(NamedTuple):
    """What a provider answered to one message."""

    provider: str
    channel: str
    outcome: str
    """Accepted, Deferred, Refused, Unclear."""
    due_at: datetime
    at: datetime


def count(answers: Sequence[Answered]) -> None:
    """Count what was answered since the last batch, and how late it was."""
    for (provider, channel, outcome), number in Tally([answer[:3] for answer in answers]).items():
        outcomes.labels(provider, channel, outcome.lower()).inc(number)
    late: dict[str, list[float]] = {}
    for answer in answers:
        late.setdefault(answer.channel, []).append(max((answer.at - answer.due_at).total_seconds(), 0.0))
    for channel, seconds in late.items():
        lateness.take(channel, seconds)
