"""Ending what could not go in time, and offers whose time has come."""

from datetime import datetime

import structlog

from myosotis.store.offers import ending
from myosotis.store.queue import expire

log = structlog.get_logger(__name__)


def end(now: datetime) -> int:
    """End what expired by `now` (UTC), with the reason; how many messages."""
    count = expire.expire(now)
    if count:
        log.info("expired", messages=count)
    closed = ending.sweep(now)
    if closed:
        log.info("offers_closed", offers=closed)
    return count
