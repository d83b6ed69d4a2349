"""Over which channels a practice can send at all."""

from collections.abc import Collection
from typing import Final

from django.conf import settings

from myosotis.domain.words import Channel
from myosotis.store.inquiry import Inquiry, learn
from myosotis.store.models import ProviderAccount
from myosotis.store.question import Question
from myosotis.store.sealing import derived_key

_ACCOUNTS: Final = Question(
    lambda ids: ProviderAccount.objects.filter(practice_id__in=[ids]).values_list("practice_id", "channel", "enabled")
)


def installation_channels() -> frozenset[Channel]:
    """The channels of which the installation itself has an account, for practices without their own."""
    given = {
        Channel.EMAIL: settings.MYOSOTIS.email,
        Channel.PUSH: settings.MYOSOTIS.push,
        Channel.SMS: settings.MYOSOTIS.sms,
    }
    return frozenset(channel for channel, account in given.items() if account)


def channels_of(practice_ids: Collection[int]) -> dict[int, frozenset[Channel]]:
    """The channels of each practice: its own accounts that are enabled; where it has none, the installation's."""
    return learn(asking_channels(practice_ids))


def asking_channels(practice_ids: Collection[int]) -> Inquiry[dict[int, frozenset[Channel]]]:
    """As `channels_of`."""
    shared = installation_channels()
    found: dict[int, set[Channel]] = {practice_id: set(shared) for practice_id in practice_ids}
    [accounts] = yield [_ACCOUNTS.of(practice_ids)]
    for practice_id, channel, enabled in accounts:
        (found[practice_id].add if enabled else found[practice_id].discard)(Channel(channel))
    return {practice_id: frozenset(channels) for practice_id, channels in found.items()}


def receipt_secret() -> str:
    """The secret part of the address to which the installation's own accounts report: given, or derived."""
    return settings.MYOSOTIS.receipt_secret or derived_key("receipts").hex()[:40]


def receipt_path(provider: str, secret: str) -> str:
    """Where a provider reports to, after the public address."""
    return f"/receipts/{provider}/{secret}"
