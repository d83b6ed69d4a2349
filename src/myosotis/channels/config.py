"""The settings of a provider account: which fields there are, what is allowed in them, and what is wrong with one.

The same declaration makes the form of the panel, the documentation and the check, so they cannot differ.
"""

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from myosotis.channels.base import Ability, Provider, Settings
from myosotis.domain.words import Channel
from myosotis.value_class import value_class

Wall = Callable[[], datetime]
"""The real instant, aware UTC: signatures with a validity (VAPID, DKIM) are checked against real clocks."""


@value_class(kw_only=False)
class Words:
    """A text for staff in both languages."""

    pl: str
    en: str


class FieldKind(StrEnum):
    """What a field holds, and so how it is asked for and checked."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    CHOICE = "choice"
    FLAG = "flag"
    URL = "url"
    EMAIL = "email"
    DOMAIN = "domain"
    HOST = "host"


FLAGS = {"yes": "yes", "true": "yes", "1": "yes", "on": "yes", "no": "no", "false": "no", "0": "no", "off": "no"}


@value_class
class Field:
    """One setting of a provider account."""

    name: str
    label: Words
    help: Words = Words("", "")
    kind: FieldKind = FieldKind.TEXT
    secret: bool = False
    """Never shown again once saved, never logged."""
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    rare: bool = False
    """Right as it is for nearly everybody: a form keeps it out of the way."""
    operator_only: bool = False
    """Reaches into the machine or its network: only in the installation's settings, never in a practice's account."""
    for_practices: tuple[str, ...] = ()
    """What a practice's account may choose from, where that is less than `kind` allows."""
    belongs_to: str = ""
    """The field that this secret means nothing without; other secrets are for the server that the account names."""

    @property
    def allowed(self) -> str:
        """What the field takes, in words that follow "must be"."""
        match self.kind:
            case FieldKind.CHOICE:
                return "one of: " + ", ".join(self.choices)
            case FieldKind.INTEGER | FieldKind.DECIMAL:
                number = "a whole number" if self.kind is FieldKind.INTEGER else "a number"
                return f"{number} from {self.at_least:g} to {self.at_most:g}"
            case FieldKind.FLAG:
                return "yes or no"
            case FieldKind.URL:
                return "an address beginning with https:// (http:// on this machine only)"
            case FieldKind.EMAIL:
                return "an e-mail address"
            case FieldKind.DOMAIN:
                return "a domain name such as przychodnia.pl"
            case FieldKind.HOST:
                return "the name of a server such as smtp.przychodnia.pl, or its IP address"
            case FieldKind.TEXT | FieldKind.LONG_TEXT:
                return "text" if self.kind is FieldKind.LONG_TEXT else "text on one line"


class Wrong(StrEnum):
    """What can be wrong with a setting, for pages to put into words."""

    MISSING = "missing"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN = "unknown"


@value_class
class Problem:
    """What is wrong with one setting. Never holds the value: it may be a secret."""

    field: str
    wrong: Wrong
    allowed: str

    def __str__(self) -> str:
        match self.wrong:
            case Wrong.MISSING:
                return f"{self.field}: missing; must be {self.allowed}"
            case Wrong.NOT_ALLOWED:
                return f"{self.field}: must be {self.allowed}"
            case Wrong.UNKNOWN:
                return f"{self.field}: no such setting; there are: {self.allowed}"


