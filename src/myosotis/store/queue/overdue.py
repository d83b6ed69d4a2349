"""What should have left by now."""

from datetime import datetime

from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Coalesce

from myosotis.domain.words import MessageStatus
from myosotis.store.models import Message, QueueEntry, QueueHorizon


def messages(before: datetime, among: Q = Q()) -> "QuerySet[Message]":  # noqa: B008 - never changed
    """Planned messages that were due at `before` (UTC) already; `among` names columns that the queue has as well.

    They are in the queue. If no dispatcher has run for long, it does not reach so far: then the table is asked, but
    only from where the queue ends, or from the oldest in it: what lies before that has left or ended.
    """
    planned = Message.objects.filter(status=MessageStatus.PLANNED)
    horizon = QueueHorizon.objects.first()
    if horizon is not None and horizon.fed_until > before:
        late = QueueEntry.objects.filter(among, status=MessageStatus.PLANNED, due_at__lte=before)
        return planned.filter(id__in=late.values("message_id"))  # joined, SQLite would begin with the messages
    due = planned.filter(among).alias(ahead=Coalesce("due_at", "expires_at")).filter(ahead__lte=before)
    return due if horizon is None else due.filter(ahead__gte=_oldest(horizon))


def _oldest(horizon: QueueHorizon) -> datetime:
    """No planned message is due before this (UTC): it would be in the queue, but for the last feeding's overlap."""
    oldest = QueueEntry.objects.filter(status=MessageStatus.PLANNED).aggregate(oldest=Min("due_at"))["oldest"]
    return horizon.fed_from if oldest is None else min(oldest, horizon.fed_from)
