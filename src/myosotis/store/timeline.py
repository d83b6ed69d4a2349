"""The timeline of a visit: each planned, sent, skipped and expired message in the order of its time."""

from datetime import datetime

from myosotis.domain.words import Channel, MessageStatus
from myosotis.store.models import Message, Visit


def of_visit(visit: Visit) -> list[Message]:
    """The messages of a visit with their history (`events`); what was never more than a note is left out."""
    rows = visit.messages.prefetch_related("events")
    return sorted((row for row in rows if not _is_old_note(row)), key=_order)


def moment_of(message: Message) -> datetime | None:
    """When a message left or ended, or is due (UTC); None for one that waits."""
    return message.sent_at or message.finished_at or message.due_at


def _is_old_note(message: Message) -> bool:
    """A kind that had been skipped as a whole and is wanted again, or no more."""
    return message.channel == Channel.NONE and message.status == MessageStatus.CANCELLED


def _order(message: Message) -> tuple[datetime, int]:
    return (moment_of(message) or message.created_at, message.pk)
