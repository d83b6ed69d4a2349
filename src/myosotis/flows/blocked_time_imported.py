"""Events of a calendar file that match no patient become time that no patient can have."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from myosotis.domain.words import OfferEnd
from myosotis.flows import found, import_batches, offer_closed, slots
from myosotis.flows.actor import Actor
from myosotis.flows.visits_imported import Taken
from myosotis.store.models import BlockedTime, Practice
from myosotis.value_class import value_class


@value_class
class BlockedInput:
    """One event (UTC) with the identity it has in its file; `gone` where the file says that it was cancelled."""

    calendar_id: int
    start: datetime
    end: datetime
    source_uid: str
    source_recurrence: str = ""
    gone: bool = False


@transaction.atomic
def take(
    *,
    practice: Practice,
    batch_id: int,
    rows: Sequence[BlockedInput],
    rows_done: int,
    actor: Actor,
    now: datetime,
    problems: Sequence[import_batches.Problem] = (),
) -> Taken:
    """Take some events as blocked time; the same event again is moved or removed as it says, never doubled.

    What was offered of that time is offered no more. Raises NotFound, and Conflict (`batch_closed`, `rows_done_already`).
    """
    batch = import_batches.locked(practice, batch_id, rows_done)
    calendars = {row.calendar_id for row in rows}
    for calendar_id in calendars:
        found.calendar_of(practice, calendar_id)
    slots.lock_calendars(practice, calendars)
    known = {
        (blocked.calendar_id, blocked.source_uid, blocked.source_recurrence): blocked
        for blocked in practice.blocked_times.filter(source_uid__in={row.source_uid for row in rows})
    }
    added = changed = 0
    for row in rows:
        key = (row.calendar_id, row.source_uid, row.source_recurrence)
        blocked = known.get(key)
        if blocked is None and not row.gone:
            known[key] = BlockedTime.objects.create(
                practice=practice, calendar_id=row.calendar_id, start=row.start, end=row.end,
                source_uid=row.source_uid, source_recurrence=row.source_recurrence, batch=batch,
            )  # fmt: skip
            added += 1
        elif blocked is not None and row.gone:
            del known[key]
            blocked.delete()
            changed += 1
        elif blocked is not None and (blocked.start, blocked.end) != (row.start, row.end):
            blocked.start, blocked.end = row.start, row.end
            blocked.save(update_fields=["start", "end"])
            changed += 1
    offer_closed.close_where_any_taken(
        practice,
        ((row.calendar_id, row.start, row.end) for row in rows if not row.gone),
        now=now,
        actor=actor,
        because=OfferEnd.BLOCKED,
    )
    unchanged = len(rows) - added - changed
    import_batches.note(
        batch, added=added, changed=changed, unchanged=unchanged, rows_done=rows_done, problems=problems
    )
    return Taken(added=added, changed=changed, unchanged=unchanged)
