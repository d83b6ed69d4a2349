"""What is kept only for a time: texts and addresses 90 days (after the visit), the rows 24 months (docs/rules.md 6).

Each function goes batch by batch and yields after each how many rows it removed: whoever drives it can pause between two, and
none holds a lock for longer than a batch. Large tables are walked by their keys, from the oldest row to the first that is
too young to be old; no index is needed for that, and nothing is looked at that was made lately.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from myosotis.store.models import (
    AuditEntry,
    CallNote,
    Hold,
    IdempotencyKey,
    ImportBatch,
    ImportFile,
    IncomingMessage,
    Message,
    MessageText,
    PhoneVerification,
    Practice,
    RateCount,
    StaffLetter,
)

TEXTS_FOR: Final = timedelta(days=90)
ANSWERS_FOR: Final = timedelta(hours=24)
"""The API remembers its answers to writes for so long (they hold what was written)."""
BOOKING_FOR: Final = timedelta(days=2)
"""Holds and codes sent are counted by the day, and a form sent again still finds the visit that it made."""
ROWS_FOR: Final = timedelta(days=730)
TYPED_FOR: Final = timedelta(hours=1)
"""Who was too slow for the hold goes on with what they typed."""
FILES_FOR: Final = timedelta(days=1)
"""An uploaded file that nobody took in is removed."""
GUARD: Final = timedelta(minutes=1)
"""The database guards entries of the audit log for as long as they are kept; a little later it surely lets them go."""
BATCH: Final = 1000
MESSAGES: Final = 250
"""Messages in a batch: each takes its history and readings along."""
_PENDING: Final = ("waiting", "planned", "claimed")


def old_texts(after: int) -> "QuerySet[MessageText, tuple[int, datetime, datetime | None]]":
    """The next texts by their keys: when the message was made, and when its visit ended."""
    rows = MessageText.objects.filter(message_id__gt=after).order_by("message_id")
    return rows.values_list("message_id", "message__created_at", "message__visit__end")


def prune_texts(now: datetime) -> Iterator[int]:
    """Remove texts and addresses of messages whose visit ended (or, without one, that were made) 90 days before `now`."""
    before, after = now - TEXTS_FOR, 0
    while rows := list(old_texts(after)[:BATCH]):
        after = rows[-1][0]
        gone = [key for key, made, end in rows if (end or made) < before]
        MessageText.objects.filter(message_id__in=gone).delete()
        yield len(gone)
        if all(made >= before for _, made, _ in rows):
            return


def old_messages(after: int) -> "QuerySet[Message, tuple[int, datetime, datetime | None, str]]":
    """The next messages by their keys: when each was made, when its visit ended, its status."""
    rows = Message.objects.filter(id__gt=after).order_by("id")
    return rows.values_list("id", "created_at", "visit__end", "status")


def prune_messages(now: datetime) -> Iterator[int]:
    """Remove messages, with their history, whose visit ended 24 months before `now`."""
    before, after = now - ROWS_FOR, 0
    while rows := list(old_messages(after)[:MESSAGES]):
        after = rows[-1][0]
        gone = [key for key, made, end, status in rows if (end or made) < before and status not in _PENDING]
        Message.objects.filter(id__in=gone).delete()
        yield len(gone)
        if all(made >= before for _, made, _, _ in rows):
            return


def prune_incoming(now: datetime) -> Iterator[int]:
    """Remove what patients wrote 90 days before `now`: text and sender belong to no visit that could say when."""
    before, after = now - TEXTS_FOR, 0
    rows = IncomingMessage.objects.order_by("id").values_list("id", "received_at")
    while found := list(rows.filter(id__gt=after)[:BATCH]):
        after = found[-1][0]
        gone = [key for key, received in found if received < before]
        IncomingMessage.objects.filter(id__in=gone).delete()
        yield len(gone)
        if not gone:
            return


def prune_notes(now: datetime) -> Iterator[int]:
    """Empty what staff wrote down of calls about visits that ended 90 days before `now`; that they called stays."""
    written = CallNote.objects.filter(at__lt=now - TEXTS_FOR, visit__end__lt=now - TEXTS_FOR).exclude(note="")
    return _empty(written, note="")


def prune_letters(now: datetime) -> Iterator[int]:
    """Remove letters to staff whose link ended 90 days before `now`: whoever was invited and never came is nobody's any more."""
    return _remove(StaffLetter.objects.filter(expires_at__lt=now - TEXTS_FOR))


def prune_answers(now: datetime) -> Iterator[int]:
    """Remove answers of the API that are remembered no more, also of practices that have stopped calling."""
    return _remove(IdempotencyKey.objects.filter(created_at__lt=now - ANSWERS_FOR))


def prune_counts(now: datetime) -> Iterator[int]:
    """Remove what was counted of limits in minutes that are over at `now`, which is real time."""
    return _remove(RateCount.objects.filter(ends_at__lte=now))


def prune_entered(now: datetime) -> Iterator[int]:
    """Forget what was typed into a booking form whose hold ended without a visit, an hour before `now`."""
    return _empty(Hold.objects.filter(expires_at__lte=now - TYPED_FOR).exclude(entered=b""), entered=b"")


def prune_holds(now: datetime) -> Iterator[int]:
    """Remove holds, and phones to which codes were sent, 2 days before `now`."""
    yield from _remove(PhoneVerification.objects.filter(created_at__lt=now - BOOKING_FOR))
    yield from _remove(Hold.objects.filter(created_at__lt=now - BOOKING_FOR))


def prune_problems(now: datetime) -> Iterator[int]:
    """Forget which rows of a file were refused 24 months before `now`; the import itself stays, its visits name it."""
    return _empty(ImportBatch.objects.filter(started_at__lt=now - ROWS_FOR).exclude(problems=[]), problems=[])


def prune_files(now: datetime) -> Iterator[int]:
    """Remove uploaded files a day before `now`: they hold patients' data."""
    return _remove(ImportFile.objects.filter(uploaded_at__lt=now - FILES_FOR))


def prune_audit(now: datetime) -> Iterator[int]:
    """Remove entries of the audit log made 24 months before `now`; each practice's log says that it was done."""
    for practice in Practice.objects.order_by("pk").iterator():
        yield from _prune_audit_of(practice, now)


def _prune_audit_of(practice: Practice, now: datetime) -> Iterator[int]:
    """The entry that says so goes in first, with the first batch: the database lets nothing go before something later stands."""
    old = practice.audit_entries.filter(at__lt=now - ROWS_FOR - GUARD).order_by("at")
    said = False
    while keys := list(old.values_list("id", flat=True)[:BATCH]):
        with transaction.atomic():
            if not said:
                practice.audit_entries.create(
                    at=now, actor="system", action="audit.pruned", object_type="practice", object_id=practice.pk
                )
            AuditEntry.objects.filter(id__in=keys).delete()
        said = True
        yield len(keys)


def _remove(old: "QuerySet[Any]") -> Iterator[int]:
    """Of a table that keeps hours or days, or few rows."""
    while keys := list(old.order_by().values_list("pk", flat=True)[:BATCH]):
        QuerySet(old.model).filter(pk__in=keys).delete()
        yield len(keys)


def _empty(written: "QuerySet[Any]", **nothing: object) -> Iterator[int]:
    """Of rows that stay, what was written into them."""
    while keys := list(written.order_by().values_list("pk", flat=True)[:BATCH]):
        QuerySet(written.model).filter(pk__in=keys).update(**nothing)
        yield len(keys)
