"""Doing what a reply asks for, once it is certain what it is about: as the link does it."""

from datetime import datetime
from typing import Final

from myosotis.domain.sms_words import SmsWord
from myosotis.domain.words import Answer, Kind, Party, Via
from myosotis.flows import actor, message_read, offer_answered, visit_cancelled, visit_confirmed
from myosotis.flows.errors import Conflict
from myosotis.flows.sms_arrived.meant import ANSWERABLE
from myosotis.store.models import Message, Practice
from myosotis.value_class import value_class

FOR_A_PERSON: Final = Answer.PHONE
"""It goes to the inbox and is answered with the phone number."""


@value_class
class Outcome:
    """What became of a reply, and what it is to be answered with. What did not act is for a person to read."""

    word: SmsWord | None = None
    acted: bool = False
    answer: Answer | None = None
    about: Message | None = None
    """The message that was replied to."""
    choices: tuple[Message, ...] = ()
    """Of which the patient is asked to choose."""


def act(
    practice: Practice, message: Message, word: SmsWord | None, now: datetime, revision: int | None = None
) -> Outcome:
    """Act on a reply to `message`, and note that it was read; without a word it is for a person to read.

    `revision` is the visit's as the patient knows it, where that is not the message's own: an answer to an older state
    of the visit changes nothing.
    """
    acted, answer = _acted(practice, message, word, now, message.revision if revision is None else revision)
    message_read.replied(message_id=message.pk, now=now)
    return Outcome(word=word, acted=acted, answer=answer, about=message)


Acted = tuple[bool, Answer | None]


def _acted(practice: Practice, message: Message, word: SmsWord | None, now: datetime, revision: int) -> Acted:
    if word is None or message.patient_id is None:
        return False, FOR_A_PERSON
    if message.kind == Kind.OFFER:
        return _on_offer(practice, message, word, now)
    return _on_visit(practice, message, word, now, revision) if message.kind in ANSWERABLE else (False, FOR_A_PERSON)


def _on_offer(practice: Practice, message: Message, word: SmsWord, now: datetime) -> Acted:
    """NIE declines and leaves the visit alone; TAK moves nothing and is answered with the link of the offer.

    A NIE to an offer that is over declines nothing and needs nobody; one from the patient who took it may mean the
    new time, and is for a person.
    """
    if word is SmsWord.YES:
        return True, Answer.OFFER
    who = actor.patient(message.patient_id or 0)
    try:
        offer_answered.decline(practice=practice, candidate_id=message.subject_id, actor=who, via=Via.SMS, now=now)
    except Conflict:
        taken = offer_answered.standing(practice, message.subject_id, now).has_taken
        return (False, FOR_A_PERSON) if taken else (True, None)
    return True, None


def _on_visit(practice: Practice, message: Message, word: SmsWord, now: datetime, revision: int) -> Acted:
    """TAK confirms and NIE cancels as the link does; an answer to an older state of the visit is for a person."""
    visit = message.visit
    if visit is None or message.patient_id is None or visit.patient_id != message.patient_id:
        return False, FOR_A_PERSON
    does = visit_confirmed.confirm if word is SmsWord.YES else visit_cancelled.cancel
    try:
        does(
            practice=practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.SMS, actor=actor.patient(message.patient_id),
            now=now, expected_revision=revision,
        )  # fmt: skip
    except Conflict as refused:
        return False, Answer.AFTER_CUTOFF if refused.code == "after_cutoff" else FOR_A_PERSON
    return True, None
