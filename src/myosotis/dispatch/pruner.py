"""Letting go of texts and old rows (docs/rules.md 6)."""

from datetime import datetime

import structlog

from myosotis.store import pruning

log = structlog.get_logger(__name__)


def prune(now: datetime) -> None:
    """Remove what is older at `now` (UTC) than it may be kept."""
    texts, messages = pruning.prune_texts(now), pruning.prune_messages(now)
    if texts or messages:
        log.info("pruned", texts=texts, messages=messages)
