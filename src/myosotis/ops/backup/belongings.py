"""What an installation needs besides its database: the server key, its settings, and the files that these name."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from myosotis.ops.backup.archive import CLOSED, Source

KEY: Final = "secret.key"
CONFIG: Final = "settings/myosotis.toml"
ENVIRONMENT: Final = "settings/environment"
FILES: Final = "settings/files"
PASSING: Final = frozenset({"MYOSOTIS_CONFIG", "MYOSOTIS_CLOCK_FILE", "MYOSOTIS_PARENT", "MYOSOTIS_PROCESS"})
"""Names of the environment that are no settings."""


def collect(folder: Path, environment: Mapping[str, str]) -> dict[str, Source]:
    """Everything but the database; what is no file yet is written to `folder`. Raises OSError for a file that is gone."""
    found = {KEY: Source(path=_kept(folder / "key", settings.SECRET_KEY), what="the server key")}
    config = environment.get("MYOSOTIS_CONFIG")
    if config:
        found[CONFIG] = Source(path=Path(config), what="the settings", stood_at=str(Path(config).resolve()))
    given = {name: value for name, value in environment.items() if name.startswith("MYOSOTIS_")}
    lines = [f"{name}={value}\n" for name, value in sorted(given.items()) if name not in PASSING]
    if lines:
        found[ENVIRONMENT] = Source(
            path=_kept(folder / "environment", "".join(lines)), what="the settings of the environment"
        )
    for number, (setting, path) in enumerate(sorted(_named(config, given)), start=1):
        what = f"the file that {setting} names"
        found[f"{FILES}/{number}-{path.name}"] = Source(path=path, what=what, stood_at=str(path.resolve()))
    return found


def _kept(path: Path, text: str) -> Path:
    path.touch(mode=CLOSED)
    path.write_text(text, encoding="utf-8")
    return path


def _named(config: str | None, given: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Settings that are paths of files: tokens, passwords, keys of DKIM and of web push, certificates."""
    for name, value in given.items():
        if name.endswith("_FILE") and name not in PASSING:
            yield name, Path(value)
    if config:
        for name, path in _files_in(tomllib.loads(Path(config).read_text(encoding="utf-8")), ""):
            yield name, Path(config).parent / path  # as the settings mean it


def _files_in(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, Path]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _files_in(value, f"{name}.")
        elif name.endswith("_file") and isinstance(value, str) and value:
            yield f"{above}{name}", Path(value)