class ConfigError(ValueError):
    """The settings of an account cannot be used; `problems` names each field and what it allows."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def not_allowed(field: str, allowed: str) -> ConfigError:
    """The error of one field whose value no general check could judge."""
    return ConfigError(Problem(field=field, wrong=Wrong.NOT_ALLOWED, allowed=allowed))


@value_class
class ProviderType:
    """A kind of provider: what it can do, what it asks for, and how it is opened."""

    name: str
    channel: Channel
    label: Words
    abilities: frozenset[Ability]
    cannot: tuple[Words, ...]
    """What staff might expect of it and it does not do."""
    fields: tuple[Field, ...]
    check: Callable[[Settings], None]
    """Raises ConfigError; opens nothing."""
    open: Callable[[Settings, Wall], Provider]
    """Raises ConfigError. Imports its libraries late, so that forms cost no HTTP client."""


RATE_FIELD = Field(
    name="per_second",
    label=Words("Najwięcej wiadomości na sekundę", "Messages per second, at most"),
    kind=FieldKind.DECIMAL,
    default="50",
    at_least=0.1,
    at_most=20_000,
    rare=True,
)
IN_FLIGHT_FIELD = Field(
    name="in_flight",
    label=Words("Najwięcej wiadomości naraz w drodze", "Messages under way at once, at most"),
    kind=FieldKind.INTEGER,
    default="50",
    at_least=1,
    at_most=2_000,
    rare=True,
)
TIMEOUT_FIELD = Field(
    name="timeout",
    label=Words("Czas oczekiwania na odpowiedź, w sekundach", "Seconds to wait for an answer"),
    kind=FieldKind.DECIMAL,
    default="20",
    at_least=0.05,
    at_most=600,
    rare=True,
)
CONNECT_TIMEOUT_FIELD = Field(
    name="connect_timeout",
    label=Words("Czas na połączenie, w sekundach", "Seconds to connect"),
    kind=FieldKind.DECIMAL,
    default="10",
    at_least=0.05,
    at_most=120,
    rare=True,
)


def checked(fields: tuple[Field, ...], settings: Settings) -> dict[str, str]:
    """Every field's value, trimmed, defaults filled in. Raises ConfigError with all problems at once."""
    problems = [
        Problem(field=name, wrong=Wrong.UNKNOWN, allowed=", ".join(field.name for field in fields))
        for name in sorted(set(settings) - {field.name for field in fields})
    ]
    values: dict[str, str] = {}
    for field in fields:
        given = settings.get(field.name, "").strip()
        wrong = _wrong(field, given)
        if wrong is None:
            values[field.name] = FLAGS.get(given.lower(), "") if field.kind is FieldKind.FLAG and given else given
            values[field.name] = values[field.name] or field.default
        else:
            problems.append(Problem(field=field.name, wrong=wrong, allowed=field.allowed))
    if problems:
        raise ConfigError(*problems)
    return values


def _wrong(field: Field, given: str) -> Wrong | None:
    if not given:
        return Wrong.MISSING if field.required and not field.default else None
    return None if _CHECKS[field.kind](field, given) else Wrong.NOT_ALLOWED


def _is_line(_field: Field, given: str) -> bool:
    return given.isprintable()


def _is_long_text(_field: Field, given: str) -> bool:
    return all(line.isprintable() for line in given.splitlines())


def _is_number(field: Field, given: str) -> bool:
    try:
        number = int(given) if field.kind is FieldKind.INTEGER else float(given)
    except ValueError:
        return False
    low = field.at_least if field.at_least is not None else float("-inf")
    high = field.at_most if field.at_most is not None else float("inf")
    return low <= number <= high


def _is_choice(field: Field, given: str) -> bool:
    return given in field.choices


def _is_flag(_field: Field, given: str) -> bool:
    return given.lower() in FLAGS


def is_loopback(host: str) -> bool:
    """This very machine: the only place where nothing need be encrypted."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _is_url(field: Field, given: str) -> bool:
    try:
        parts = urlsplit(given)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - reading it raises ValueError for a port that is none
    except ValueError:
        return False
    return (
        given.isprintable()
        and _is_host(field, host)
        and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
    )


LONGEST_NAME, LONGEST_LABEL = 253, 63
"""Of a domain name (RFC 1035 2.3.4, without the final dot)."""


def is_domain_name(text: str) -> bool:
    """A name with at least two labels that name servers and sockets take as one."""
    labels = text.split(".")
    return len(labels) > 1 and is_host_name(text) and not labels[-1].isdigit()


def is_host_name(text: str) -> bool:
    """A name that can be looked up, also of one label only (`mail`). Others make the look-up itself fail oddly."""
    return text.isascii() and len(text) <= LONGEST_NAME and all(_is_label(label) for label in text.split("."))


def _is_domain(_field: Field, given: str) -> bool:
    return is_domain_name(given)


def _is_host(_field: Field, given: str) -> bool:
    try:
        ipaddress.ip_address(given)
    except ValueError:
        return is_host_name(given) and not given.rpartition(".")[2].isdigit()
    return True


def _is_label(label: str) -> bool:
    return (
        0 < len(label) <= LONGEST_LABEL and label.replace("-", "a").isalnum() and label[0] != "-" and label[-1] != "-"
    )


def _is_email(field: Field, given: str) -> bool:
    local, at, domain = given.rpartition("@")
    return (
        bool(at and local)
        and local.isascii()
        and local.isprintable()
        and not set(local) & set(' "<>(),;:@\\')
        and _is_domain(field, domain)
    )


_CHECKS: Mapping[FieldKind, Callable[[Field, str], bool]] = {
    FieldKind.TEXT: _is_line,
    FieldKind.LONG_TEXT: _is_long_text,
    FieldKind.INTEGER: _is_number,
    FieldKind.DECIMAL: _is_number,
    FieldKind.CHOICE: _is_choice,
    FieldKind.FLAG: _is_flag,
    FieldKind.URL: _is_url,
    FieldKind.EMAIL: _is_email,
    FieldKind.DOMAIN: _is_domain,
    FieldKind.HOST: _is_host,
}
