"""What the image in e-mails would save at most: SMS that went because nobody had been seen reading (docs/rules.md 3)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Count, Exists, OuterRef, Sum

from myosotis.domain.words import Channel, FallbackRule, MessageStatus, Wave
from myosotis.store.models import Message, Practice
from myosotis.value_class import value_class

DAYS: Final = 30


@value_class
class Savings:
    """Of the last `days`: SMS that followed an e-mail which arrived and was not seen to be read, and what they cost."""

    days: int
    sms: int
    price: Decimal


def of_last_days(practice: Practice, now: datetime) -> Savings:
    """Up to `now` (UTC). Not each of these e-mails was read, nor would the image have told of each that was."""
    mail = Message.objects.filter(
        visit_id=OuterRef("visit_id"),
        revision=OuterRef("revision"),
        kind=OuterRef("kind"),
        copy=OuterRef("copy"),
        wave=Wave.FIRST,
        channel=Channel.EMAIL,
        status__in=(MessageStatus.SENT, MessageStatus.DELIVERED),
        read_at=None,
    )
    followed = Message.objects.filter(
        trace__practice=practice,
        trace__sent_at__gt=now - timedelta(days=DAYS),
        trace__sent_at__lte=now,
        channel=Channel.SMS,
        wave=Wave.FALLBACK,
        fallback=FallbackRule.UNREAD,
    )
    found = followed.filter(Exists(mail)).aggregate(sms=Count("id"), price=Sum("price"))
    return Savings(days=DAYS, sms=found["sms"], price=found["price"] or Decimal(0))
