"""What an SMTP account asks for."""

from dataclasses import field

from myosotis.channels.base import Ability, Provider, Settings
from myosotis.channels.config import (
    CONNECT_TIMEOUT_FIELD,
    IN_FLIGHT_FIELD,
    RATE_FIELD,
    TIMEOUT_FIELD,
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
    not_allowed,
)
from myosotis.domain.words import Channel
from myosotis.value_class import value_class

PORTS = {"starttls": 587, "tls": 465, "none": 25}

FIELDS = (
    Field(
        name="host",
        label=Words("Serwer SMTP", "SMTP server"),
        help=Words("Na przykład smtp.poczta.przychodnia.pl.", "For example smtp.mail.clinic.pl."),
        kind=FieldKind.HOST,
        required=True,
    ),
    Field(
        name="security",
        label=Words("Szyfrowanie", "Encryption"),
        help=Words(
            "STARTTLS: zwykle port 587; TLS: zwykle 465. Zależy od dostawcy.",
            "STARTTLS: usually port 587; TLS: usually 465. It depends on the provider.",
        ),
        kind=FieldKind.CHOICE,
        choices=("starttls", "tls", "none"),
        for_practices=("starttls", "tls"),
        default="starttls",
    ),
    Field(
        name="port",
        label=Words("Port", "Port"),
        help=Words("Puste: 587, 465 albo 25, zależnie od szyfrowania.", "Empty: 587, 465 or 25, by the encryption."),
        kind=FieldKind.INTEGER,
        at_least=1,
        at_most=65535,
        for_practices=("25", "465", "587", "2525"),
    ),
    Field(name="username", label=Words("Użytkownik", "User")),
    Field(name="password", label=Words("Hasło", "Password"), secret=True),
    Field(
        name="ca_file",
        label=Words("Plik z certyfikatami", "File of certificates"),
        help=Words(
            "Tylko gdy serwer ma certyfikat własnego urzędu (PEM). Puste: urzędy systemowe.",
            "Only if the server's certificate is of an authority of your own (PEM). Empty: the system's authorities.",
        ),
        operator_only=True,
    ),
    Field(
        name="from_address",
        label=Words("Adres nadawcy", "Sender address"),
        help=Words("Używany, gdy gabinet nie ma własnego.", "Used where the practice has none of its own."),
        kind=FieldKind.EMAIL,
    ),
    Field(
        name="message_domain",
        label=Words("Domena w Message-ID", "Domain in the Message-ID"),
        help=Words("Puste: domena nadawcy.", "Empty: the sender's domain."),
        kind=FieldKind.DOMAIN,
        rare=True,
    ),
    Field(
        name="bounce_domain",
        label=Words("Domena zwrotów", "Domain of bounces"),
        help=Words(
            "Domena, której pocztę odbiera `myosotis inbound`. Puste: liczą się tylko odmowy przy wysyłce.",
            "The domain whose mail `myosotis inbound` takes in. Empty: only refusals while sending count.",
        ),
        kind=FieldKind.DOMAIN,
        rare=True,
    ),
    Field(
        name="dkim_domain",
        label=Words("Domena podpisu DKIM", "Domain of the DKIM signature"),
        help=Words("Domena nadawcy albo nadrzędna.", "The sender's domain or one above it."),
        kind=FieldKind.DOMAIN,
        rare=True,
    ),
    Field(name="dkim_selector", label=Words("Selektor DKIM", "DKIM selector"), default="myosotis", rare=True),
    Field(
        name="dkim_key",
        label=Words("Klucz prywatny DKIM (PEM)", "DKIM private key (PEM)"),
        kind=FieldKind.LONG_TEXT,
        secret=True,
        belongs_to="dkim_domain",
        rare=True,
    ),
    Field(
        name="connections",
        label=Words("Połączeń naraz", "Connections at once"),
        kind=FieldKind.INTEGER,
        default="4",
        at_least=1,
        at_most=100,
        rare=True,
    ),
    Field(
        name="per_connection",
        label=Words("Wiadomości na połączenie", "Messages per connection"),
        help=Words("Potem łączy się na nowo.", "After that it connects anew."),
        kind=FieldKind.INTEGER,
        default="100",
        at_least=1,
        at_most=100_000,
        rare=True,
    ),
    CONNECT_TIMEOUT_FIELD,
    TIMEOUT_FIELD,
    Field(
        name="data_timeout",
        label=Words("Czas na przyjęcie wiadomości, w sekundach", "Seconds to take a message"),
        help=Words(
            "Serwery badają treść przed odpowiedzią; za krótki czas daje wysyłki niepewne.",
            "Servers examine the content before they answer; too short a time makes unclear sends.",
        ),
        kind=FieldKind.DECIMAL,
        default="50",
        at_least=0.05,
        at_most=55,  # a dispatcher lets go of a message after a minute: an answer later than that would count for nothing
        rare=True,
    ),
    RATE_FIELD,
    IN_FLIGHT_FIELD,
)


