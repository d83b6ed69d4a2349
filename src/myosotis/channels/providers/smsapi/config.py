"""What an SMSAPI account asks for."""

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
)
from myosotis.domain.words import Channel
from myosotis.value_class import value_class

FIELDS = (
    Field(
        name="token",
        label=Words("Token OAuth", "OAuth token"),
        help=Words(
            "Panel SMSAPI, Ustawienia API, Tokeny API (OAuth). Wystarczy dostęp do SMS i profilu.",
            "SMSAPI panel, API settings, API tokens (OAuth). Access to SMS and profile is enough.",
        ),
        secret=True,
        required=True,
    ),
    Field(
        name="sender",
        label=Words("Pole nadawcy", "Sender name"),
        help=Words(
            "Używane, gdy gabinet nie ma własnego; musi być zatwierdzone w SMSAPI. Puste: domyślne konta.",
            "Used where the practice has none of its own; SMSAPI must have approved it. Empty: the account's default.",
        ),
    ),
    Field(
        name="base_url",
        label=Words("Adres API", "API address"),
        kind=FieldKind.URL,
        default="https://api.smsapi.pl",
        operator_only=True,
    ),
    Field(
        name="notify_url",
        label=Words("Adres raportów doręczenia", "Address for delivery reports"),
        help=Words(
            "Pełny adres z tajnym członem; puste: raporty według ustawień w panelu SMSAPI.",
            "The full address with its secret part; empty: reports as set in the SMSAPI panel.",
        ),
        kind=FieldKind.URL,
        secret=True,
        rare=True,
    ),
    Field(
        name="test",
        label=Words("Tryb próbny", "Test mode"),
        help=Words("SMSAPI sprawdza wiadomość, ale jej nie wysyła.", "SMSAPI checks the message but does not send it."),
        kind=FieldKind.FLAG,
        default="no",
    ),
    CONNECT_TIMEOUT_FIELD,
    TIMEOUT_FIELD,
    RATE_FIELD,
    IN_FLIGHT_FIELD,
)


@value_class
class Config:
    """The settings of an SMSAPI account, checked."""

    token: str = field(repr=False)
    sender: str
    base_url: str
    notify_url: str = field(repr=False)
    test: bool
    connect_timeout: float
    timeout: float
    in_flight: int

    @classmethod
    def read(cls, settings: Settings) -> "Config":
        """Raises ConfigError."""
        values = checked(FIELDS, settings)
        return cls(
            token=values["token"],
            sender=values["sender"],
            base_url=values["base_url"].rstrip("/"),
            notify_url=values["notify_url"],
            test=values["test"] == "yes",
            connect_timeout=float(values["connect_timeout"]),
            timeout=float(values["timeout"]),
            in_flight=int(values["in_flight"]),
        )


def _check(settings: Settings) -> None:
    Config.read(settings)


def _open(settings: Settings, _wall: Wall) -> Provider:
    from myosotis.channels.providers.smsapi.client import SmsapiProvider

    return SmsapiProvider(Config.read(settings))


SMSAPI = ProviderType(
    name="smsapi",
    channel=Channel.SMS,
    label=Words("SMSAPI.pl", "SMSAPI.pl"),
    abilities=frozenset(
        {
            Ability.REFUSES_REPEATS,
            Ability.DELIVERY_REPORTS,
            Ability.INCOMING,
            Ability.PRICE,
            Ability.PARTS,
            Ability.EXPIRY,
        }
    ),
    cannot=(
        Words(
            "Nie podpisuje raportów: chroni je tylko tajny człon adresu.",
            "Does not sign reports: only the secret part of the address protects them.",
        ),
        Words(
            "Odpowiedzi pacjentów przychodzą tylko na numer, nie na nazwę nadawcy.",
            "Patients can answer a number only, not a sender name.",
        ),
    ),
    fields=FIELDS,
    check=_check,
    open=_open,
)
