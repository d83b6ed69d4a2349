"""The providers that there are: their form fields, the check of their settings, and how they are opened."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from myosotis.channels.base import Ability, Check, Finding, Provider, Settings
from myosotis.channels.config import (
    ConfigError,
    Field,
    FieldKind,
    Problem,
    ProviderType,
    Wall,
    Words,
    Wrong,
    checked,
    is_loopback,
)
from myosotis.channels.limits import Limit
from myosotis.channels.providers.smsapi.config import SMSAPI
from myosotis.channels.providers.smtp.config import SMTP
from myosotis.channels.providers.webpush.config import WEBPUSH
from myosotis.domain.words import Channel
from myosotis.value_class import value_class

__all__ = [
    "Check",
    "ConfigError",
    "DnsRecord",
    "Field",
    "FieldKind",
    "Finding",
    "Problem",
    "ProviderType",
    "Words",
    "Wrong",
    "application_server_key",
    "calls_back",
    "check_account",
    "check_own_settings",
    "check_settings",
    "dns_records",
    "instead",
    "new_push_key",
    "open_limit",
    "open_provider",
    "provider_type",
    "provider_types",
    "public_settings",
    "secret_settings",
]

_TYPES: dict[str, ProviderType] = {kind.name: kind for kind in (SMTP, SMSAPI, WEBPUSH)}


@contextmanager
def instead(kinds: Iterable[ProviderType]) -> Iterator[None]:
    """Let these stand in for the providers of their names, in this process: for a simulation, where nobody is outside."""
    real = dict(_TYPES)
    _TYPES.update({kind.name: kind for kind in kinds})
    try:
        yield
    finally:
        _TYPES.update(real)


def provider_types(channel: Channel | None = None) -> tuple[ProviderType, ...]:
    """The known providers, of one channel if asked, in the order in which a form offers them."""
    return tuple(kind for kind in _TYPES.values() if channel is None or kind.channel is channel)


def provider_type(name: str) -> ProviderType:
    """The provider of that name. Raises ConfigError (field `provider`) if there is none."""
    try:
        return _TYPES[name]
    except KeyError:
        problem = Problem(field="provider", wrong=Wrong.NOT_ALLOWED, allowed="one of: " + ", ".join(_TYPES))
        raise ConfigError(problem) from None


def check_settings(name: str, settings: Settings) -> None:
    """Raise ConfigError, naming each field and what it allows, unless an account could be opened with `settings`."""
    provider_type(name).check(settings)


def check_own_settings(name: str, settings: Settings) -> None:
    """As `check_settings`, for the account of a practice, whose owner need not be who runs the machine.

    What reaches into the machine or probes the network around it is for the installation's settings only.
    """
    problems = tuple(_not_for_practices(name, settings))
    if problems:
        raise ConfigError(*problems)
    check_settings(name, settings)


def _not_for_practices(name: str, settings: Settings) -> Iterator[Problem]:
    for field in provider_type(name).fields:
        given = settings.get(field.name, "").strip()
        if not given:
            continue
        if field.operator_only:
            yield Problem(field=field.name, wrong=Wrong.NOT_ALLOWED, allowed="left to the installation's settings")
        elif field.for_practices and given not in field.for_practices:
            allowed = "one of: " + ", ".join(field.for_practices)
            yield Problem(field=field.name, wrong=Wrong.NOT_ALLOWED, allowed=allowed)
        elif field.kind is FieldKind.HOST and is_loopback(given.lower()):
            yield Problem(field=field.name, wrong=Wrong.NOT_ALLOWED, allowed="a server that is not this machine itself")


CHECK_SECONDS: Final = 20.0
"""Longer nobody waits for a check, whatever the account's own times are."""


async def check_account(name: str, settings: Settings, *, wall: Wall) -> Check:
    """Try an account without sending anything to anybody; ends within its own time to connect and answer, or 20 s.

    Raises ConfigError.
    """
    values = checked(provider_type(name).fields, settings)
    seconds = min(CHECK_SECONDS, float(values["connect_timeout"]) + float(values["timeout"]))
    provider = open_provider(name, settings, wall=wall)
    try:
        async with asyncio.timeout(seconds):
            return await provider.check()
    except TimeoutError:
        return Check(ok=False, finding=Finding.UNREACHABLE, detail=f"no answer within {seconds:g} s")
    finally:
        await provider.close()


def open_provider(name: str, settings: Settings, *, wall: Wall) -> Provider:
    """One account, ready to send; it connects when first used. Raises ConfigError.

    `wall` gives the real instant (UTC), by which VAPID and DKIM signatures are dated also in the sandbox.
    """
    return provider_type(name).open(settings, wall)


def open_limit(name: str, settings: Settings) -> Limit:
    """How fast and how many at once this account takes messages. Raises ConfigError.

    No more than there are connections: one that waited for a connection would go with facts read long before.
    """
    values = checked(provider_type(name).fields, settings)
    in_flight = min(int(values["in_flight"]), int(values.get("connections", values["in_flight"])))
    return Limit(per_second=float(values["per_second"]), in_flight=in_flight)


def application_server_key(name: str, settings: Settings) -> str:
    """The public key that browsers ask for when a patient switches push on (RFC 8292). Raises ConfigError."""
    from myosotis.channels.providers.webpush import vapid

    check_settings(name, settings)
    return vapid.application_server_key(vapid.read_key(settings.get("vapid_private_key", "")))


def new_push_key() -> str:
    """A new private key for push, as the setting `vapid_private_key` keeps it."""
    from myosotis.channels.providers.webpush import vapid

    return vapid.new_key()


@value_class(kw_only=False)
class DnsRecord:
    """What the owner of a domain publishes."""

    name: str
    type: str
    value: str


def dns_records(name: str, settings: Settings) -> tuple[DnsRecord, ...]:
    """What makes the mail of an account trusted, where it is signed by DKIM; else nothing. Raises ConfigError."""
    if not settings.get("dkim_key") or not settings.get("dkim_domain"):
        return ()
    from myosotis.channels.providers.smtp import dkim

    values = checked(provider_type(name).fields, settings)
    found = dkim.dns_records(values["dkim_domain"].lower(), values["dkim_selector"], values["dkim_key"])
    return tuple(DnsRecord(record.name, record.type, record.value) for record in found)


def calls_back(name: str) -> bool:
    """Whether the provider reports to an address of ours. Raises ConfigError."""
    return not provider_type(name).abilities.isdisjoint({Ability.DELIVERY_REPORTS, Ability.INCOMING})


def public_settings(name: str, settings: Settings) -> dict[str, str]:
    """The settings that may be shown: all but the secrets."""
    secret = _secrets(name)
    return {key: value for key, value in settings.items() if key not in secret}


def secret_settings(name: str, settings: Settings) -> dict[str, str]:
    """The settings that are kept sealed, and never shown."""
    secret = _secrets(name)
    return {key: value for key, value in settings.items() if key in secret and value}


def _secrets(name: str) -> set[str]:
    return {field.name for field in provider_type(name).fields if field.secret}
