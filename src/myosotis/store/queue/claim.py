"""Taking due messages for one dispatcher, so that no other takes them too (docs/rules.md 7.1)."""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from myosotis.domain.words import Channel, Kind, SubjectType
from myosotis.store import bulk
from myosotis.store.models import ProviderAccount, QueueEntry
from myosotis.store.queue import damaged
from myosotis.store.queue.claims import Held
from myosotis.value_class import value_class

FREE: Final = "store_queueentry.claimed_at IS NULL AND store_queueentry.status = 'planned'"
UNCLAIMED: Final = "store_queueentry.claimed_at IS NULL"
"""Said once more as constants: SQLite uses an index of a part of the table only if it sees the condition itself."""

_COLUMNS: Final = (
    "message_id", "practice_id", "uuid", "subject_type", "subject_id", "visit_id", "patient_id", "revision", "kind",
    "channel", "urgency", "due_at", "expires_at", "attempts", "first_tried_at", "sent_at",
)  # fmt: skip
_FIRST: Final = "SELECT practice_id FROM store_queueentry WHERE {which} ORDER BY practice_id LIMIT 1"
_WAITING_PRACTICES: Final = f"""
WITH RECURSIVE waiting (id) AS (
    SELECT ({_FIRST.format(which=FREE)})
    UNION ALL
    SELECT ({_FIRST.format(which=f"practice_id > waiting.id AND {FREE}")}) FROM waiting WHERE waiting.id IS NOT NULL
)
SELECT id FROM waiting WHERE id IS NOT NULL
"""  # noqa: S608 - constants
"""Practices with something in the queue, by one look into the index for each, however much each of them has. Not by their
least id: with figures of a time when the queue was empty, PostgreSQL would go through all of it for that."""
_TAKE: Final = f"""
SET LOCAL synchronous_commit = off;
UPDATE store_queueentry SET claim = %s, claimed_at = %s, claimed_by = %s, attempts = attempts + 1,
    first_tried_at = coalesce(first_tried_at, %s)
WHERE ctid = ANY (ARRAY({{due}})) RETURNING {", ".join(_COLUMNS)}
"""  # noqa: S608 - constants
"""The entries that `due` finds and locks, in one trip; by their place, as they stay there while they are locked. One that was
changed after the statement began is passed over, and is there for the next claim. The commit does not wait for the disk: the
note does, before anything is handed over, and what is written before it is there with it (docs/adr/0081)."""
_PLACE: Final = RawSQL("store_queueentry.ctid", ())
_BESIDE_EACH_OTHER: Final = """
SELECT due.place FROM unnest(%s::bigint[]) AS turn (practice_id) CROSS JOIN LATERAL ({of_one}) AS due
"""
"""Of all practices at once: each by its own short walk along the index."""
_NOW: Final = datetime(1901, 2, 3, tzinfo=UTC)
_LIMIT: Final = 987_654_321
"""Stand for what a question is not yet asked with."""
_NAME_BITS: Final = 48
"""Of the name of a claim: that two of one message are alike need not be feared, and JSON keeps them whole."""
_KIND: Final = {word.value: word for word in Kind}
_CHANNEL: Final = {word.value: word for word in Channel}
_SUBJECT: Final = {word.value: word for word in SubjectType}


@value_class(kw_only=False)
class Account:
    """Who carries a message: the practice's own account on a channel, or (None) the installation's."""

    channel: Channel
    practice_id: int | None

    @property
    def key(self) -> str:
        """As breakers are filed: `12:sms`, or `*:sms`."""
        return f"{'*' if self.practice_id is None else self.practice_id}:{self.channel}"


@value_class(kw_only=False)
class Claimed:
    """A message that is ours until it is recorded or released."""

    id: int
    practice_id: int
    uuid: UUID
    subject_type: SubjectType
    subject_id: int
    visit_id: int | None
    patient_id: int | None
    revision: int
    kind: Kind
    channel: Channel
    urgency: int
    """`domain.urgency`: the smaller, the sooner."""
    due_at: datetime
    expires_at: datetime | None
    attempts: int
    """This try included."""
    first_tried_at: datetime
    sent_at: datetime | None
    """Of an earlier try that had no answer: it may have been taken."""
    claim: int
    """The name of the claim. An earlier or later one of the same message, be it by the same worker, has another."""

    @property
    def held(self) -> Held:
        return self.id, self.claim


