"""What is kept only for a time: texts and addresses 90 days (after the visit), the rows 24 months (docs/rules.md 6)."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

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
_PENDING: Final = ("waiting", "planned", "claimed")


def prune_texts(now: datetime) -> int:
    """Remove texts and addresses of messages whose visit ended (or, without one, that were made) 90 days before `now`."""
    before = now - TEXTS_FOR
    old = Q(message__visit__end__lt=before) | Q(message__visit=None, message__created_at__lt=before)
    count = 0
    while keys := list(MessageText.objects.filter(old).values_list("message_id", flat=True)[:BATCH]):
        MessageText.objects.filter(message_id__in=keys).delete()
        count += len(keys)
    return count


def prune_letters(now: datetime) -> int:
    """Remove letters to staff whose link ended 90 days before `now`: whoever was invited and never came is nobody's any more."""
    count, _ = StaffLetter.objects.filter(expires_at__lt=now - TEXTS_FOR).delete()
    return count


def prune_incoming(now: datetime) -> int:
    """Remove what patients wrote 90 days before `now`: text and sender belong to no visit that could say when."""
    count, _ = IncomingMessage.objects.filter(received_at__lt=now - TEXTS_FOR).delete()
    return count


def prune_notes(now: datetime) -> int:
    """Empty what staff wrote down of calls about visits that ended 90 days before `now`; that they called stays."""
    return CallNote.objects.filter(visit__end__lt=now - TEXTS_FOR).exclude(note="").update(note="")


def prune_answers(now: datetime) -> int:
    """Remove answers of the API that are remembered no more, also of practices that have stopped calling."""
    count, _ = IdempotencyKey.objects.filter(created_at__lt=now - ANSWERS_FOR).delete()
    return count


def prune_counts(now: datetime) -> int:
    """Remove what was counted of limits in minutes that are over at `now`, which is real time."""
    count, _ = RateCount.objects.filter(ends_at__lte=now).delete()
    return count


def prune_entered(now: datetime) -> int:
    """Forget what was typed into a booking form whose hold ended without a visit, an hour before `now`."""
    return Hold.objects.filter(expires_at__lte=now - TYPED_FOR).exclude(entered=b"").update(entered=b"")


def prune_holds(now: datetime) -> int:
    """Remove holds, and phones to which codes were sent, 2 days before `now`."""
    codes, _ = PhoneVerification.objects.filter(created_at__lt=now - BOOKING_FOR).delete()
    holds, _ = Hold.objects.filter(created_at__lt=now - BOOKING_FOR).delete()
    return codes + holds


def prune_problems(now: datetime) -> int:
    """Forget which rows of a file were refused 24 months before `now`; the import itself stays, its visits name it."""
    old = ImportBatch.objects.filter(started_at__lt=now - ROWS_FOR).exclude(problems=[])
    return old.update(problems=[])


def prune_messages(now: datetime) -> int:
    """Remove messages, with their history, whose visit ended 24 months before `now`."""
    before = now - ROWS_FOR
    old = Q(visit__end__lt=before) | Q(visit=None, created_at__lt=before)
    count = 0
    while keys := list(Message.objects.filter(old).exclude(status__in=_PENDING).values_list("id", flat=True)[:BATCH]):
        Message.objects.filter(id__in=keys).delete()
        count += len(keys)
    return count


def prune_files(now: datetime) -> int:
    """Remove uploaded files a day before `now`: they hold patients' data."""
    count, _ = ImportFile.objects.filter(uploaded_at__lt=now - FILES_FOR).delete()
    return count


def prune_audit(now: datetime) -> int:
    """Remove entries of the audit log made 24 months before `now`; each practice's log says that it was done."""
    return sum(_prune_audit_of(practice, now) for practice in Practice.objects.all())


def _prune_audit_of(practice: Practice, now: datetime) -> int:
    old = practice.audit_entries.filter(at__lt=now - ROWS_FOR - GUARD)
    if not old.exists():
        return 0
    count = 0
    with transaction.atomic():
        practice.audit_entries.create(
            at=now, actor="system", action="audit.pruned", object_type="practice", object_id=practice.pk
        )
        while keys := list(old.values_list("id", flat=True)[:BATCH]):
            AuditEntry.objects.filter(id__in=keys).delete()
            count += len(keys)
    return count
