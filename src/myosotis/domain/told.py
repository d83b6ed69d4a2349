"""What a patient was last told of a visit (docs/rules.md 2, "Undo time").

`moved` goes only if start, doctor or address differ from it; a cancellation goes only to whom something was told.
Only what concerns earlier revisions counts: what the present revision says is what we are about to tell.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from myosotis.domain.lifecycle import LEFT, PENDING
from myosotis.domain.values import Appointment, ExistingMessage, VisitFacts
from myosotis.domain.words import Channel, Kind, MessageStatus, Party, Reason
from myosotis.value_class import value_class

NEWS: Final = frozenset({Kind.DETAILS, Kind.MOVED, Kind.CANCELLED, Kind.REMINDER})
"""Kinds that tell when and where a visit is, or that it is not."""
SUPERSEDED: Final = frozenset({Reason.VISIT_MOVED, Reason.VISIT_CANCELLED, Reason.VISIT_CHANGED})
"""Why messages of an earlier revision are cancelled; such a message was still ahead when its visit changed."""
UNDO: Final = timedelta(seconds=60)
"""What staff do at the desk may be undone for this long before anybody is told."""


@value_class
class Told:
    """What the last message to a patient said; no appointment if it said "cancelled" or may still be on its way."""

    appointment: Appointment | None
    cancelled: bool = False


def may_have_left(message: ExistingMessage) -> bool:
    """Whether a message left, or may have: also one that had no answer and waits for its repeat (docs/rules.md 7.4)."""
    return message.status in LEFT or (message.status is MessageStatus.PLANNED and message.sent_at is not None)


def last_told(facts: VisitFacts, patient_id: int, before: int) -> Told | None:
    """What the revisions before `before` told this patient last; None if no message did."""
    left = [message for message in _earlier(facts, patient_id, before) if may_have_left(message)]
    if not left:
        return None
    if any(message.status is MessageStatus.CLAIMED for message in left):
        return Told(appointment=None)
    newest = max(left, key=lambda message: (message.sent_at or facts.booked_at, message.key.revision))
    if newest.key.kind is Kind.CANCELLED:
        return Told(appointment=None, cancelled=True)
    return Told(appointment=newest.told)


def in_mind(facts: VisitFacts, before: int) -> Appointment | None:
    """The appointment that the visit's patient has in mind (by word of mouth at first); None if that is not certain."""
    told = last_told(facts, facts.card.patient_id, before)
    return facts.first if told is None else told.appointment


def details_were_ahead(facts: VisitFacts, patient_id: int, before: int) -> bool:
    """Whether an earlier revision had `details` ahead when the visit changed, and nothing of any kind ever left."""
    earlier = tuple(_earlier(facts, patient_id, before))
    if any(may_have_left(message) for message in earlier):
        return False
    return any(message.key.kind is Kind.DETAILS and _was_ahead(message) for message in earlier)


def was_promised(facts: VisitFacts, patient_id: int, before: int) -> bool:
    """Whether an earlier revision had `details` or `moved` ahead, or on its way, when the visit changed.

    Whether the patient knows all the same is for whoever asks to find out (`last_told`).
    """
    return any(
        message.key.kind in (Kind.DETAILS, Kind.MOVED)
        and (_was_ahead(message) or message.status is MessageStatus.CLAIMED)
        for message in _earlier(facts, patient_id, before)
    )


def awaits_the_right_patient(facts: VisitFacts) -> bool:
    """Whether the card was corrected before anything that the visit owed had left for the wrong patient.

    What left, or was left out on purpose, is not said again: a correction by itself tells nobody. (Whoever gets back a
    visit that was cancelled for them is another matter: `may_think_it_cancelled`.)
    """
    before = [
        message
        for message in facts.messages
        if message.key.revision == facts.revision - 1
        and message.key.copy == 0
        and message.key.kind in (Kind.DETAILS, Kind.MOVED)
    ]
    if any(may_have_left(message) and message.status is not MessageStatus.CLAIMED for message in before):
        return False
    return any(_was_ahead(message) or _was_on_its_way(message) for message in before)


def may_think_it_cancelled(facts: VisitFacts) -> bool:
    """Whether the visit's patient was told by an earlier revision, or is being told just now, that it is cancelled."""
    patient_id, before = facts.card.patient_id, facts.revision
    last = last_told(facts, patient_id, before)
    if last is None or last.cancelled:
        return last is not None
    return any(
        message.key.kind is Kind.CANCELLED and message.status is MessageStatus.CLAIMED
        for message in _earlier(facts, patient_id, before)
    )


def was_never_told(facts: VisitFacts, patient_id: int, before: int) -> bool:
    """Whether a visit is cancelled before its patient heard of it: nothing left, and word of mouth is still undone.

    Either `details` was still ahead, or staff booked it less than the undo time before. Who booked it alone knows of it,
    and would come.
    """
    alone = facts.booked_by is Party.PATIENT and patient_id == facts.card.patient_id
    if alone and facts.event_by is Party.PRACTICE:
        return False
    if details_were_ahead(facts, patient_id, before):
        return True
    return (
        facts.booked_by is Party.PRACTICE
        and facts.previous_start is None
        and patient_id == facts.card.patient_id
        and facts.event_at - facts.booked_at < UNDO
        and last_told(facts, patient_id, before) is None
    )


def _was_ahead(message: ExistingMessage) -> bool:
    if message.key.channel is Channel.NONE:
        return False
    return message.status in PENDING or (message.status is MessageStatus.CANCELLED and message.reason in SUPERSEDED)


def _was_on_its_way(message: ExistingMessage) -> bool:
    """Claimed when the visit went to another patient; the last look stops it, unless it was taken before."""
    stopped = message.status is MessageStatus.CANCELLED and message.reason is Reason.FORMER_PATIENT
    return stopped or message.status is MessageStatus.CLAIMED


def _earlier(facts: VisitFacts, patient_id: int, before: int) -> Iterator[ExistingMessage]:
    for message in facts.messages:
        if message.key.revision < before and message.patient_id == patient_id and message.key.kind in NEWS:
            yield message
