"""SQLite: a copy by its online backup, while everything runs; and putting one in the place of the database."""

import gzip
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from django.db import connection

from myosotis.ops.backup.archive import CLOSED, Source
from myosotis.ops.backup.manifest import Unusable

MEMBER: Final = "database.sqlite3.gz"
BESIDE: Final = ("", "-wal", "-shm")
LEVEL: Final = 5
"""Of gzip: beyond it time grows faster than the file shrinks."""


def path() -> Path:
    return Path(connection.settings_dict["NAME"])


def opened(file: Path) -> sqlite3.Connection:
    """A database to read from alone. Raises sqlite3.Error."""
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)


def dump(folder: Path) -> tuple[Source, dict[str, int], str]:
    """A packed copy, how many rows each of its tables has, and the version. Raises Unusable, sqlite3.Error, OSError.

    In one step: in WAL mode writers do not wait for it, and none of them makes it begin again.
    """
    copy, packed = folder / "copy.sqlite3", folder / "packed"
    copy.touch(mode=CLOSED)
    with closing(opened(path())) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        counts = count(target)
    _whole(copy)
    packed.touch(mode=CLOSED)
    with copy.open("rb") as plain, gzip.open(packed, "wb", compresslevel=LEVEL) as file:
        shutil.copyfileobj(plain, file, 1 << 20)
    copy.unlink()
    return Source(path=packed, what="the database"), counts, sqlite3.sqlite_version


def count(database: sqlite3.Connection) -> dict[str, int]:
    """The rows of every table."""
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {
        name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - a name of its own
        for (name,) in names.fetchall()
    }


def _whole(file: Path) -> None:
    with closing(opened(file)) as database:
        said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise Unusable("SQLite found damage in the copy of the database: see `myosotis doctor`")


def is_empty() -> bool:
    """Whether there is no database yet, or one without a practice and without staff. A damaged one is not empty."""
    if not path().exists():
        return True
    try:
        with closing(opened(path())) as database:
            there = count(database)
    except sqlite3.DatabaseError:
        return False
    return not any(there.get(table) for table in ("store_practice", "store_staffuser"))


def load(packed: Path, expected: dict[str, int], aside: str) -> list[Path]:
    """Put a packed copy in the place of the database; what was there keeps its name with `aside`. What was put aside.

    Nobody has the database open. Raises Unusable, sqlite3.Error, OSError: then what was there still is.
    """
    place = path()
    new = place.with_name(f".{place.name}.restoring")
    new.unlink(missing_ok=True)
    try:
        with (
            gzip.open(packed, "rb") as file,
            os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, CLOSED), "wb") as plain,
        ):
            shutil.copyfileobj(file, plain, 1 << 20)
        _whole(new)
        with closing(opened(new)) as database:
            if count(database) != expected:
                raise Unusable("its tables do not have the rows that the manifest counts")
        connection.close()
        kept = _put_aside(place, aside)
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)
    return kept


def _put_aside(place: Path, aside: str) -> list[Path]:
    """With what SQLite keeps beside it, so that it can be opened as it is."""
    kept = []
    for ending in BESIDE:
        there = place.with_name(place.name + ending)
        if there.exists():
            kept.append(there.rename(place.with_name(f"{place.name}.{aside}{ending}")))
    return kept
