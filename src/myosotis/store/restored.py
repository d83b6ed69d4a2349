"""What a restored installation does not know: what was sent since the backup was made (docs/rules.md 7.4).

Whatever was due by now may have left from where the backup came from, so it is *unclear*, never sent blindly; visits ahead
of which nothing else was accepted come onto the call list by that. What is due later goes as planned.
"""

from datetime import datetime
from typing import Final

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from myosotis.domain.lifecycle import Event
from myosotis.domain.words import Channel, HaltCause, Kind, MessageStatus, OfferEnd, Reason
from myosotis.store import bulk, halts
from myosotis.store.models import Calendar, HandOver, Message, MessageLinks, Offer
from myosotis.store.offers import ending
from myosotis.store.queue import links, record
from myosotis.store.queue.claims import IS_CLAIMED
from myosotis.store.queue.links import MakeHashes
from myosotis.value_class import value_class

BATCH: Final = 500
_COLUMNS: Final = ("id", "practice_id", "visit_id", "uuid", "kind", "channel", "due_at")


@value_class
class Aftermath:
    """What was done to a restored installation."""

    unclear: int
    """Messages that may have been sent since the backup."""
    offers: int
    """Open offers that were closed: somebody may have taken the time since."""


def settle(*, backup_of: datetime, now: datetime, hashes: MakeHashes) -> Aftermath:
    """Make a database as it was at `backup_of` safe to go on with at `now` (both UTC), and hold back all sending.

    May be repeated: what is settled stays so.
    """
    halts.begin(HaltCause.RESTORED, backup_of=backup_of, now=now)
    HandOver.objects.all().delete()
    Session.objects.all().delete()  # one that was ended since would be open again
    UserSession.objects.all().delete()
    unclear = 0
    while found := _mark_some(now, hashes):
        unclear += found
    return Aftermath(unclear=unclear, offers=_close_offers(now))


def _mark_some(now: datetime, hashes: MakeHashes) -> int:
    """Fallbacks that are due by now because of it come with the next round."""
    with transaction.atomic():
        rows = list(
            Message.objects.filter(IS_CLAIMED | Q(status=MessageStatus.PLANNED, due_at__lte=now))
            .order_by("id")
            .values_list(*_COLUMNS)[:BATCH]
        )
        results = [
            record.Result(
                message_id=key,
                claim=None,
                practice_id=practice_id,
                visit_id=visit_id,
                channel=Channel(channel),
                event=Event.UNANSWERED,
                at=min(due_at or now, now),
                reason=Reason.RESTORED,
            )
            for key, practice_id, visit_id, _, _, channel, due_at in rows
        ]
        record.write(results, now=now)
        hashed = [
            (key, practice_id, *hashes(uuid, Kind(kind), Channel(channel)))
            for key, practice_id, _, uuid, kind, channel, *_ in rows
        ]
        bulk.insert(MessageLinks, links.COLUMNS, hashed, unless_there=True)  # if they left, their links open
    return len(rows)


def _close_offers(now: datetime) -> int:
    count = 0
    while batch := list(Offer.objects.filter(closed_at=None).order_by("id").values_list("id", "calendar_id")[:BATCH]):
        with transaction.atomic():
            calendars = Calendar.objects.filter(id__in={calendar for _, calendar in batch}).order_by("id")
            list(calendars.select_for_update(no_key=True).values_list("id"))
            offers = list(Offer.objects.filter(id__in=[key for key, _ in batch], closed_at=None).order_by("id"))
            ending.close(offers, OfferEnd.STOPPED, now, ending.SYSTEM)
        count += len(batch)
    return count
