"""Every setting of an installation, from the environment (`MYOSOTIS_*`) or one TOML file; secrets also from files.

`MYOSOTIS_CONFIG` names the TOML file, from whose directory its paths are meant. A secret `x` can be given as
`MYOSOTIS_X_FILE`, the path of a file that holds it. The environment goes before the file.
"""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from myosotis.channels.registry import ConfigError, check_settings, provider_type

DATABASE_URLS = ("database_url", "dispatcher_database_url", "migrations_database_url", "direct_database_url")
SECRETS = ("secret_key", *DATABASE_URLS, "receipt_secret", "status_token")
ACCOUNTS = ("sms", "email", "push")
DIRECTORIES = ("data_dir", "backup_dir")
AS_JSON: Final = {
    "trusted_proxies": '["127.0.0.1"]',
    "sms": '{"provider": "smsapi", "token": "..."}',
    "email": '{"provider": "smtp", "host": "..."}',
    "push": '{"provider": "webpush", "subject": "..."}',
}
"""What the environment gives as JSON, with an example."""
LOG_FORMATS = ("auto", "json", "text")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SHORTEST_KEY = 32
AT = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
BIND = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]*):[0-9]{1,5}")


class Config(BaseSettings):
    """The settings of an installation; `docs/settings.md` is generated from this class."""

    model_config = SettingsConfigDict(env_prefix="MYOSOTIS_", env_nested_delimiter="__", extra="forbid", frozen=True)

    data_dir: Path = Field(Path("var"), description="Where the database, keys and state are kept.")
    database_url: str = Field(
        "", description="postgresql://user:password@host/name, or sqlite:///path; empty: SQLite in the data directory."
    )
    dispatcher_database_url: str = Field(
        "", description="The dispatcher's own user of the same database; empty: `database_url` (docs/database.md)."
    )
    migrations_database_url: str = Field(
        "", description="The owner of the tables, for `migrate` and the operator's commands; empty: `database_url`."
    )
    direct_database_url: str = Field(
        "", description="Where the dispatcher listens, if its own address leads through PgBouncer; empty: that address."
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="The address at which patients reach the pages; no slash at the end."
    )
    secret_key: str = Field("", description="At least 32 characters; empty: made once and kept in the data directory.")
    bind: str = Field("127.0.0.1:8000", description="Where the web server listens.")
    workers: int = Field(1, ge=1, le=64, description="Web server processes.")
    sandbox: bool = Field(
        False, description="The test bench: fake providers and a virtual clock. Never with real patients."
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Addresses of reverse proxies whose X-Forwarded-* are believed."
    )
    sms: dict[str, str] = Field(
        default_factory=dict, description="Provider account for SMS of practices without their own."
    )
    email: dict[str, str] = Field(
        default_factory=dict, description="Provider account for e-mail of practices without their own."
    )
    push: dict[str, str] = Field(default_factory=dict, description="Provider account for push.")
    receipt_secret: str = Field(
        "", description="The secret part of the address of the installation's own receipts; empty: derived."
    )
    batch_size: int = Field(1000, ge=1, le=5000, description="Messages claimed at once by a dispatcher.")
    in_flight: int = Field(1024, ge=1, le=1024, description="Messages under way at once, per dispatcher, at most.")
    practice_per_second: float | None = Field(
        None,
        gt=0,
        description="Messages a second that one practice may send on a channel by the installation's account; empty: all.",
    )
    lease_seconds: int = Field(
        120, ge=10, description="After how long a claimed message counts as left by a dead dispatcher (seconds)."
    )
    poll_seconds: float = Field(0.5, gt=0, le=1, description="How often SQLite is asked whether it changed (seconds).")
    api_requests_per_minute: int = Field(600, ge=1, description="Requests a minute allowed to one API key.")
    backup_dir: str = Field("", description="Where backups are written; empty: `backups` in the data directory.")
    backup_at: str = Field(
        "02:00",
        description="When `myosotis up` makes the backup of each day on SQLite (UTC, HH:MM; later if it was off); empty: never.",
    )
    backup_keep: int = Field(14, ge=1, description="How many backups are kept.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("auto", description="json, text, or auto: text where a terminal shows it, else JSON.")
    dispatcher_status_bind: str = Field(
        "127.0.0.1:8001", description="Where a dispatcher shows /metrics, /healthz and /readyz; empty: nowhere."
    )
    web_status_bind: str = Field(
        "127.0.0.1:8002", description="Where the web server shows /metrics of all its processes; empty: nowhere."
    )
    status_token: str = Field(
        "", description="The bearer token that /metrics asks for; needed where these ports are open to other machines."
    )

    @field_validator("public_url")
    @classmethod
    def without_slash(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("public_url starts with http:// or https://")
        return url.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def long_enough(cls, key: str) -> str:
        if key and len(key) < SHORTEST_KEY:
            raise ValueError(f"must have at least {SHORTEST_KEY} characters")
        return key

    @field_validator(*DATABASE_URLS)
    @classmethod
    def known_database(cls, url: str, info: ValidationInfo) -> str:
        if info.field_name != "database_url" and url.startswith("sqlite:///"):
            raise ValueError("SQLite has one file and no users: leave it empty")
        if url and not url.startswith(("postgresql://", "postgres://", "sqlite:///")):
            raise ValueError("must begin with postgresql:// or sqlite:///")
        return url

    @field_validator("bind", "dispatcher_status_bind", "web_status_bind")
    @classmethod
    def host_and_port(cls, bind: str, info: ValidationInfo) -> str:
        if not bind and info.field_name != "bind":
            return bind
        if not BIND.fullmatch(bind) or int(bind.rpartition(":")[2]) > 65535:  # noqa: PLR2004 - the highest port
            raise ValueError("must be a host and a port, like 127.0.0.1:8000")
        return bind

    @field_validator("backup_at")
    @classmethod
    def hour_and_minute(cls, at: str) -> str:
        if at and not AT.fullmatch(at):
            raise ValueError("must be an hour and a minute, like 02:00, or empty")
        return at

    @field_validator("log_format")
    @classmethod
    def known_format(cls, given: str) -> str:
        if given not in LOG_FORMATS:
            raise ValueError(f"must be one of {', '.join(LOG_FORMATS)}")
        return given

    @field_validator("log_level")
    @classmethod
    def known_level(cls, level: str) -> str:
        if level.upper() not in LOG_LEVELS:
            raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
        return level.upper()

    @field_validator(*ACCOUNTS, mode="before")
    @classmethod
    def as_text(cls, account: Any) -> Any:
        """TOML has numbers and switches of its own; what a provider allows is checked of their text."""
        if not isinstance(account, dict):
            return account
        return {name: _switch_or_number(value) for name, value in account.items()}

    @field_validator(*ACCOUNTS)
    @classmethod
    def usable_account(cls, account: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        """Secrets given as files are read; what is wrong is named field by field, never its value."""
        if not account:
            return account
        try:
            kind = provider_type(account.get("provider", ""))
            if kind.channel.value != info.field_name:
                raise ValueError(f"provider: {kind.name} is for {kind.channel}")
            secret = {field.name for field in kind.fields if field.secret}
            read = {_named(name, secret): _read(name, value, secret) for name, value in account.items()}
            check_settings(kind.name, {name: value for name, value in read.items() if name != "provider"})
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return read

    def database_of(self, process: str) -> str:
        """Where a process reaches the database: `web`, `dispatcher`, or `owner` for migrations and the operator."""
        own = {"dispatcher": self.dispatcher_database_url, "owner": self.migrations_database_url}
        return own.get(process, "") or self.database_url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Given values (the TOML file), then the environment; no .env file and no directory of secrets."""
        del settings_cls, dotenv_settings, file_secret_settings
        return (env_settings, init_settings)


def _switch_or_number(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool | int | float) else value


def _named(name: str, secret: set[str]) -> str:
    """The setting that `token_file` gives: `token`."""
    base = name.removesuffix("_file")
    return base if base in secret else name


def _read(name: str, value: str, secret: set[str]) -> str:
    """A setting's value; raises ValueError for a file that cannot be read."""
    if _named(name, secret) == name:
        return value
    try:
        return Path(value).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{name}: cannot be read ({error.strerror})") from None


def load() -> Config:
    """Read the settings. Raises pydantic.ValidationError naming every wrong one, OSError or ValueError for a file."""
    given: dict[str, Any] = {}
    file = os.environ.get("MYOSOTIS_CONFIG")
    if file:
        given.update(_said_by(Path(file)))
    for name in SECRETS:
        path = os.environ.get(f"MYOSOTIS_{name.upper()}_FILE")
        if path:
            given[name] = Path(path).read_text(encoding="utf-8").strip()
    try:
        return Config(**given)
    except SettingsError as error:
        raise ValueError(_not_json() or str(error)) from None


def _said_by(file: Path) -> dict[str, Any]:
    """What a file of settings says. A relative path in it is meant from where it lies: a service starts elsewhere than a
    person, and in another directory `data_dir` would be another, empty installation."""
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: {error}") from None
    return _beside(file.absolute().parent, said)


def _beside(place: Path, table: dict[str, Any]) -> dict[str, Any]:
    found = dict(table)
    for name, value in table.items():
        if isinstance(value, dict):
            found[name] = _beside(place, value)
        elif isinstance(value, str) and value and (name in DIRECTORIES or name.endswith("_file")):
            found[name] = str(place / value)
    return found


def _not_json() -> str:
    """Which setting of the environment cannot be read, and how it is written; never its value."""
    for name, example in AS_JSON.items():
        variable = f"MYOSOTIS_{name.upper()}"
        try:
            json.loads(os.environ.get(variable) or "null")
        except ValueError:
            return f"{variable}: must be written as JSON, like {example}"
    return ""
