"""What web push asks for: our own key, no account anywhere."""

from dataclasses import field

from myosotis.channels.base import Ability, Provider, Settings
from myosotis.channels.config import (
    CONNECT_TIMEOUT_FIELD,
    IN_FLIGHT_FIELD,
    RATE_FIELD,
    TIMEOUT_FIELD,
    Field,
    FieldKind,
    ProviderType,
    Wall,
    Words,
    checked,
    not_allowed,
)
from myosotis.domain.words import Channel
from myosotis.value_class import value_class

FIELDS = (
    Field(
        name="vapid_private_key",
        label=Words("Klucz prywatny VAPID", "VAPID private key"),
        help=Words(
            "Nowy klucz unieważnia wszystkie zgody na powiadomienia w aplikacji.",
            "A new key makes every subscription of the app void.",
        ),
        kind=FieldKind.LONG_TEXT,
        secret=True,
        required=True,
    ),
    Field(
        name="subject",
        label=Words("Kontakt dla usług push", "Contact for push services"),
        help=Words(
            "mailto: albo https:, pod którym znajdą administratora.", "mailto: or https: where they find the operator."
        ),
        required=True,
    ),
    Field(
        name="allow_loopback",
        label=Words("Usługa push na tym komputerze", "Push service on this machine"),
        help=Words("Tylko w piaskownicy.", "In the sandbox only."),
        kind=FieldKind.FLAG,
        default="no",
        operator_only=True,
    ),
    CONNECT_TIMEOUT_FIELD,
    TIMEOUT_FIELD,
    RATE_FIELD,
    IN_FLIGHT_FIELD,
)


@value_class
class Config:
    """The settings of web push, checked."""

    vapid_private_key: str = field(repr=False)
    subject: str
    allow_loopback: bool
    connect_timeout: float
    timeout: float
    in_flight: int

    @classmethod
    def read(cls, settings: Settings) -> "Config":
        """Raises ConfigError."""
        values = checked(FIELDS, settings)
        subject = values["subject"]
        if not subject.startswith(("mailto:", "https://")) or not subject.isascii():
            raise not_allowed("subject", "mailto: with an e-mail address, or an address beginning with https://")
        return cls(
            vapid_private_key=values["vapid_private_key"],
            subject=subject,
            allow_loopback=values["allow_loopback"] == "yes",
            connect_timeout=float(values["connect_timeout"]),
            timeout=float(values["timeout"]),
            in_flight=int(values["in_flight"]),
        )


def _check(settings: Settings) -> None:
    from myosotis.channels.providers.webpush.vapid import read_key

    read_key(Config.read(settings).vapid_private_key)


def _open(settings: Settings, wall: Wall) -> Provider:
    from myosotis.channels.providers.webpush.client import WebpushProvider

    return WebpushProvider(Config.read(settings), wall=wall)


WEBPUSH = ProviderType(
    name="webpush",
    channel=Channel.PUSH,
    label=Words("Powiadomienia push w aplikacji", "Push to the app"),
    abilities=frozenset({Ability.REFUSES_REPEATS, Ability.EXPIRY}),
    cannot=(
        Words(
            "Przyjęcie przez usługę push nie jest doręczeniem; liczy się dopiero kliknięcie.",
            "Taken by the push service is not delivered; only a click counts.",
        ),
    ),
    fields=FIELDS,
    check=_check,
    open=_open,
)
