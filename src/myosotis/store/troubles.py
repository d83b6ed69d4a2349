"""What keeps a practice's messages from leaving: a channel without a provider, and one that does not take them."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet

from myosotis.domain.words import Channel, Reason
from myosotis.store.models import BreakerState, Message, Practice, ProviderAccount
from myosotis.store.providers import channels_of
from myosotis.store.queue import overdue
from myosotis.value_class import value_class

LATE: Final = timedelta(minutes=10)
"""A message due longer ago than this is held up."""
WANTED: Final = (Channel.EMAIL, Channel.SMS)
"""The app is an addition; without these two patients hear nothing."""


@value_class
class Trouble:
    """One channel in trouble."""

    channel: Channel
    missing: bool = False
    """There is no provider at all."""
    resting: bool = False
    """The provider was not reached or refused us several times; it is tried again by itself."""
    late: int = 0
    """So many messages should have left by now."""
    said: str = ""
    """The provider's own word, of the last try."""


def of(practice: Practice, now: datetime) -> list[Trouble]:
    """The channels of a practice that are in trouble at `now` (UTC); as a rule none."""
    usable = channels_of([practice.pk])[practice.pk]
    missing = [Trouble(channel=channel, missing=True) for channel in WANTED if channel not in usable]
    resting, late = _resting(practice), _late(practice, now)
    troubled = [channel for channel in Channel if channel in usable and (channel in resting or channel in late)]
    said = _said(practice, now) if troubled else {}
    return missing + [
        Trouble(
            channel=channel,
            resting=channel in resting,
            late=late.get(channel, 0),
            said=said.get(channel, ""),
        )
        for channel in troubled
    ]


def _resting(practice: Practice) -> set[Channel]:
    own = set(ProviderAccount.objects.filter(practice=practice).values_list("channel", flat=True))
    accounts = {f"{practice.pk if channel in own else '*'}:{channel}": channel for channel in Channel}
    open_ones = BreakerState.objects.filter(account__in=accounts, open_until__isnull=False)
    return {accounts[key] for key in open_ones.values_list("account", flat=True)}


def _overdue(practice: Practice, now: datetime) -> "QuerySet[Message]":
    return overdue.messages(now - LATE, Q(practice=practice))


def _late(practice: Practice, now: datetime) -> dict[Channel, int]:
    rows = _overdue(practice, now).values_list("channel").annotate(count=Count("id"))
    return {Channel(channel): count for channel, count in rows.order_by()}


def _said(practice: Practice, now: datetime) -> dict[Channel, str]:
    rows = _overdue(practice, now).filter(attempts__gt=0, reason__in=(Reason.PROVIDER_UNAVAILABLE, Reason.NO_ANSWER))
    return {
        Channel(channel): detail for channel, detail in rows.order_by("due_at").values_list("channel", "detail")[:200]
    }
