"""With whom a practice sends on each channel, and whether that works at the moment."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.channels.registry import ConfigError, ProviderType, calls_back, dns_records, provider_type
from myosotis.domain.words import Channel
from myosotis.flows.errors import NotFound
from myosotis.store.models import BreakerState, Practice, ProviderAccount
from myosotis.store.providers import receipt_path
from myosotis.store.queue.claim import Account
from myosotis.store.sealing import CannotUnseal, unseal
from myosotis.value_class import value_class

CHANNELS: Final = (Channel.EMAIL, Channel.SMS, Channel.PUSH)


class Source(StrEnum):
    """Whose account is in use."""

    OWN = "own"
    INSTALLATION = "installation"
    OFF = "off"
    """The practice switched its own off: nothing goes."""
    NONE = "none"


@value_class
class ChannelWords:
    """What a channel is called, and what it means that nothing goes on it."""

    name: "str | Promise"
    icon: str
    silent: "str | Promise"


WORDS: Final[dict[Channel, ChannelWords]] = {
    Channel.EMAIL: ChannelWords(
        name=_("E-mail"),
        icon="envelope",
        silent=_("No e-mails are sent. Patients with an e-mail address get SMS only."),
    ),
    Channel.SMS: ChannelWords(
        name=_("SMS"),
        icon="phone",
        silent=_("No SMS are sent. Who reads neither e-mail nor app has to be called."),
    ),
    Channel.PUSH: ChannelWords(
        name=_("Notifications of the app"),
        icon="bell",
        silent=_("The app shows no notifications. Its users get e-mail and SMS instead."),
    ),
}


@value_class
class Using:
    """One channel of a practice: which account is in use, and its trouble if it has one."""

    channel: Channel
    source: Source
    account: ProviderAccount | None
    """The practice's own, also where it is switched off."""
    kind: ProviderType | None
    """Of the account in use, or of the own one."""
    trouble: BreakerState | None = field(default=None)

    @property
    def words(self) -> ChannelWords:
        return WORDS[self.channel]

    @property
    def works(self) -> bool:
        """Whether there is an account by which messages go."""
        return self.source in (Source.OWN, Source.INSTALLATION)

    def rests(self, now: datetime) -> bool:
        """Whether nothing is tried at the moment, because the provider is in trouble."""
        until = self.trouble.open_until if self.trouble is not None else None
        return until is not None and until > now


def channel_of(word: str) -> Channel:
    """The channel that an address names. Raises NotFound."""
    if word not in set(CHANNELS):
        raise NotFound("channel")
    return Channel(word)


def all_of(practice: Practice) -> list[Using]:
    """Every channel, in the order in which they are shown."""
    own = {Channel(row.channel): row for row in practice.provider_accounts.all()}
    keys = {Account(channel, whose).key for channel in CHANNELS for whose in (practice.pk, None)}
    troubles = {row.account: row for row in BreakerState.objects.filter(account__in=keys)}
    return [_using(channel, practice, own.get(channel), troubles) for channel in CHANNELS]


def of(practice: Practice, channel: Channel) -> Using:
    """One channel."""
    return next(using for using in all_of(practice) if using.channel is channel)


def _using(
    channel: Channel, practice: Practice, own: ProviderAccount | None, troubles: Mapping[str, BreakerState]
) -> Using:
    given = installation_settings(channel)
    if own is not None:
        source, name, whose = (Source.OWN if own.enabled else Source.OFF), own.provider, practice.pk
    elif given:
        source, name, whose = Source.INSTALLATION, given["provider"], None
    else:
        return Using(channel=channel, source=Source.NONE, account=None, kind=None)
    trouble = troubles.get(Account(channel, whose).key) if source is not Source.OFF else None
    return Using(channel=channel, source=source, account=own, kind=_kind(name), trouble=trouble)


def _kind(name: str) -> ProviderType | None:
    try:
        return provider_type(name)
    except ConfigError:
        return None  # of a version that had it


def installation_settings(channel: Channel) -> dict[str, str]:
    """The installation's account on a channel, with its `provider`; nothing where it has none. Holds secrets."""
    return dict(getattr(settings.MYOSOTIS, channel.value) or {})


def public_of(account: ProviderAccount | None) -> dict[str, str]:
    """What may be shown of an account."""
    return {name: str(value) for name, value in account.settings.items()} if account is not None else {}


def secrets_of(account: ProviderAccount | None) -> dict[str, str]:
    """The saved secrets; none where they were sealed with another key, and have to be typed in again."""
    try:
        return unseal(bytes(account.sealed)) if account is not None else {}
    except CannotUnseal:
        return {}


def report_address(account: ProviderAccount | None) -> str:
    """Where the provider of an account reports to; empty where it does not."""
    if account is None or _kind(account.provider) is None or not calls_back(account.provider):
        return ""
    return f"{settings.MYOSOTIS.public_url}{receipt_path(account.provider, account.receipt_key)}"


@value_class(kw_only=False)
class Record:
    """What the owner of a domain publishes in its DNS."""

    name: str
    type: str
    value: str


def records_of(using: Using) -> list[Record]:
    """The DNS records for the account in use, where it signs its mail."""
    given = installation_settings(using.channel)
    if using.account is not None:
        given = {**public_of(using.account), **secrets_of(using.account), "provider": using.account.provider}
    name = given.pop("provider", "")
    try:
        found = dns_records(name, given) if name else ()
    except ConfigError:
        return []
    return [Record(one.name, one.type, one.value) for one in found]
