"""How much waits, for those who watch; asked every few seconds, so it must cost next to nothing."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Min, Q

from myosotis.store.models import QueueEntry
from myosotis.store.queue.claim import FREE
from myosotis.value_class import value_class

SOON: Final = timedelta(minutes=15)
OVERDUE: Final = timedelta(minutes=1)
MOST: Final = 100_000
"""More are not counted: a burst is one either way, and counting it would take from sending it."""


@value_class
class Backlog:
    """Messages that nobody has claimed yet, together at most `MOST`, the longest due first."""

    soon: int
    """Due within 15 minutes."""
    now: int
    """Due, for at most a minute."""
    overdue: int
    """Due for longer."""
    oldest_seconds: float
    """For how long the oldest has been due; 0 if none is."""


def backlog(now: datetime) -> Backlog:
    """What is due at `now` (UTC) or soon."""
    ahead = QueueEntry.objects.filter(due_at__lte=now + SOON).extra(where=[FREE])  # noqa: S610 - a constant
    figures = ahead.order_by("due_at")[:MOST].aggregate(
        soon=Count("message_id", filter=Q(due_at__gt=now)),
        now=Count("message_id", filter=Q(due_at__lte=now, due_at__gte=now - OVERDUE)),
        overdue=Count("message_id", filter=Q(due_at__lt=now - OVERDUE)),
        oldest=Min("due_at"),
    )
    oldest: datetime | None = figures.pop("oldest")
    return Backlog(**figures, oldest_seconds=max((now - oldest).total_seconds(), 0.0) if oldest else 0.0)
