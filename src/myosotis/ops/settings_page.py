"""docs/settings.md, made from the class that reads the settings: it cannot say anything else than what holds."""

from typing import Any

from pydantic_settings import BaseSettings

from myosotis.channels.registry import provider_types

HEAD = """# Settings

This page is made by `myosotis settings`; a test keeps it true.

A setting comes from the environment (`MYOSOTIS_` and its name in capitals) or from one TOML file named by
`MYOSOTIS_CONFIG`; the environment goes first. Secrets can also be given as the path of a file that holds them, so that
they stand in no process list: `MYOSOTIS_SECRET_KEY_FILE=/run/secrets/key`. A relative path in the file is meant from the
file's own directory. What is wrong is named when a command starts; a name in the environment that is no setting, by
`myosotis doctor`.

```toml
public_url = "https://wizyta.example"
trusted_proxies = ["127.0.0.1"]

[sms]
provider = "smsapi"
token_file = "smsapi.token"         # or token = "..."; so with every secret of an account
```

In the environment a list is written as JSON (`MYOSOTIS_TRUSTED_PROXIES='["127.0.0.1"]'`), a table as JSON
(`MYOSOTIS_SMS='{"provider": "smsapi", ...}'`) or one by one (`MYOSOTIS_SMS__TOKEN=...`, or `MYOSOTIS_SMS__TOKEN_FILE=...`).
A practice's own account goes before the installation's.

## The settings

| setting | environment | default | what it is |
|---|---|---|---|
"""
ACCOUNTS = """
## Provider accounts

`sms`, `email` and `push` are tables: `provider`, and what that provider asks for. ● marks what must be given.
"""


def page(config: type[BaseSettings]) -> str:
    """The whole page."""
    rows = [_row(name, field) for name, field in config.model_fields.items()]
    return HEAD + "\n".join(rows) + "\n" + ACCOUNTS + "".join(_account(kind) for kind in provider_types())


def _row(name: str, field: Any) -> str:
    default = field.get_default(call_default_factory=True)
    shown = "" if default in ("", (), {}) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    bounds = _bounds(field)
    text = f"{field.description}{f' {bounds}' if bounds else ''}"
    return f"| `{name}` | `MYOSOTIS_{name.upper()}` | {shown} | {text} |"


def _bounds(field: Any) -> str:
    words = {"Ge": ("ge", "at least"), "Gt": ("gt", "more than"), "Le": ("le", "at most")}
    found = [
        f"{words[kind][1]} {getattr(limit, words[kind][0])}"
        for limit in field.metadata
        if (kind := type(limit).__name__) in words
    ]
    return f"({', '.join(found)})" if found else ""


def _account(kind: Any) -> str:
    lines = [
        f"\n### {kind.channel}: `{kind.name}` ({kind.label.en})\n",
        "| setting | default | what it is |",
        "|---|---|---|",
    ]
    for field in kind.fields:
        mark = " ●" if field.required else ""
        default = f"`{field.default}`" if field.default else ""
        secret = " Secret." if field.secret else ""
        text = ". ".join(part.rstrip(".") for part in (field.label.en, field.help.en) if part)
        lines.append(f"| `{field.name}`{mark} | {default} | {text}; {field.allowed}.{secret} |")
    return "\n".join(lines) + "\n"
