"""A histogram fed by the batch says what prometheus_client's own says."""

from prometheus_client import CollectorRegistry, Histogram, generate_latest

from myosotis.metrics.spread import Spread

VALUES = [0.0, 0.1, 0.100001, 0.5, 3.0, 61.0, 7200.0]
BOUNDS = (0.1, 0.5, 60.0)


def test_it_counts_as_one_that_is_fed_one_by_one() -> None:
    registry, peer = CollectorRegistry(), CollectorRegistry()
    spread = Spread("late", "How late.", "channel", BOUNDS, registry=registry)
    one_by_one = Histogram("late", "How late.", ["channel"], buckets=BOUNDS, registry=peer)
    for channel in ("sms", "push"):
        spread.take(channel, VALUES[:3])
        spread.take(channel, VALUES[3:])
        for value in VALUES:
            one_by_one.labels(channel).observe(value)

    def samples(of: CollectorRegistry) -> list[str]:
        return sorted(line for line in generate_latest(of).decode().splitlines() if "_created" not in line)

    assert samples(registry) == samples(peer)
