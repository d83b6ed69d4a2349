"""Making a backup: database, key and settings of one moment, in one file; and letting go of old ones."""

import importlib.metadata
import os
import re
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from myosotis.ops import trouble
from myosotis.ops.backup import archive, belongings, manifest, postgresql, sqlite
from myosotis.ops.backup.manifest import Manifest, Unusable
from myosotis.value_class import value_class

NAME: Final = re.compile(r"myosotis-(\d{8}T\d{6})Z\.tar")
STAMP: Final = "%Y%m%dT%H%M%S"
TROUBLE: Final = (Unusable, OSError, ValueError, sqlite3.Error, psycopg.Error, DatabaseError)
"""What a backup or a restore may fail of."""


@value_class
class Made:
    """A backup that was written and read back."""

    path: Path
    manifest: Manifest


def directory(config: Any) -> Path:
    """Where backups are written unless said otherwise."""
    return Path(config.backup_dir) if config.backup_dir else config.data_dir / "backups"


def make(into: Path, now: datetime) -> Made:
    """Write a backup of `now` (UTC) into a directory, and check it. Raises one of TROUBLE; then none is left there."""
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=into) as folder:
        sources = belongings.collect(Path(folder), os.environ)
        on_postgresql = connection.vendor == "postgresql"
        engine = postgresql if on_postgresql else sqlite
        applied = sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
        source, tables, server = engine.dump(Path(folder))
        sources[engine.MEMBER] = source
        said = Manifest(
            made_at=now,
            version=importlib.metadata.version("myosotis"),
            database=connection.vendor,
            server=server,
            migrations=applied,
            tables=tables,
            parts={name: archive.part(one) for name, one in sources.items()},
        )
        target = into / f"myosotis-{now.astimezone(UTC).strftime(STAMP)}Z.tar"
        archive.write(target, said, sources)
    return Made(path=target, manifest=manifest.read(said.text()))


def there(directory: Path) -> list[tuple[datetime, Path]]:
    """The backups in a directory by the moment in their names (UTC), the newest first."""
    found = [(NAME.fullmatch(path.name), path) for path in directory.glob("myosotis-*.tar")]
    moments = [(datetime.strptime(match[1], STAMP).replace(tzinfo=UTC), path) for match, path in found if match]
    return sorted(moments, reverse=True)


def let_go(directory: Path, keep: int) -> list[Path]:
    """Remove all backups but the newest `keep`; those removed. Files of other names are none of ours."""
    old = [path for _, path in there(directory)[keep:]]
    for path in old:
        path.unlink()
    return old


def why(error: Exception) -> str:
    """A failure in words. What a database says can hold data; our own words and the system's do not."""
    if isinstance(error, Unusable | OSError):
        return str(error)
    known = trouble.of(error)
    return str(known) if known else type(error).__name__
