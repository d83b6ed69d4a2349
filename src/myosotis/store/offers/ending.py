"""Ending offers, and the messages of those who are asked no more, with the reason; in the transaction that caused it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from myosotis.domain import asked
from myosotis.domain.asked import Asked
from myosotis.domain.lifecycle import PENDING
from myosotis.domain.values import VisitFacts
from myosotis.domain.words import Channel, MessageStatus, OfferAnswer, OfferEnd, OfferStep, Reason, SubjectType
from myosotis.store import bulk
from myosotis.store.models import Calendar, Candidate, Message, MessageEvent, Offer, OfferEvent
from myosotis.store.question import Question
from myosotis.store.queue import claims

ANY: Final = Question(
    lambda now: Offer.objects.filter(closed_at=None, closes_at__lte=now).order_by("closes_at").values_list("id")[:1],
    lists=0,
    instants=1,
)
"""Whether the time of any offer has come at an instant (UTC)."""
BATCH: Final = 200
SYSTEM: Final = "system"
_GONE: Final = frozenset({OfferEnd.TAKEN, OfferEnd.BOOKED})
_CANCEL: Final = ("status", "reason", "finished_at")
_EVENT: Final = ("practice_id", "message_id", "at", "status", "reason", "detail")


def close(offers: Collection[Offer], because: OfferEnd, now: datetime, actor: str) -> None:
    """Close offers that are not closed; what has not left of their messages ends. The caller holds the calendars."""
    if not offers:
        return
    ids = [offer.pk for offer in offers]
    for offer in offers:
        offer.closed_at, offer.closed_because = now, because
    Offer.objects.filter(id__in=ids).update(closed_at=now, closed_because=because)
    OfferEvent.objects.bulk_create(
        OfferEvent(
            practice_id=offer.practice_id, offer=offer, at=now, what=OfferStep.CLOSED, reason=because, actor=actor
        )
        for offer in offers
    )
    candidates = Candidate.objects.filter(offer_id__in=ids, passed_over="").values_list("id", flat=True)
    reason = Reason.OFFER_TAKEN if because in _GONE else Reason.OFFER_CLOSED
    end_messages(dict.fromkeys(candidates, reason), now)


def end_messages(
    reasons: Mapping[int, Reason], now: datetime, channels: Mapping[int, Collection[Channel]] | None = None
) -> None:
    """End what is pending for these candidates, each with its reason; with `channels`, only what goes by those."""
    if not reasons:
        return
    messages = Message.objects.filter(
        subject_type=SubjectType.CANDIDATE, subject_id__in=list(reasons), status__in=PENDING
    ).order_by("id")
    if connection.features.has_select_for_update:
        messages = messages.select_for_update(no_key=True)
    rows = [
        (key, practice_id, _end(sent_at), reasons[candidate_id].value)
        for key, practice_id, candidate_id, channel, sent_at in messages.values_list(
            "id", "practice_id", "subject_id", "channel", "sent_at"
        )
        if channels is None or channel in channels[candidate_id]
    ]
    rows = claims.without_claimed(rows)
    bulk.update(Message, _CANCEL, [(status, reason, now, key) for key, _, status, reason in rows])
    bulk.insert(
        MessageEvent, _EVENT, [(practice, key, now, status, reason, "") for key, practice, status, reason in rows]
    )


def _end(sent_at: datetime | None) -> str:
    """What was handed over without an answer may have arrived."""
    return (MessageStatus.CANCELLED if sent_at is None else MessageStatus.UNCLEAR).value


def look_again(visits: Iterable[VisitFacts], asked_of_them: Iterable[Asked], now: datetime) -> None:
    """Whoever was asked and may not be any more hears no more of it.

    For visits, with what is known of them now and who was asked about them (`reading.asking_about`), whenever something about
    them changed; they are locked.
    """
    known = {visit.visit_id: visit for visit in visits}
    left, silent = [], {}
    for one in asked_of_them:
        visit = known[one.visit_id]
        change = asked.change(one, visit)
        if change is not None:
            left.append((one, change))
        elif (reason := asked.against(one, visit, now)) is not None:
            silent[one.candidate_id] = reason
        else:
            _end_channels(one, visit, now)
    _withdraw(left, now)
    end_messages(silent, now)


def _end_channels(one: Asked, visit: VisitFacts, now: datetime) -> None:
    for channel in (Channel.EMAIL, Channel.PUSH, Channel.SMS):
        reason = asked.reason_of_channel(visit, channel, now)
        if reason is not None:
            end_messages({one.candidate_id: reason}, now, {one.candidate_id: (channel,)})


def _withdraw(left: Collection[tuple[Asked, Reason]], now: datetime) -> None:
    """The visit that was asked about is another one now."""
    if not left:
        return
    reasons = {one.candidate_id: reason for one, reason in left}
    rows = list(Candidate.objects.filter(id__in=reasons, answer="").order_by("id").select_for_update(no_key=True))
    for row in rows:
        row.answer, row.answered_at = OfferAnswer.WITHDRAWN, now
    Candidate.objects.bulk_update(rows, ["answer", "answered_at"])
    OfferEvent.objects.bulk_create(
        OfferEvent(
            practice_id=row.practice_id,
            offer_id=row.offer_id,
            candidate=row,
            at=now,
            what=OfferStep.WITHDRAWN,
            reason=reasons[row.pk],
            actor=SYSTEM,
        )
        for row in rows
    )
    end_messages(reasons, now)


def sweep(now: datetime) -> int:
    """Close the offers whose time (UTC) has come; how many."""
    count = 0
    while found := _sweep_some(now):
        count += found
    return count


def _sweep_some(now: datetime) -> int:
    late = Offer.objects.filter(closed_at=None, closes_at__lte=now).order_by("id")
    batch = list(late.values_list("id", "calendar_id")[:BATCH])
    if not batch:
        return 0
    with transaction.atomic():
        calendars = Calendar.objects.filter(id__in={calendar for _, calendar in batch}).order_by("id")
        list(calendars.select_for_update(no_key=True).values_list("id"))
        offers = list(late.filter(id__in=[key for key, _ in batch]))
        close(offers, OfferEnd.TIME, now, SYSTEM)
    return len(batch)
