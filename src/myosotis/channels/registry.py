"""The providers that there are: their form fields, the check of their settings, and how they are opened."""

from collections.abc import Mapping

from myosotis.channels.base import Provider, Settings
from myosotis.channels.config import ConfigError, Field, FieldKind, Problem, ProviderType, Wall, Words, Wrong, checked
from myosotis.channels.limits import Limit
from myosotis.channels.providers.smsapi.config import SMSAPI
from myosotis.channels.providers.smtp.config import SMTP
from myosotis.channels.providers.webpush.config import WEBPUSH
from myosotis.domain.words import Channel

__all__ = [
    "ConfigError",
    "Field",
    "FieldKind",
    "Problem",
    "ProviderType",
    "Words",
    "Wrong",
    "application_server_key",
    "check_settings",
    "open_limit",
    "open_provider",
    "provider_type",
    "provider_types",
    "public_settings",
]

_TYPES: Mapping[str, ProviderType] = {kind.name: kind for kind in (SMTP, SMSAPI, WEBPUSH)}


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


def public_settings(name: str, settings: Settings) -> dict[str, str]:
    """The settings that may be shown: all but the secrets."""
    secret = {field.name for field in provider_type(name).fields if field.secret}
    return {key: value for key, value in settings.items() if key not in secret}
