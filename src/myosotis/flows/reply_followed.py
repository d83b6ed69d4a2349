"""Staff do what a patient's reply asks for: confirm or cancel the visit, and the reply is dealt with."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from myosotis.domain.words import Party, Via
from myosotis.flows import found, inbox, visit_cancelled, visit_confirmed
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.store.models import Practice, Visit


class Wish(StrEnum):
    """What the patient asked for."""

    CONFIRM = "confirm"
    CANCEL = "cancel"


@transaction.atomic
def follow(
    *, practice: Practice, incoming_id: int, visit_id: int, wish: Wish, revision: int, actor: Actor, now: datetime
) -> Visit:
    """Confirm or cancel a visit as its patient wrote, noted so at the desk: it can be undone for 60 s.

    `revision` is the visit's as it was shown. Raises NotFound and Conflict (`revision_changed`, `visit_cancelled`,
    `visit_over`).
    """
    found.one(practice.incoming_messages.filter(id=incoming_id), "incoming message")
    visit = _confirmed_or_cancelled(practice, visit_id, wish, revision, actor, now)
    inbox.mark(practice=practice, incoming_id=incoming_id, handled=True, actor=actor, now=now)
    return visit


def _confirmed_or_cancelled(
    practice: Practice, visit_id: int, wish: Wish, revision: int, actor: Actor, now: datetime
) -> Visit:
    if wish is Wish.CONFIRM:
        return visit_confirmed.confirm(
            practice=practice, visit_id=visit_id, by=Party.PATIENT, via=Via.DESK, actor=actor, now=now,
            expected_revision=revision,
        )  # fmt: skip
    cancelled = visit_cancelled.cancel(
        practice=practice, visit_id=visit_id, by=Party.PATIENT, via=Via.DESK, actor=actor, now=now,
        expected_revision=revision,
    )  # fmt: skip
    if not cancelled.changed:
        raise Conflict("visit_cancelled")
    return cancelled.visit


@transaction.atomic
def take_back(*, practice: Practice, incoming_id: int, visit_id: int, wish: Wish, actor: Actor, now: datetime) -> None:
    """Take back what was done for a reply: it waits for somebody again.

    Raises NotFound and Conflict (`revision_changed`, `visit_cancelled`, `visit_over`, `not_cancelled`, `undo_time_over`).
    """
    found.one(practice.incoming_messages.filter(id=incoming_id), "incoming message")
    match wish:
        case Wish.CONFIRM:
            visit = found.visit_of(practice, visit_id)
            visit_confirmed.unconfirm(
                practice=practice, visit_id=visit_id, actor=actor, now=now, expected_revision=visit.revision
            )
        case Wish.CANCEL:
            visit_cancelled.restore(practice=practice, visit_id=visit_id, actor=actor, now=now)
    inbox.mark(practice=practice, incoming_id=incoming_id, handled=False, actor=actor, now=now)
