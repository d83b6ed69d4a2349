"""Filling the queue with what comes near: what is due soon has an entry, whoever planned it (docs/rules.md 7.3).

What is written nearer than the horizon gets its entry from the database itself, by triggers in the transaction that
writes it. The feeder moves the horizon on and adds what now lies before it. A transaction that began before and ends
afterwards is seen by neither: so each feeding goes over the time before the horizon again.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from django.db import OperationalError, connection, transaction

from myosotis.domain.urgency import AT_ONCE, URGENCY
from myosotis.store.models import QueueHorizon

LOOKAHEAD: Final = timedelta(minutes=45)
"""More than any retry waits, so that whatever was tried stays in the queue."""
EVERY: Final = timedelta(minutes=5)
AGAIN: Final = timedelta(seconds=1)
"""When another dispatcher was at it, or something stood in the way."""
OVERLAP: Final = timedelta(minutes=10)
"""With the lookahead, a transaction may last 50 minutes and still find what it planned in the queue."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
PATIENCE: Final = 0.2
"""Seconds; well below those after which the database looks for deadlocks."""
_ONLY: Final = 1
"""The key of the one row."""

log = structlog.get_logger(__name__)

_COLUMNS: Final = (
    "message_id, practice_id, uuid, subject_type, subject_id, visit_id, patient_id, revision, kind, channel, urgency,"
    " status, due_at, expires_at, attempts, first_tried_at, sent_at, detail, claimed_by"
)
_CASES: Final = " ".join(f"WHEN '{kind}' THEN {value}" for kind, value in URGENCY.items())
_ADD: Final = f"""
INSERT INTO store_queueentry ({_COLUMNS})
SELECT id, practice_id, uuid, subject_type, subject_id, visit_id, patient_id, revision, kind, channel,
    CASE kind {_CASES} ELSE {AT_ONCE} END,
    status, due_at, expires_at, attempts, first_tried_at, sent_at, detail, ''
FROM store_message
WHERE COALESCE(due_at, expires_at) >= %s AND COALESCE(due_at, expires_at) < %s AND status IN ('planned', 'waiting')
ON CONFLICT (message_id) DO NOTHING
"""  # noqa: S608 - constants
_COMPARE: Final = """
DELETE FROM store_queueentry WHERE claimed_at IS NULL AND COALESCE(due_at, expires_at) >= %s
AND COALESCE(due_at, expires_at) < %s AND NOT EXISTS (
    SELECT 1 FROM store_message AS kept WHERE kept.id = store_queueentry.message_id
    AND kept.status = store_queueentry.status AND kept.due_at IS NOT DISTINCT FROM store_queueentry.due_at
)
"""


def feed(now: datetime) -> datetime:
    """Let the queue reach 40 to 45 minutes beyond `now` (UTC); when to look after it again. Cheap if it does."""
    horizon = QueueHorizon.objects.filter(id=_ONLY).first()
    if horizon is None:
        return refill(now) - LOOKAHEAD + EVERY
    if horizon.fed_until >= now + LOOKAHEAD - EVERY:
        return horizon.fed_until - LOOKAHEAD + EVERY
    try:
        until = _feed_on(now + LOOKAHEAD)
    except OperationalError as error:
        if horizon.fed_until <= now:
            raise
        log.info("feeding_put_off", error=type(error).__name__)  # there is time: the queue reaches further than now
        until = None
    return now + AGAIN if until is None else until - LOOKAHEAD + EVERY


def refill(now: datetime) -> datetime:
    """Give everything an entry that should have one, however long ago it was planned; until when the queue reaches.

    For a queue that is new, or was filled behind the triggers' back (a restored or copied database).
    """
    until = now + LOOKAHEAD
    with transaction.atomic():
        QueueHorizon.objects.update_or_create(id=_ONLY, defaults={"fed_until": until, "fed_from": until})
        _run(_ADD, BEGINNING, until)
    return until


def _feed_on(until: datetime) -> datetime | None:
    """Move the horizon; None if another dispatcher is just doing so."""
    with transaction.atomic():
        rows = QueueHorizon.objects.filter(id=_ONLY)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        horizon = rows.first()
        if horizon is None:
            return None
        _be_patient_for(PATIENCE)
        if horizon.fed_until < until - EVERY:
            _run(_ADD, min(horizon.fed_until, until - LOOKAHEAD) - OVERLAP, until)
            _run(_COMPARE, horizon.fed_from, horizon.fed_until)
            horizon.fed_from, horizon.fed_until = horizon.fed_until, until
            horizon.save()
    return horizon.fed_until


def _be_patient_for(seconds: float) -> None:
    """Rather give up than stand in the way: flows and the feeder may each hold an entry that the other waits for."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{seconds}s'")


def _run(statement: str, since: datetime, until: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [connection.ops.adapt_datetimefield_value(moment) for moment in (since, until)])
