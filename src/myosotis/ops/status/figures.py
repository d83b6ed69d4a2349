"""Figures that are read from the database when Prometheus asks, and those that never change."""

import platform
import threading
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

import structlog
from django.db import Error, connection
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from myosotis import clock
from myosotis.dispatch import breakers
from myosotis.store.queue.backlog import Backlog, backlog

KEPT: Final = 5.0
"""Seconds for which the queue is not looked at again, however many ask."""
MOST_BREAKERS: Final = 50
"""Accounts that are named; with more in trouble than that, one looks at the desk's list and not at a board."""

log = structlog.get_logger(__name__)


class Build(Collector):
    """Which version runs, on what."""

    def __init__(self, process: str) -> None:
        self._process = process

    def describe(self) -> Iterator[Metric]:
        yield self._family()

    def collect(self) -> Iterator[Metric]:
        family = self._family()
        family.add_metric([version("myosotis"), platform.python_version(), connection.vendor, self._process], 1)
        yield family

    @staticmethod
    def _family() -> GaugeMetricFamily:
        labels = ["version", "python", "database", "process"]
        return GaugeMetricFamily("myosotis_build_info", "What runs.", labels=labels)


class Queue(Collector):
    """What waits in the message table, and which accounts rest. Each dispatcher says it of the whole installation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._last: tuple[Metric, ...] = ()

    def describe(self) -> Iterator[Metric]:
        yield from (self._planned(), self._oldest(), self._accounts(), self._open(), self._reachable())

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() - self._looked_at > KEPT:
                self._last = tuple(self._look())
                self._looked_at = time.monotonic()
            yield from self._last

    def _look(self) -> Iterator[Metric]:
        now = clock.now()
        reachable = self._reachable()
        try:
            ahead, open_accounts = backlog(now), _open_accounts()
        except Error as error:
            log.warning("figures_not_read", error=type(error).__name__)
            reachable.add_metric([], 0)
        else:
            reachable.add_metric([], 1)
            yield from self._of_queue(ahead)
            yield from self._of_accounts(open_accounts)
        finally:
            connection.close()
        yield reachable

    def _of_queue(self, ahead: Backlog) -> Iterator[Metric]:
        planned = self._planned()
        for word, count in (("soon", ahead.soon), ("now", ahead.now), ("overdue", ahead.overdue)):
            planned.add_metric([word], count)
        yield planned
        oldest = self._oldest()
        oldest.add_metric([], ahead.oldest_seconds)
        yield oldest

    def _of_accounts(self, accounts: list[str]) -> Iterator[Metric]:
        number = self._accounts()
        number.add_metric([], len(accounts))
        yield number
        named = self._open()
        for account in accounts[:MOST_BREAKERS]:
            named.add_metric([account], 1)
        yield named

    @staticmethod
    def _planned() -> GaugeMetricFamily:
        text = "Messages that are due: soon (in 15 minutes), now, or overdue (for more than a minute)."
        return GaugeMetricFamily("myosotis_messages_planned", text, labels=["due"])

    @staticmethod
    def _oldest() -> GaugeMetricFamily:
        text = "For how long the oldest message that is due and not yet claimed has been due."
        return GaugeMetricFamily("myosotis_queue_age_seconds", text)

    @staticmethod
    def _accounts() -> GaugeMetricFamily:
        return GaugeMetricFamily("myosotis_breakers_open", "Accounts that rest after trouble with their provider.")

    @staticmethod
    def _open() -> GaugeMetricFamily:
        text = "1 for each account that rests: the practice's id or *, and the channel."
        return GaugeMetricFamily("myosotis_breaker_open", text, labels=["account"])

    @staticmethod
    def _reachable() -> GaugeMetricFamily:
        return GaugeMetricFamily("myosotis_database_up", "Whether the database answered when the figures were read.")


def _open_accounts() -> list[str]:
    """Keys of accounts that rest or are being tried out, in a steady order."""
    known = breakers.load()
    return sorted(account.key for account, breaker in known.items() if breaker.open_until is not None)
