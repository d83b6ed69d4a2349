"""Ending what could not go in time."""

from datetime import datetime

import structlog

from myosotis.store.queue import expire

log = structlog.get_logger(__name__)


def end(now: datetime) -> int:
    """End what expired by `now` (UTC), with the reason; how many messages."""
    count = expire.expire(now)
    if count:
        log.info("expired", messages=count)
    return count
