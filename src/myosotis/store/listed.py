"""The messages of a practice as the desk lists them: by day, narrowed by words and ids, page by page.

A message stands at the time at which it left, ended otherwise, or is due. Each of these has its index, the first two in
its trace, so a page is merged from a few short readings, whatever else the table holds. What waits has no time yet: it
is listed alone.
"""

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from myosotis.domain.words import Channel, Kind, MessageStatus
from myosotis.store.models import Message, Practice
from myosotis.value_class import value_class

PAGE: Final = 50
LEFT: Final = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.UNCLEAR)
PROBLEMS: Final = (MessageStatus.FAILED, MessageStatus.UNCLEAR, MessageStatus.EXPIRED)
"""Besides kinds that were skipped because there was no way to the patient."""
Cursor = tuple[datetime, int]
"""Time and id of the last message of the page before."""


@value_class
class Wanted:
    """Which messages are asked for; instants in UTC."""

    since: datetime
    until: datetime
    kind: Kind | None = None
    channel: Channel | None = None
    status: MessageStatus | None = None
    calendar_id: int | None = None
    doctor_id: int | None = None
    """Only of this doctor's calendars."""
    problems: bool = False


@value_class
class Page:
    messages: list[Message]
    """With visit, patient and calendar, the newest first."""
    following: Cursor | None
    """Where the next page begins; None: there is none."""


def page(practice: Practice, wanted: Wanted, after: Cursor | None = None, size: int = PAGE) -> Page:
    """A page of what is wanted of a practice's messages, from the last to the first."""
    if wanted.status is MessageStatus.WAITING:
        found = _waiting(practice, wanted, after, size + 1)
    else:
        found = list(islice(_merged(practice, wanted, after, size + 1), size + 1))
    shown = found[:size]
    rows = Message.objects.filter(id__in=[key for _, key in shown]).select_related(*_AROUND)
    by_id = {row.pk: row for row in rows}
    return Page(
        messages=[by_id[key] for _, key in shown if key in by_id], following=shown[-1] if len(found) > size else None
    )


def counted(practice: Practice, wanted: Wanted) -> dict[MessageStatus, int]:
    """How many messages of the days asked for stand how; by whose they are and when alone, whatever else is wanted."""
    counts: dict[MessageStatus, int] = {}
    for rows, _, _ in _sources(
        practice, Wanted(since=wanted.since, until=wanted.until, doctor_id=wanted.doctor_id), None
    ):
        for status, count in rows.order_by().values_list("status").annotate(count=Count("id")):
            counts[MessageStatus(status)] = counts.get(MessageStatus(status), 0) + count
    return counts


_AROUND: Final = ("visit__calendar__doctor", "visit__calendar__address", "patient")

_AHEAD: Final = Coalesce("due_at", "expires_at")
"""When they are due; having no due time, when they expire. So it stands in the index."""

Source = tuple["QuerySet[Message]", str, str]
"""Messages, and what their time and id are called where the index has them."""


def _narrowed(rows: "QuerySet[Message]", wanted: Wanted) -> "QuerySet[Message]":
    words = {"kind": wanted.kind, "channel": wanted.channel, "status": wanted.status}
    ids = {"visit__calendar_id": wanted.calendar_id, "visit__calendar__doctor_id": wanted.doctor_id}
    found = rows.filter(**{name: word for name, word in words.items() if word is not None})
    for name, value in ids.items():
        if value is not None:  # a sum is found by no index: the messages are found by their time first
            found = found.alias(**{f"{name}_is": F(name) + 0}).filter(**{f"{name}_is": value})
    if wanted.problems:
        found = found.filter(Q(status__in=PROBLEMS) | Q(status=MessageStatus.SKIPPED, channel=Channel.NONE))
    return found


def _sources(practice: Practice, wanted: Wanted, after: Cursor | None) -> list[Source]:
    """Those that left, those that ended otherwise, and those ahead; each by its own time and index."""
    traced = Message.objects.filter(trace__practice=practice)
    ahead = practice.messages.filter(status=MessageStatus.PLANNED).annotate(ahead=_AHEAD)
    sources: list[Source] = [
        (traced.filter(status__in=LEFT), "trace__sent_at", "trace__message_id"),
        (traced, "trace__ended_at", "trace__message_id"),
        (ahead, "ahead", "id"),
    ]
    return [(_within(_narrowed(rows, wanted), time, key, wanted, after), time, key) for rows, time, key in sources]


def _within(
    rows: "QuerySet[Message]", time: str, key: str, wanted: Wanted, after: Cursor | None
) -> "QuerySet[Message]":
    found = rows.filter(**{f"{time}__gte": wanted.since, f"{time}__lt": wanted.until})
    if after is not None:
        at, last = after
        found = found.filter(Q(**{f"{time}__lt": at}) | Q(**{time: at, f"{key}__lt": last}), **{f"{time}__lte": at})
    return found.order_by(f"-{time}", f"-{key}")


def _merged(practice: Practice, wanted: Wanted, after: Cursor | None, size: int) -> Iterator[Cursor]:
    """Time and id, from the last to the first."""
    readings = [list(rows.values_list(time, key)[:size]) for rows, time, key in _sources(practice, wanted, after)]
    return heapq.merge(*readings, reverse=True)


def _waiting(practice: Practice, wanted: Wanted, after: Cursor | None, size: int) -> list[Cursor]:
    """What waits for another message, by when it is of no use any more."""
    waiting = _narrowed(practice.messages.filter(status=MessageStatus.WAITING), wanted)
    rows = waiting.annotate(ahead=_AHEAD).filter(ahead__isnull=False)
    if after is not None:
        at, key = after
        rows = rows.filter(Q(ahead__gt=at) | Q(ahead=at, id__gt=key), ahead__gte=at)
    found = rows.order_by("ahead", "id").values_list("ahead", "id")[:size]
    return [(at, key) for at, key in found if at is not None]
