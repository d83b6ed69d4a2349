"""What patients wrote is for a person to deal with; here it is noted that somebody did, or that nobody did after all."""

from datetime import datetime

from django.db import transaction

from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.store.models import IncomingMessage, Practice


@transaction.atomic
def mark(*, practice: Practice, incoming_id: int, handled: bool, actor: Actor, now: datetime) -> IncomingMessage:
    """Say whether an incoming message was dealt with; said again it changes nothing. Raises NotFound."""
    rows = practice.incoming_messages.filter(id=incoming_id).order_by().select_for_update(no_key=True)
    incoming = found.one(rows, "incoming message")
    if (incoming.handled_at is not None) != handled:
        incoming.handled_at = now if handled else None
        incoming.save(update_fields=["handled_at"])
        what = "incoming.handled" if handled else "incoming.reopened"
        records.audit(practice, what, "incoming", incoming.pk, now=now, actor=actor)
    return incoming
