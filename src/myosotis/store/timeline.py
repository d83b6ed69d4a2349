"""The timeline of a visit: each planned, sent, skipped and expired message in the order of its time."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from myosotis.domain.words import Channel, MessageStatus, Wave
from myosotis.store.models import Message, Visit


def of_visit(visit: Visit) -> list[Message]:
    """The messages of a visit with their history (`events`), as `ordered` has them."""
    return ordered(visit.messages.prefetch_related("events"))


def ordered(messages: Iterable[Message]) -> list[Message]:
    """The messages of one visit in the order of their time; what was never more than a note is left out.

    A fallback that waits stands behind what it waits for.
    """
    rows = [row for row in messages if not _is_old_note(row)]
    last: dict[tuple[int, str], datetime] = {}
    for row in rows:
        if row.wave == Wave.FIRST:
            news = (row.revision, row.kind)
            last[news] = max(_at(row), last.get(news, _at(row)))
    return sorted(rows, key=lambda row: (_place(row, last), row.wave == Wave.FALLBACK, row.pk))


def moment_of(message: Message) -> datetime | None:
    """When a message left or ended, or is due (UTC); None for one that waits."""
    return message.sent_at or message.finished_at or message.due_at


def _is_old_note(message: Message) -> bool:
    """A kind that had been skipped as a whole and is wanted again, or no more."""
    return message.channel == Channel.NONE and message.status == MessageStatus.CANCELLED


def _at(message: Message) -> datetime:
    return moment_of(message) or message.created_at


def _place(message: Message, last: Mapping[tuple[int, str], datetime]) -> datetime:
    return moment_of(message) or last.get((message.revision, message.kind), message.created_at)
