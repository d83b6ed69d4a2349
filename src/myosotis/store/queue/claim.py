"""Taking due messages for one dispatcher, so that no other takes them too (docs/rules.md 7.1)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from myosotis.domain.words import Channel, Kind, MessageStatus, SubjectType
from myosotis.store import bulk
from myosotis.store.models import Message, ProviderAccount
from myosotis.store.queue import damaged

Hashes = tuple[bytes | None, bytes | None, bytes | None, bytes | None]
"""Of the links of a message: open, read, unsubscribe, image."""
MakeHashes = Callable[[UUID, Kind, Channel], Hashes]

AHEAD: Final = (MessageStatus.WAITING, MessageStatus.PLANNED)
PLANNED: Final = "store_message.status = 'planned'"
AHEAD_HERE: Final = "store_message.status IN ('waiting', 'planned')"
"""Said once more as constants: SQLite uses an index of a part of the table only if it sees the condition itself."""

_COLUMNS: Final = (
    "id", "practice_id", "uuid", "subject_type", "subject_id", "visit_id", "patient_id", "revision", "kind", "channel",
    "due_at", "expires_at", "attempts", "first_tried_at", "sent_at", "detail",
)  # fmt: skip
_CLAIM: Final = (
    "status", "claimed_at", "claimed_by", "attempts", "first_tried_at",
    "open_hash", "read_hash", "unsubscribe_hash", "image_hash",
)  # fmt: skip
_KIND: Final = {word.value: word for word in Kind}
_CHANNEL: Final = {word.value: word for word in Channel}
_SUBJECT: Final = {word.value: word for word in SubjectType}


@dataclass(frozen=True, slots=True)
class Account:
    """Who carries a message: the practice's own account on a channel, or (None) the installation's."""

    channel: Channel
    practice_id: int | None

    @property
    def key(self) -> str:
        """As breakers are filed: `12:sms`, or `*:sms`."""
        return f"{'*' if self.practice_id is None else self.practice_id}:{self.channel}"


@dataclass(frozen=True, kw_only=True, slots=True)
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
    due_at: datetime
    expires_at: datetime | None
    attempts: int
    """This try included."""
    first_tried_at: datetime
    sent_at: datetime | None
    """Of an earlier try that had no answer: it may have been taken."""
    detail: str


def claim(
    *,
    worker: str,
    now: datetime,
    limit: int,
    hashes: MakeHashes,
    only: Account | None = None,
    without: Collection[Account] = (),
) -> list[Claimed]:
    """Take at most `limit` messages due at `now` (UTC), the longest due first; one transaction of its own.

    `only` and `without` name accounts that alone, or not at all, may send now.
    """
    due = Message.objects.filter(_due(now)).extra(where=[PLANNED])  # noqa: S610 - a constant
    if only is not None:
        due = due.filter(carried_by(only))
    for account in without:
        due = due.exclude(carried_by(account))
    due = due.order_by("due_at", "id")
    taking = partial(_claim, worker=worker, now=now, hashes=hashes)
    try:
        return taking(due, limit)
    except DatabaseError:
        raise
    except Exception:  # noqa: BLE001 - a row that nobody can make sense of must not keep the others
        return _one_by_one(due, list(due.values_list("id", flat=True)[:limit]), taking, now)


def _claim(due: QuerySet[Message], limit: int, *, worker: str, now: datetime, hashes: MakeHashes) -> list[Claimed]:
    with transaction.atomic():
        rows = list(_locked(due)[:limit].values_list(*_COLUMNS))
        claimed = [_claimed(row, now) for row in rows]
        bulk.update(Message, _CLAIM, [_taken(message, worker, now, hashes) for message in claimed])
    return claimed


def _one_by_one(
    due: QuerySet[Message], ids: Sequence[int], taking: Callable[[QuerySet[Message], int], list[Claimed]], now: datetime
) -> list[Claimed]:
    """Claim each by itself; one that cannot be read ends."""
    claimed = []
    for key in ids:
        try:
            claimed += taking(due.filter(id=key), 1)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the damage is
            damaged.end(key, type(error).__name__, now)
    return claimed


def _due(now: datetime) -> Q:
    return Q(status=MessageStatus.PLANNED, due_at__lte=now) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def _locked(messages: QuerySet[Message]) -> QuerySet[Message]:
    """On SQLite the immediate transaction has locked everything already."""
    if connection.features.has_select_for_update_skip_locked:
        return messages.select_for_update(skip_locked=True, no_key=True)
    return messages


def carried_by(account: Account) -> Q:
    """The messages that go by an account."""
    if account.practice_id is not None:
        return Q(channel=account.channel, practice_id=account.practice_id)
    own = ProviderAccount.objects.filter(practice_id=OuterRef("practice_id"), channel=account.channel.value)
    return Q(channel=account.channel) & ~Q(Exists(own))


def _claimed(row: tuple[Any, ...], now: datetime) -> Claimed:
    (
        key, practice_id, uuid, subject_type, subject_id, visit_id, patient_id, revision, kind, channel,
        due_at, expires_at, attempts, first_tried_at, sent_at, detail,
    ) = row  # fmt: skip
    return Claimed(
        id=key,
        practice_id=practice_id,
        uuid=uuid,
        subject_type=_SUBJECT[subject_type],
        subject_id=subject_id,
        visit_id=visit_id,
        patient_id=patient_id,
        revision=revision,
        kind=_KIND[kind],
        channel=_CHANNEL[channel],
        due_at=due_at,
        expires_at=expires_at,
        attempts=attempts + 1,
        first_tried_at=first_tried_at or now,
        sent_at=sent_at,
        detail=detail,
    )


def _taken(message: Claimed, worker: str, now: datetime, hashes: MakeHashes) -> bulk.Row:
    links = hashes(message.uuid, message.kind, message.channel)
    return (
        MessageStatus.CLAIMED.value, now, worker, message.attempts, message.first_tried_at, *links, message.id,
    )  # fmt: skip


def release(message_ids: Iterable[int], *, worker: str) -> int:
    """Give claimed messages back untried, as if they had never been claimed; how many were still ours."""
    mine = Message.objects.filter(
        id__in=sorted(message_ids), status=MessageStatus.CLAIMED, claimed_by=worker, attempts__gte=1
    )
    return mine.update(
        status=MessageStatus.PLANNED,
        attempts=F("attempts") - 1,
        first_tried_at=Case(When(attempts=1, then=Value(None)), default=F("first_tried_at")),
        claimed_at=None,
        claimed_by="",
    )


def next_moment(now: datetime) -> datetime | None:
    """When the next message is due after `now`, or expires (UTC); None if nothing is ahead."""
    due = Message.objects.filter(status=MessageStatus.PLANNED, due_at__gt=now).extra(where=[PLANNED])  # noqa: S610 - a constant
    ahead = Message.objects.filter(status__in=AHEAD, expires_at__isnull=False).extra(where=[AHEAD_HERE])  # noqa: S610 - a constant
    moments = (
        due.order_by("due_at").values_list("due_at", flat=True).first(),
        ahead.order_by("expires_at").values_list("expires_at", flat=True).first(),
    )
    return min((moment for moment in moments if moment is not None), default=None)
