"""What a reply can be about: the last SMS to that number, and whatever else went there shortly before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from myosotis.domain.words import Channel, Kind, MessageStatus
from myosotis.flows import patient_acts, stopped_numbers
from myosotis.store.models import Candidate, Message, Practice
from myosotis.store.queue.claims import IS_CLAIMED
from myosotis.value_class import value_class

ANSWERABLE: Final = frozenset({Kind.DETAILS, Kind.MOVED, Kind.REMINDER})
"""After which TAK and NIE mean a visit."""
SEVERAL_WITHIN: Final = timedelta(hours=72)
"""What else went to a number within this time before the last SMS may be meant too."""


@value_class(kw_only=False)
class Meant:
    """Either one message, for certain, or those of which the patient has to choose (none: nothing can be answered)."""

    certain: Message | None = None
    choices: tuple[Message, ...] = ()


def meant(practice: Practice, sender: str, now: datetime) -> Meant:
    """What an SMS from `sender` at `now` (UTC) can be about.

    The last SMS, if nothing else sent within 72 h before it could still be answered. One that has no outcome yet may be
    what the phone shows; so may one that is just being handed over, or was reported as failed: then it is not certain.
    """
    sent = _sent_to(practice, sender, now)
    last = sent[0] if sent else None
    open_ones = _answerable([*_under_way(practice, sender), *sent], now)
    if last is not None and last.status != MessageStatus.FAILED and not set(open_ones) - {_thing(last)}:
        return Meant(certain=last)
    return Meant(choices=tuple(sorted(open_ones.values(), key=_order)))


def _sent_to(practice: Practice, sender: str, now: datetime) -> list[Message]:
    """The SMS to this number back to 72 h before the last that may have arrived, newest first."""
    sms = practice.messages.filter(
        channel=Channel.SMS, visit__isnull=False, text__address=sender, sent_at__lte=now
    ).select_related("visit")
    newest_first = sms.order_by("-sent_at", "-id")
    last = newest_first.exclude(status=MessageStatus.FAILED).first() or newest_first.first()
    if last is None or last.sent_at is None:
        return []
    return list(newest_first.filter(sent_at__gte=last.sent_at - SEVERAL_WITHIN))


def _under_way(practice: Practice, sender: str) -> list[Message]:
    """SMS to this number that are being handed over: whether they left is not known yet."""
    owners = stopped_numbers.patients_at(practice, sender)
    claimed = practice.messages.filter(IS_CLAIMED, channel=Channel.SMS, visit__isnull=False, patient_id__in=owners)
    return list(claimed.select_related("visit").order_by("-id"))


Thing = tuple[bool, int | None]
"""What messages are about: whether it is an offer, and of which candidate or visit."""


def _thing(message: Message) -> Thing:
    offer = message.kind == Kind.OFFER
    return offer, message.subject_id if offer else message.visit_id


def _answerable(messages: Iterable[Message], now: datetime) -> dict[Thing, Message]:
    """The newest message about each thing to which TAK or NIE can still be an answer."""
    found: dict[Thing, Message] = {}
    for message in messages:
        if message.kind in ANSWERABLE or message.kind == Kind.OFFER:
            found.setdefault(_thing(message), message)
    return {thing: message for thing, message in found.items() if _is_open(message, now)}


def _is_open(message: Message, now: datetime) -> bool:
    """The visit is still to come and the same patient's; an offer besides has been neither answered nor closed."""
    visit = message.visit
    if visit is None or visit.patient_id != message.patient_id:
        return False
    if visit.status not in patient_acts.OPEN or now >= visit.end:
        return False
    if message.kind != Kind.OFFER:
        return True
    asked = Candidate.objects.filter(id=message.subject_id, answer="", offer__closed_at=None, offer__closes_at__gt=now)
    return asked.exists()


def _order(message: Message) -> tuple[datetime, int, bool]:
    """By the visit's start; the offer of an earlier time after its visit."""
    if message.visit is None:
        raise LookupError("a message that could be meant has a visit")
    return message.visit.start, message.visit.pk, message.kind == Kind.OFFER
