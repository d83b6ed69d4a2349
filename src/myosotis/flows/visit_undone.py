"""What staff did last with a visit at the desk is taken back, whatever it was, within the undo time (docs/rules.md 2)."""

from datetime import datetime

from django.db import transaction

from myosotis.domain.told import UNDO
from myosotis.domain.words import Party, Via
from myosotis.flows import found, visit_cancelled, visit_changed, visit_moved
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.records import Happened
from myosotis.store.models import Practice


@transaction.atomic
def undo(*, practice: Practice, visit_id: int, actor: Actor, now: datetime) -> Happened:
    """Take back the last booking, move, cancellation or giving away at the desk; what it was.

    A booking taken back is cancelled before anybody heard of it: nothing is sent. Raises NotFound and Conflict
    (`nothing_to_undo`, `undo_time_over`).
    """
    last = visit_moved.last_entry(found.visit_of(practice, visit_id))
    if last is None or last.via != Via.DESK:
        raise Conflict("nothing_to_undo")
    match last.what:
        case Happened.BOOKED:
            if now >= last.at + UNDO:
                raise Conflict("undo_time_over")
            visit_cancelled.cancel(
                practice=practice, visit_id=visit_id, by=Party.PRACTICE, via=Via.DESK, actor=actor, now=now,
                expected_revision=last.revision, what=Happened.BOOKING_UNDONE,
            )  # fmt: skip
        case Happened.MOVED:
            visit_moved.undo(practice=practice, visit_id=visit_id, actor=actor, now=now)
        case Happened.CANCELLED:
            visit_cancelled.restore(practice=practice, visit_id=visit_id, actor=actor, now=now)
        case Happened.GIVEN_TO_OTHER | Happened.CORRECTED:
            visit_changed.take_back(practice=practice, visit_id=visit_id, actor=actor, now=now)
        case _:
            raise Conflict("nothing_to_undo")
    return Happened(last.what)
