"""Letting go of texts and old rows (docs/rules.md 6), once what they came to is kept."""

from datetime import datetime

import structlog

from myosotis import clock
from myosotis.store import installations, pruning, sessions, statistics_kept

log = structlog.get_logger(__name__)


def prune(now: datetime) -> int:
    """Remove what is older at `now` (UTC) than it may be kept; how many rows."""
    statistics_kept.keep(now)
    counts = {
        "texts": pruning.prune_texts(now),
        "letters": pruning.prune_letters(now),
        "sessions": sessions.prune(clock.wall()),
        "incoming": pruning.prune_incoming(now),
        "notes": pruning.prune_notes(now),
        "answers": pruning.prune_answers(now),
        "counts": pruning.prune_counts(clock.wall()),
        "entered": pruning.prune_entered(now),
        "holds": pruning.prune_holds(now),
        "installations": installations.prune(now),
        "problems": pruning.prune_problems(now),
        "messages": pruning.prune_messages(now),
        "files": pruning.prune_files(now),
        "audit": pruning.prune_audit(now),
    }
    if any(counts.values()):
        log.info("pruned", **counts)
    return sum(counts.values())
