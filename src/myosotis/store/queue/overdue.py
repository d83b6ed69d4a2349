"""What should have left by now."""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from myosotis.domain.words import MessageStatus
from myosotis.store.models import Message, QueueHorizon


def messages(before: datetime) -> "QuerySet[Message]":
    """Planned messages that were due at `before` (UTC) already.

    They are in the queue. If no dispatcher has run for long, it does not reach so far: then the whole table is asked.
    """
    planned = Message.objects.filter(status=MessageStatus.PLANNED)
    if QueueHorizon.objects.filter(fed_until__gt=before).exists():
        return planned.filter(queue_entry__status=MessageStatus.PLANNED, queue_entry__due_at__lte=before)
    return planned.alias(ahead=Coalesce("due_at", "expires_at")).filter(ahead__lte=before)
