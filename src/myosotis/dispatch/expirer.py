"""Ending what could not go in time, and offers whose time has come."""

from datetime import datetime

import structlog

from myosotis.store.offers import ending
from myosotis.store.question import together
from myosotis.store.queue import expire

log = structlog.get_logger(__name__)


def end(now: datetime) -> int:
    """End what expired by `now` (UTC), with the reason; how many messages. Where there is nothing, it takes one trip."""
    expired, over = together(expire.ANY.of(at=[now]), ending.ANY.of(at=[now]))
    count = expire.expire(now) if expired else 0
    if count:
        log.info("expired", messages=count)
    closed = ending.sweep(now) if over else 0
    if closed:
        log.info("offers_closed", offers=closed)
    return count
