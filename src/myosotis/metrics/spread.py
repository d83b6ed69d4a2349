"""A histogram that is fed a batch at a time: counting a message must cost next to nothing beside sending it."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry


class Spread(Collector):
    """How values of several series spread over buckets; of one process (the dispatcher is one)."""

    def __init__(
        self, name: str, text: str, label: str, bounds: Sequence[float], *, registry: CollectorRegistry = REGISTRY
    ) -> None:
        """`bounds` are the upper ends of the buckets, rising; what is above the last is counted too."""
        self._name, self._text, self._label = name, text, label
        self._bounds = tuple(map(float, bounds))
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        self._lock = threading.Lock()
        registry.register(self)

    def take(self, series: str, values: Iterable[float]) -> None:
        """Count these values in one series."""
        with self._lock:
            counts = self._counts.setdefault(series, [0] * (len(self._bounds) + 1))
            total = 0.0
            for value in values:
                counts[bisect_left(self._bounds, value)] += 1
                total += value
            self._sums[series] = self._sums.get(series, 0.0) + total

    def describe(self) -> Iterator[Metric]:
        yield self._empty()

    def collect(self) -> Iterator[Metric]:
        """As Prometheus reads it: each bucket holds all below it too."""
        family = self._empty()
        with self._lock:
            for series, counts in self._counts.items():
                family.add_metric([series], list(self._cumulated(counts)), self._sums[series])
        yield family

    def _cumulated(self, counts: Sequence[int]) -> Iterator[tuple[str, float]]:
        so_far = 0
        for bound, count in zip((*self._bounds, "+Inf"), counts, strict=True):
            so_far += count
            yield str(bound), so_far

    def _empty(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self._name, self._text, labels=[self._label])
