"""Ending a message whose row nobody can make sense of, so that it stops only itself and staff see it (docs/rules.md 7.5)."""

from datetime import datetime

import structlog
from django.db import transaction

from myosotis.domain.words import MessageStatus, Reason
from myosotis.store import bulk
from myosotis.store.models import Message, MessageEvent
from myosotis.store.queue import settle

EVENT = ("practice_id", "message_id", "at", "status", "reason", "detail")

log = structlog.get_logger(__name__)


def end(message_id: int, error: str, now: datetime) -> None:
    """End it as failed at `now` (UTC). `error` is the kind of the trouble: its text may hold data of a patient."""
    status, reason = MessageStatus.FAILED.value, Reason.CANNOT_RENDER.value
    with transaction.atomic():
        row = Message.objects.filter(id=message_id)
        found = row.values_list("practice_id", "visit_id").first()
        if not found:
            return
        practice_id, visit_id = found
        visits = settle.lock({visit_id} - {None})
        ahead = row.filter(status__in=(MessageStatus.WAITING, MessageStatus.PLANNED))
        if not ahead.update(status=status, reason=reason, detail=error, finished_at=now):
            return  # somebody else made sense of it
        bulk.insert(MessageEvent, EVENT, [(practice_id, message_id, now, status, reason, error)])
        settle.settle(visits, now)
    log.error("message_damaged", message=message_id, practice=practice_id, error=error)