def claim(
    *,
    worker: str,
    now: datetime,
    limit: int,
    only: Account | None = None,
    without: Collection[Account] = (),
    in_turns: bool = False,
) -> list[Claimed]:
    """Take at most `limit` messages due at `now` (UTC), the most urgent first; one transaction of its own.

    Of a backlog the longest due are taken; `in_turns` takes of each practice alike, and of each its most urgent: nobody
    waits behind what another has much of. `only` and `without` name accounts that alone, or not at all, may send now.
    """
    order = ("urgency", "due_at") if in_turns else ("due_at",)  # as the indexes are: nothing is sorted
    due = Due(only=only, without=tuple(without), order=order)
    taking = partial(_claim, by=By(random.getrandbits(_NAME_BITS), worker, now))
    try:
        return taking(partial(_in_turns if in_turns else _taken, due, limit))
    except DatabaseError:
        raise
    except Exception:  # noqa: BLE001 - a row that nobody can make sense of must not keep the others
        return _one_by_one(due, list(due.entries(now).values_list("message_id", flat=True)[:limit]), taking, now)


@value_class
class Due:
    """Which entries may be claimed, and in which order."""

    order: tuple[str, ...]
    only: Account | None = None
    without: tuple[Account, ...] = ()
    of: tuple[tuple[str, int], ...] = ()
    """Columns that must say this: of one practice, or one message."""

    def entries(self, now: datetime) -> QuerySet[QueueEntry]:
        in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        due = QueueEntry.objects.filter(in_time, *map(Q, self.of), due_at__lte=now)
        if self.only is not None:
            due = due.filter(carried_by(self.only))
        for account in self.without:
            due = due.exclude(carried_by(account))
        return due.extra(where=[FREE]).order_by(*self.order)  # noqa: S610 - a constant


@value_class(kw_only=False)
class By:
    """A claim that is being made: its name, whose it is, since when (UTC)."""

    name: int
    worker: str
    now: datetime


Rows = list[tuple[Any, ...]]
Take = Callable[[By], Rows]
"""Takes entries by a claim; the rows as they are then."""


def _claim(take: Take, *, by: By) -> list[Claimed]:
    with transaction.atomic():
        return sorted([_claimed(by.name, row) for row in take(by)], key=lambda one: (one.urgency, one.due_at, one.id))


def _one_by_one(due: Due, ids: Sequence[int], taking: Callable[[Take], list[Claimed]], now: datetime) -> list[Claimed]:
    """Claim each by itself; one that cannot be read ends."""
    claimed = []
    for key in ids:
        try:
            claimed += taking(partial(_taken, replace(due, of=(("message_id", key),)), 1))
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the damage is
            damaged.end(key, type(error).__name__, now)
    return claimed


def _taken(due: Due, limit: int, by: By) -> Rows:
    if limit <= 0:
        return []
    if connection.vendor == "postgresql":
        return _take(*_places(due, limit, by.now), by)
    # SQLite's transaction is immediate: everything is locked already.
    ids = list(due.entries(by.now).values_list("message_id", flat=True)[:limit])
    found = QueueEntry.objects.filter(message_id__in=ids)
    found.update(
        claim=by.name,
        claimed_at=by.now,
        claimed_by=by.worker,
        attempts=F("attempts") + 1,
        first_tried_at=Coalesce("first_tried_at", by.now),
    )
    return list(found.values_list(*_COLUMNS))


def _take(places: str, parameters: Sequence[Any], by: By) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(due=places), [by.name, by.now, by.worker, by.now, *parameters])
        cursor.nextset()  # of the setting
        return list(cursor.fetchall())


