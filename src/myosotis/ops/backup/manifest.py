"""What stands first in a backup: what it is of, what is in it, and how each part can be checked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from datetime import datetime
from typing import Any, Final

from myosotis.value_class import value_class

NAME: Final = "manifest.json"
FORMAT: Final = 1
"""Raised when an older program could not read a newer backup."""


class Unusable(Exception):  # noqa: N818 - says what it is, as all of our exceptions do
    """A backup that must not be restored; the text says why."""


@value_class
class Part:
    """One file in the backup."""

    sha256: str
    size: int
    """Bytes."""
    secret: bool
    """Whoever reads it could act as the installation, or read what patients were told."""
    what: str
    """In plain words."""
    path: str = ""
    """Where the settings looked for it, if it is one of their files."""


@value_class
class Manifest:
    """What a backup says of itself."""

    made_at: datetime
    """UTC. The database is as it was then, or a little later."""
    version: str
    """Of the program."""
    database: str
    """`sqlite` or `postgresql`."""
    server: str
    """Its version."""
    migrations: Sequence[str]
    """Those that had been run, like `store.0001_initial`."""
    tables: Mapping[str, int]
    """How many rows each has."""
    parts: Mapping[str, Part]
    format: int = field(default=FORMAT)

    def text(self) -> str:
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}, indent=1, sort_keys=True)


def read(text: str) -> Manifest:
    """Raises Unusable for one that is damaged or of a newer kind."""
    try:
        said: dict[str, Any] = json.loads(text)
        if int(said["format"]) > FORMAT:
            raise Unusable(f"it was made by a newer Myosotis ({said.get('version', '?')}); restore it with that one")
        parts = {name: Part(**part) for name, part in said.pop("parts").items()}
        return Manifest(**{**said, "made_at": datetime.fromisoformat(said["made_at"]), "parts": parts})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unusable(f"its manifest cannot be read ({type(error).__name__})") from None
