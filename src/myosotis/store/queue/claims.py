"""Which messages are claimed: their rows still say that they are planned, their entries in the queue say by whom."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q

from myosotis.domain.words import MessageStatus
from myosotis.store import bulk
from myosotis.store.inquiry import Inquiry, learn
from myosotis.store.models import Message, QueueEntry
from myosotis.store.question import Question, Row
from myosotis.value_class import value_class

IS_CLAIMED: Final = Q(queue_entry__claimed_at__isnull=False, status=MessageStatus.PLANNED)
"""Of messages."""

Held = tuple[int, int]
"""A message's id, and the name of the claim by which somebody has it in hand."""

_COLUMNS: Final = ("message_id", "claim", "claimed_at", "attempts", "first_tried_at")
_ENTRIES: Final = Question(lambda ids: QueueEntry.objects.filter(message_id__in=[ids]).values_list(*_COLUMNS))
_LOCKED: Final = Question(
    lambda ids: (
        QueueEntry.objects.filter(message_id__in=[ids])
        .order_by("message_id")
        .select_for_update(no_key=True)
        .values_list(*_COLUMNS)
    )
)
_NAMES: Final = Question(lambda ids: QueueEntry.objects.filter(message_id__in=[ids]).values_list("message_id", "claim"))


_TAKE: Final = f"""
DELETE FROM store_queueentry USING unnest(%s::bigint[], %s::bigint[]) AS held (message, name)
WHERE message_id = held.message AND claim IS NOT DISTINCT FROM held.name RETURNING {", ".join(_COLUMNS)}
"""  # noqa: S608 - constants
"""Found by the message alone: `claim =` lets PostgreSQL go by the index of claims, as it has nearly no entries whenever the
server counts; but those of one batch say the same there, and it compares each with each."""


@value_class(kw_only=False)
class Claim:
    """By which claim somebody has a message in hand, since when, and which try it is."""

    name: int
    at: datetime
    attempts: int
    """The present one included."""
    first_tried_at: datetime


def of(message_ids: Collection[int], *, lock: bool = False) -> Mapping[int, Claim]:
    """The claims on messages that say `planned`, by message id; of most there is none.

    With `lock` (inside a transaction, when the messages' rows are locked) nobody claims the others meanwhile.
    """
    return learn(asking(message_ids, lock=lock))


def asking(message_ids: Collection[int], *, lock: bool) -> Inquiry[Mapping[int, Claim]]:
    """As `of`."""
    if not message_ids:
        return {}
    [rows] = yield [(_LOCKED if lock else _ENTRIES).of(sorted(message_ids))]
    return {
        key: Claim(name, at, attempts, first_tried_at)
        for key, name, at, attempts, first_tried_at in rows
        if name is not None and at is not None and first_tried_at is not None
    }


def standing(message_ids: Collection[int]) -> frozenset[Held]:
    """By which claims these messages are in somebody's hands; who asks nothing else of them reads a fifth as much."""
    return frozenset([(key, name) for key, name in _NAMES.ask(message_ids) if name is not None])


def status_of(message: Message, *, lock: bool = False) -> MessageStatus:
    """How a message stands; `claimed` if a dispatcher has it in hand."""
    status = MessageStatus(message.status)
    claimed = status is MessageStatus.PLANNED and bool(of([message.pk], lock=lock))
    return MessageStatus.CLAIMED if claimed else status


def without_claimed(rows: Iterable[Row]) -> list[Row]:
    """Of rows of messages that are locked and begin with their id, those that nobody has in hand, nor will meanwhile."""
    kept = list(rows)
    claimed = of([row[0] for row in kept], lock=True)
    return [row for row in kept if row[0] not in claimed]


def take(held: Collection[Held]) -> Mapping[int, Claim]:
    """Take the entries away of which these claims still stand, as `drop` does; what they said, by message id."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [bulk.array(ids) for ids in zip(*held, strict=True)] or ["{}", "{}"])
            return {key: Claim(*said) for key, *said in cursor.fetchall()}
    claimed = of([key for key, _ in held])
    mine = {key: claimed[key] for key, name in held if key in claimed and claimed[key].name == name}
    drop(mine)
    return mine


def drop(message_ids: Collection[int]) -> None:
    """Take entries away, claimed or not: whoever calls this writes what became of the messages, in this transaction."""
    if message_ids:
        bulk.delete(QueueEntry, "message_id", list(message_ids))