def _places(due: Due, limit: int, now: datetime, *, in_turn: bool = False) -> tuple[str, Sequence[Any]]:
    """The places of at most so many entries that nobody else has, which from now on are ours."""
    text, parameters = _worded(due, in_turn)
    return text, [now if value == _NOW else value for value in parameters] + [limit]


@lru_cache(maxsize=256)
def _worded(due: Due, in_turn: bool) -> tuple[str, Sequence[Any]]:
    """The question for places, its limit last; Django needs as long to word it as the server to take a hundred."""
    entries = due.entries(_NOW)
    if in_turn:
        entries = entries.extra(where=["store_queueentry.practice_id = turn.practice_id"])
    free = entries.select_for_update(skip_locked=True, no_key=True).annotate(place=_PLACE).values_list("place")
    text, parameters = free[:_LIMIT].query.sql_with_params()
    return text.replace(f"LIMIT {_LIMIT}", "LIMIT %s"), parameters


def _in_turns(due: Due, limit: int, by: By) -> Rows:
    """Of each practice the same, whatever their number; which come first if there are too many is left to chance."""
    practices = _waiting_practices()
    share = max(1, limit // max(1, len(practices)))
    if len(practices) > limit:
        practices = random.sample(practices, limit)
    if connection.vendor == "postgresql":
        text, parameters = _places(due, share, by.now, in_turn=True)
        rows = _take(_BESIDE_EACH_OTHER.format(of_one=text), [bulk.array(practices), *parameters], by)
    else:
        rows = [row for key in practices for row in _taken(replace(due, of=(("practice_id", key),)), share, by)]
    return rows + _taken(replace(due, order=("due_at",)), limit - len(rows), by)  # of some nothing is due yet


def _waiting_practices() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_PRACTICES)
        return [key for (key,) in cursor.fetchall()]


def carried_by(account: Account) -> Q:
    """The messages, or entries, that go by an account."""
    if account.practice_id is not None:
        return Q(channel=account.channel, practice_id=account.practice_id)
    own = ProviderAccount.objects.filter(practice_id=OuterRef("practice_id"), channel=account.channel.value)
    return Q(channel=account.channel) & ~Q(Exists(own))


def _claimed(name: int, row: tuple[Any, ...]) -> Claimed:
    (
        key, practice_id, uuid, subject_type, subject_id, visit_id, patient_id, revision, kind, channel, urgency,
        due_at, expires_at, attempts, first_tried_at, sent_at,
    ) = row  # fmt: skip
    return Claimed(  # by position: naming so many costs as much again as making it
        key, practice_id, uuid, _SUBJECT[subject_type], subject_id, visit_id, patient_id, revision, _KIND[kind],
        _CHANNEL[channel], urgency, due_at, expires_at, attempts, first_tried_at, sent_at, name,
    )  # fmt: skip


def release(held: Iterable[Held]) -> int:
    """Give claimed messages back untried, as if they had never been claimed; of how many the claim still stood."""
    by_claim: defaultdict[int, list[int]] = defaultdict(list)
    for key, name in held:
        by_claim[name].append(key)
    return sum(_release(name, keys) for name, keys in by_claim.items())


def _release(name: int, message_ids: Sequence[int]) -> int:
    return QueueEntry.objects.filter(claim=name, message_id__in=sorted(message_ids), attempts__gte=1).update(
        attempts=F("attempts") - 1,
        first_tried_at=Case(When(attempts=1, then=Value(None)), default=F("first_tried_at")),
        claim=None,
        claimed_at=None,
        claimed_by="",
    )


def next_moment(now: datetime) -> datetime | None:
    """When the next message is due after `now`, or expires (UTC), as far as the queue reaches; None if nothing is ahead."""
    due = QueueEntry.objects.filter(due_at__gt=now).extra(where=[FREE])  # noqa: S610 - a constant
    ahead = QueueEntry.objects.filter(expires_at__isnull=False).extra(where=[UNCLAIMED])  # noqa: S610 - a constant
    moments = (
        due.order_by("due_at").values_list("due_at", flat=True).first(),
        ahead.order_by("expires_at").values_list("expires_at", flat=True).first(),
    )
    return min((moment for moment in moments if moment is not None), default=None)
