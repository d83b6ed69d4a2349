"""With which account a message goes: the practice's own on that channel, else the installation's."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final, Protocol

import structlog
from django.conf import settings

from myosotis.channels.registry import ConfigError, provider_type
from myosotis.domain.words import Channel
from myosotis.store.models import ProviderAccount
from myosotis.store.providers import receipt_path, receipt_secret
from myosotis.store.queue.claim import Account
from myosotis.store.sealing import CannotUnseal, unseal
from myosotis.value_class import value_class

CALLBACK: Final = "notify_url"

log = structlog.get_logger(__name__)

SettingsItems = tuple[tuple[str, str], ...]


@value_class(kw_only=False)
class AccountSettings:
    """How to open an account. Never logged: it holds secrets."""

    account: Account
    provider: str
    items: SettingsItems

    @property
    def settings(self) -> dict[str, str]:
        return dict(self.items)

    def __repr__(self) -> str:
        return f"<{self.provider} {self.account.key}>"


class OfPractice(Protocol):
    """A message, as far as its account is concerned."""

    @property
    def id(self) -> int: ...
    @property
    def practice_id(self) -> int: ...
    @property
    def channel(self) -> Channel: ...


def of(messages: Collection[OfPractice]) -> dict[int, AccountSettings | None]:
    """The account of each message, by the message's id; None where there is none to send with."""
    own = _own({message.practice_id for message in messages})
    shared = {channel: installation(channel) for channel in {message.channel for message in messages}}
    return {message.id: _chosen(message, own, shared) for message in messages}


Own = Mapping[tuple[int, Channel], AccountSettings | None]


def _own(practice_ids: Collection[int]) -> Own:
    rows = ProviderAccount.objects.filter(practice_id__in=practice_ids).values_list(
        "practice_id", "channel", "provider", "settings", "sealed", "enabled", "receipt_key"
    )
    found: dict[tuple[int, Channel], AccountSettings | None] = {}
    for practice_id, channel, provider, public, sealed, enabled, receipt_key in rows:
        word = Channel(channel)
        items = _items(provider, public, bytes(sealed), receipt_key)
        found[practice_id, word] = AccountSettings(Account(word, practice_id), provider, items) if enabled else None
    return found


def _items(provider: str, public: Mapping[str, object], sealed: bytes, receipt_key: str) -> SettingsItems:
    """All settings of an account; of one that cannot be read, none: opening it says so, and it holds back."""
    try:
        plain = {key: str(value) for key, value in public.items()}
        every = {**_callback(provider, receipt_key), **plain, **_unsealed(sealed)}
        return tuple(sorted(every.items()))
    except CannotUnseal:
        log.error("account_sealed_with_another_key", provider=provider)
    except Exception as error:  # noqa: BLE001 - a damaged account must not stop those of others
        log.error("account_damaged", provider=provider, error=type(error).__name__)
    return ()


def _callback(provider: str, secret: str) -> dict[str, str]:
    """Where a provider that calls back is told to report to, unless the account says otherwise."""
    if CALLBACK not in _fields(provider):
        return {}
    return {CALLBACK: settings.MYOSOTIS.public_url + receipt_path(provider, secret)}


@lru_cache(maxsize=64)
def _fields(provider: str) -> frozenset[str]:
    """The settings of a provider; of one that is not known, none: opening it will say so."""
    try:
        return frozenset(field.name for field in provider_type(provider).fields)
    except ConfigError:
        return frozenset()


@lru_cache(maxsize=1024)
def _unsealed(sealed: bytes) -> Mapping[str, str]:
    return unseal(sealed)


def _chosen(message: OfPractice, own: Own, shared: Mapping[Channel, AccountSettings | None]) -> AccountSettings | None:
    key = (message.practice_id, message.channel)
    return own[key] if key in own else shared[message.channel]


def installation(channel: Channel) -> AccountSettings | None:
    """The installation's account on a channel, for practices without their own."""
    given: dict[str, str] = dict(getattr(settings.MYOSOTIS, channel.value, None) or {})
    provider = given.pop("provider", "")
    if not provider:
        return None
    given = {**_callback(provider, receipt_secret()), **given}
    return AccountSettings(Account(channel, None), provider, tuple(sorted(given.items())))
