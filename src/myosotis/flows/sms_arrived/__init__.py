"""A patient sent an SMS: STOP, START, TAK, NIE, a reply code, or something for a person to read (docs/rules.md 5).

A reply refers to the last SMS sent to that number. Where that is not certain, nothing is done on a guess: the patient
is asked which one is meant, or the text goes to the inbox and is answered with the phone number.
"""

from datetime import datetime

from django.db import transaction

from myosotis.domain import sms_words
from myosotis.domain.sms_words import CODED, Reply, SmsWord
from myosotis.domain.words import Answer, Channel
from myosotis.flows import digest_planned, stopped_numbers
from myosotis.flows.errors import NotFound
from myosotis.flows.sms_arrived import acting, answering, asking
from myosotis.flows.sms_arrived.acting import FOR_A_PERSON, Outcome
from myosotis.flows.sms_arrived.meant import meant
from myosotis.store.models import IncomingMessage, Practice
from myosotis.value_class import value_class


@value_class
class Taken:
    """What became of an incoming SMS; `new` is false where it had arrived before."""

    incoming_id: int
    new: bool
    understood_as: SmsWord | None = None
    acted: bool = False
    answer: Answer | None = None


@transaction.atomic
def take(
    *,
    practice_id: int,
    sender: str,
    text: str,
    now: datetime,
    to: str = "",
    provider: str = "",
    provider_id: str = "",
) -> Taken:
    """Take an SMS from `sender` (E.164) to the practice whose account received it. Delivered twice it counts once.

    Raises NotFound for an unknown practice.
    """
    del to  # the account says which practice it is; its number may change
    practice = Practice.objects.filter(id=practice_id).first()
    if practice is None:
        raise NotFound("practice")
    incoming, new = _kept(practice, sender, text, provider, provider_id, now)
    if not new:
        return Taken(incoming_id=incoming.pk, new=False)
    outcome = _understood(practice, incoming, sms_words.recognise(text), now)
    answer = answering.answer(practice, incoming, outcome, now)
    incoming.about = outcome.about
    incoming.understood_as = outcome.word or ""
    incoming.answer = answer or ""
    incoming.handled_at = now if outcome.acted else None
    incoming.save(update_fields=["about", "understood_as", "answer", "handled_at"])
    if not outcome.acted or outcome.word is SmsWord.STOP:
        digest_planned.plan(practice.pk, now)
    if answer is Answer.WHICH:
        asking.ask(practice, incoming, outcome.choices, now)
    return Taken(incoming_id=incoming.pk, new=True, understood_as=outcome.word, acted=outcome.acted, answer=answer)


def _kept(
    practice: Practice, sender: str, text: str, provider: str, provider_id: str, now: datetime
) -> tuple[IncomingMessage, bool]:
    owners = stopped_numbers.patients_at(practice, sender)
    values = {
        "channel": Channel.SMS.value,
        "sender": sender,
        "text": text,
        "received_at": now,
        "patient_id": min(owners) if len(owners) == 1 else None,
    }
    if not provider_id:
        return IncomingMessage.objects.create(practice=practice, provider=provider, **values), True
    return IncomingMessage.objects.get_or_create(
        practice=practice, provider=provider, provider_id=provider_id, defaults=values
    )


def _understood(practice: Practice, incoming: IncomingMessage, reply: Reply, now: datetime) -> Outcome:
    """Do what the reply asks for, if it asks for one thing."""
    match reply.word:
        case SmsWord.STOP:
            asking.forget(practice, incoming.sender, now)
            new = stopped_numbers.stop(practice, incoming.sender, now)
            return Outcome(word=reply.word, acted=True, answer=Answer.STOPPED if new else None)
        case SmsWord.START:
            new = stopped_numbers.start(practice, incoming.sender, now)
            return Outcome(word=reply.word, acted=True, answer=Answer.STARTED if new else None)
    if reply.code is not None:
        chosen = asking.chosen(practice, incoming.sender, reply, now)
        if chosen is not None:
            return asking.settled(chosen, acting.act(practice, chosen.message, chosen.word, now, chosen.revision), now)
    return _without_code(practice, incoming, reply, now)


def _without_code(practice: Practice, incoming: IncomingMessage, reply: Reply, now: datetime) -> Outcome:
    """A word, or a text for a person: about the last SMS, where it can be about nothing else."""
    found = meant(practice, incoming.sender, now)
    word = reply.word if reply.code is None and reply.word in CODED else None
    if found.certain is not None:
        return acting.act(practice, found.certain, word, now)
    if word is not None and asking.may_ask(practice, incoming.sender, found.choices, now):
        return Outcome(word=word, answer=Answer.WHICH, choices=found.choices)
    return Outcome(word=word, answer=FOR_A_PERSON)
