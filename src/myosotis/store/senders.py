"""Whose patient wrote, where the account that received it is shared by all practices."""

from datetime import datetime

from django.db.models import Q

from myosotis.domain.words import Channel
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Message, Patient, ReplyQuestion


def practice_that_asked(phone: str, now: datetime) -> int | None:
    """The practice that last asked this number which of several is meant, while its codes hold at `now` (UTC)."""
    with scope.across(Why.REPLY):
        questions = ReplyQuestion.objects.filter(phone=phone, expires_at__gt=now).order_by("-asked_at", "-id")
        return questions.values_list("practice_id", flat=True).first()


def practice_that_wrote_to(phone: str) -> int | None:
    """The practice whose SMS was the last to go to this number (E.164), else the only one that knows it, else None."""
    with scope.across(Why.REPLY):
        return _last_that_wrote_to(phone) or _only_one_that_knows(phone)


def _last_that_wrote_to(phone: str) -> int | None:
    return (
        Message.objects.filter(channel=Channel.SMS, text__address=phone, sent_at__isnull=False)
        .order_by("-sent_at")
        .values_list("practice_id", flat=True)
        .first()
    )


def _only_one_that_knows(phone: str) -> int | None:
    cards = Patient.objects.filter(Q(phone=phone) | Q(guardian_phone=phone))
    practices = list(cards.values_list("practice_id", flat=True).distinct().order_by()[:2])
    return practices[0] if len(practices) == 1 else None
