"""What SMS have cost a practice in a month, and what the month will cost."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Count, Sum

from myosotis.domain.words import Channel
from myosotis.store.home import days, home_zone
from myosotis.store.models import Message, Practice
from myosotis.value_class import value_class

FORESEEN_AFTER: Final = timedelta(days=3)
"""Of a month that has just begun nothing can be said yet."""


@value_class
class Spent:
    """SMS handed over since the beginning of the local month."""

    messages: int
    parts: int
    price: Decimal
    foreseen: Decimal | None
    """By the end of the month, if it goes on like this; None in its first days."""


def of_month(practice: Practice, now: datetime) -> Spent:
    """The month in which `now` (UTC) lies, by the clock of the practice's first address."""
    zone = home_zone(practice.pk)
    today = now.astimezone(zone).date()
    first = today.replace(day=1)
    since, until = days(first, _last_of(first), zone)
    sent = Message.objects.filter(
        trace__practice=practice, trace__sent_at__gte=since, trace__sent_at__lte=now, channel=Channel.SMS
    )
    summed = sent.aggregate(count=Count("id"), parts=Sum("parts"), price=Sum("price"))
    price = summed["price"] or Decimal(0)
    return Spent(
        messages=summed["count"],
        parts=summed["parts"] or 0,
        price=price,
        foreseen=_foreseen(price, (now - since) / (until - since)) if now >= since + FORESEEN_AFTER else None,
    )


def _last_of(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _foreseen(price: Decimal, share: float) -> Decimal:
    return (price / Decimal(share)).quantize(Decimal("0.01"))
