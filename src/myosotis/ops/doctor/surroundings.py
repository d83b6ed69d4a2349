"""The settings themselves, the address of the pages, time zones."""

import importlib.metadata
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import TZPATH

from myosotis.ops.backup.belongings import PASSING
from myosotis.ops.doctor.finding import Finding, bad, good, note
from myosotis.ops.status.checks import room

LONGEST_HOST = 14
"""With it a link in an SMS has 40 characters (docs/rules.md 5)."""
LITTLE_ROOM = 2**30
"""Bytes: some weeks of a practice."""
SECONDS = 10.0
VERSION = re.compile(r"^# version (\d{4}[a-z]+)", re.MULTILINE)
Fetch = Callable[[str], int]


def fetch(url: str) -> int:
    """The status that an address answers with. Raises OSError."""
    request = urllib.request.Request(url, headers={"User-Agent": "Myosotis doctor"})  # noqa: S310 - http(s) only, checked by the settings
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def check(config: Any, get: Fetch | None = fetch) -> Iterator[Finding]:
    """Settings, then the public address (unless `get` is None), then time zones."""
    if config.sandbox:
        yield note("settings", "this is a sandbox", "never use it with real patients")
    else:
        yield good("settings", _whose(config, os.environ))
    yield from _misnamed(config, os.environ)
    yield _room(config.data_dir)
    yield from _own_key(config)
    yield _host(config.public_url)
    if not config.public_url.startswith("https://") and not config.sandbox:
        yield bad(
            "public_url", "not https", "put a reverse proxy with a certificate before it: links open a patient's visit"
        )
    if get is not None:
        yield _reachable(config.public_url, get)
    yield _zones()


def _whose(config: Any, environment: Mapping[str, str]) -> str:
    """Where the file was forgotten, another installation answers, which is empty."""
    file = environment.get("MYOSOTIS_CONFIG")
    return f"{f'of {file}' if file else 'no file is named'}; data in {config.data_dir.absolute()}"


def _misnamed(config: Any, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What looks like a setting and is none: it would be passed over in silence."""
    known = {f"MYOSOTIS_{name}".upper() for name in type(config).model_fields}
    for name in sorted(environment):
        setting = name.upper().partition("__")[0].removesuffix("_FILE")
        if setting.startswith("MYOSOTIS_") and setting not in known and name not in PASSING:
            yield note("settings", f"{name} in the environment is none of them", "see docs/settings.md for its name")


def _own_key(config: Any) -> Iterator[Finding]:
    """Each machine without the setting makes a key of its own; on one machine that is as it should be."""
    if config.database_url.startswith("postgres") and not config.secret_key:
        advice = (
            "on several machines set secret_key, the same on each: with another, links and sealed accounts do not open"
        )
        yield note("secret_key", f"is the one in {config.data_dir}, of this machine alone", advice)


def _room(directory: Path) -> Finding:
    free = room(directory)
    if free is None:
        return bad("disk", "the data directory cannot be read", "see data_dir, its owner and its rights")
    shown = f"{free / 2**30:.1f} GiB free"
    if free < LITTLE_ROOM:
        return note("disk", shown, "make room where the data directory lies, or give it more")
    return good("disk", shown)


def _host(url: str) -> Finding:
    host = urlsplit(url).netloc
    if len(host) > LONGEST_HOST:
        advice = "a shorter domain saves SMS parts: at most 14 characters make links of at most 40"
        return note("length of links", f"{host} has {len(host)} characters", advice)
    return good("length of links", f"{host} has {len(host)} characters")


def _reachable(url: str, get: Fetch) -> Finding:
    try:
        status = get(url + "/")
    except (OSError, ValueError) as error:
        advice = "start `myosotis web`, and check DNS, certificate, reverse proxy and firewall"
        return bad("public_url", f"{url} does not answer ({type(error).__name__})", advice)
    if status >= 500:  # noqa: PLR2004 - the class of status codes
        return bad(
            "public_url", f"{url} answers with {status}", "see the logs of the web server and of the reverse proxy"
        )
    return good("public_url", f"{url} answers")


def _zones() -> Finding:
    """One renderer and one tzdata; but the system's may be older than ours (docs/rules.md, Time)."""
    packaged = importlib.metadata.version("tzdata")
    system = next((found for path in TZPATH if (found := _system_version(Path(path)))), "")
    if not system:
        return good("time zones", f"tzdata {packaged} of the package")
    year, letter = int(system[:4]), system[4:]
    if (year, ord(letter[0]) - ord("a") + 1) < tuple(int(part) for part in packaged.split(".")[:2]):
        advice = 'update the system\'s tzdata, or set PYTHONTZPATH="" to use the package'
        return note("time zones", f"the system's tzdata {system} is older than the package's {packaged}", advice)
    return good("time zones", f"tzdata {system} of the system")


def _system_version(path: Path) -> str:
    try:
        with (path / "tzdata.zi").open(encoding="utf-8") as file:
            match = VERSION.search(file.readline())
    except OSError:
        return ""
    return match[1] if match else ""