@value_class
class Config:
    """The settings of an SMTP account, checked."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)
    ca_file: str
    from_address: str
    message_domain: str
    bounce_domain: str
    dkim_domain: str
    dkim_selector: str
    dkim_key: str = field(repr=False)
    connections: int
    per_connection: int
    connect_timeout: float
    timeout: float
    data_timeout: float

    @classmethod
    def read(cls, settings: Settings) -> "Config":
        """Raises ConfigError."""
        values = checked(FIELDS, settings)
        if values["security"] == "none" and not is_loopback(values["host"]):
            raise not_allowed(
                "security", "starttls or tls, unless the server is on this machine (127.0.0.1 or localhost)"
            )
        _require_all_of_dkim(values)
        return cls(
            host=values["host"],
            port=int(values["port"] or PORTS[values["security"]]),
            security=values["security"],
            username=values["username"],
            password=values["password"],
            ca_file=values["ca_file"],
            from_address=values["from_address"],
            message_domain=values["message_domain"],
            bounce_domain=values["bounce_domain"],
            dkim_domain=values["dkim_domain"].lower(),
            dkim_selector=values["dkim_selector"],
            dkim_key=values["dkim_key"],
            connections=int(values["connections"]),
            per_connection=int(values["per_connection"]),
            connect_timeout=float(values["connect_timeout"]),
            timeout=float(values["timeout"]),
            data_timeout=float(values["data_timeout"]),
        )


def _require_all_of_dkim(values: dict[str, str]) -> None:
    """The domain and the key of DKIM come together: half of them would silently send unsigned."""
    for given, missing in (("dkim_domain", "dkim_key"), ("dkim_key", "dkim_domain")):
        if values[given] and not values[missing]:
            raise ConfigError(Problem(field=missing, wrong=Wrong.MISSING, allowed=f"given together with {given}"))


def _check(settings: Settings) -> None:
    from myosotis.channels.providers.smtp.dkim import Signer

    config = Config.read(settings)
    if config.dkim_key:
        Signer.read(config.dkim_domain, config.dkim_selector, config.dkim_key)


def _open(settings: Settings, wall: Wall) -> Provider:
    from myosotis.channels.providers.smtp.client import SmtpProvider

    return SmtpProvider(Config.read(settings), wall=wall)


SMTP = ProviderType(
    name="smtp",
    channel=Channel.EMAIL,
    label=Words("Poczta przez SMTP", "E-mail by SMTP"),
    abilities=frozenset({Ability.REPEAT_ONCE, Ability.FAILURE_REPORTS}),
    cannot=(
        Words(
            "Nie potwierdza doręczenia; zwroty przychodzą tylko z domeną zwrotów i `myosotis inbound`.",
            "Does not confirm delivery; bounces arrive only with a bounce domain and `myosotis inbound`.",
        ),
        Words("Nie cofa wiadomości już przekazanej.", "Does not take back a message handed over."),
    ),
    fields=FIELDS,
    check=_check,
    open=_open,
)
