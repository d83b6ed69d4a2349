"""Asking the patient which of several is meant, with a code for each, and taking the code that comes back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from myosotis.domain.sms_words import MOST_CODES, Reply, SmsWord
from myosotis.flows.sms_arrived.acting import Outcome
from myosotis.store.models import IncomingMessage, Message, Practice, ReplyQuestion
from myosotis.value_class import value_class

ASKED_FOR: Final = timedelta(hours=24)
"""For so long a code is understood; what it would do is asked again of the visit as it stands then."""
ASKED_AT_MOST: Final = 3
"""How often in that time a number is asked: who answers otherwise each time needs a person."""


@value_class
class Chosen:
    """What a code stands for, and the word to which it belongs."""

    question: ReplyQuestion
    message: Message
    word: SmsWord
    revision: int
    """Of the visit when the patient was asked."""


def may_ask(practice: Practice, sender: str, choices: Sequence[Message], now: datetime) -> bool:
    """Whether there is something to choose from, in few words, and it was not asked again and again."""
    asked = practice.reply_questions.filter(phone=sender, asked_at__gt=now - ASKED_FOR).count()
    return 0 < len(choices) <= MOST_CODES and asked < ASKED_AT_MOST


def ask(practice: Practice, incoming: IncomingMessage, choices: Sequence[Message], now: datetime) -> ReplyQuestion:
    """Keep the question: the word of `incoming` is the one that a code alone will mean."""
    return ReplyQuestion.objects.create(
        practice=practice,
        incoming=incoming,
        phone=incoming.sender,
        asked_at=now,
        expires_at=now + ASKED_FOR,
        choices=[
            {"code": code, "message": message.pk, "revision": message.visit.revision if message.visit else 0}
            for code, message in enumerate(choices, start=1)
        ],
    )


def chosen(practice: Practice, sender: str, reply: Reply, now: datetime) -> Chosen | None:
    """What the code of a reply stands for in the last question to this number; None if it stands for nothing."""
    question = _open(practice, sender, now).select_related("incoming").order_by("-asked_at", "-id").first()
    if question is None:
        return None
    choice = next((choice for choice in question.choices if choice["code"] == reply.code), None)
    message = practice.messages.select_related("visit").filter(id=choice["message"]).first() if choice else None
    if choice is None or message is None:
        return None
    word = reply.word or SmsWord(question.incoming.understood_as)
    return Chosen(question=question, message=message, word=word, revision=choice["revision"])


def settled(chosen: Chosen, outcome: Outcome, now: datetime) -> Outcome:
    """Note that the question was answered. Its other codes go on: in a household each visit has its own answer."""
    question = chosen.question
    if question.answered_at is None:
        question.answered_at = now
        question.save(update_fields=["answered_at"])
        if outcome.acted:
            question.incoming.handled_at = now
            question.incoming.save(update_fields=["handled_at"])
    return outcome


def forget(practice: Practice, sender: str, now: datetime) -> None:
    """STOP came: what was asked needs no answer any more."""
    _open(practice, sender, now).update(expires_at=now)


def _open(practice: Practice, sender: str, now: datetime) -> "QuerySet[ReplyQuestion]":
    return practice.reply_questions.filter(phone=sender, expires_at__gt=now)
