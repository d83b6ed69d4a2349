"""Restoring a backup: into an empty installation, or in the place of one of which a copy is kept."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from myosotis.domain.words import HaltCause
from myosotis.ops.backup import archive, belongings, make, postgresql, sqlite
from myosotis.ops.backup.manifest import Manifest, Unusable
from myosotis.ops.in_use import users_of
from myosotis.value_class import value_class

KEY_FILE: Final = "secret.key"
"""Where an installation keeps the key that it made itself, in its data directory."""


@value_class
class Restored:
    """What was brought back, and where what stood there before is now."""

    manifest: Manifest
    kept: tuple[Path, ...]


def restore(backup: Path, config: Any, now: datetime, *, replace: bool, hold_from: datetime | None = None) -> Restored:
    """Bring database and server key back from a backup that was checked first; `now` (UTC) names what is put aside.

    `hold_from`: when (UTC, by the product's clock) all sending is held back, until it is settled what left since the backup
    and somebody has looked; None if nothing did.

    Nothing is touched before all checks are passed. Raises one of `make.TROUBLE`.
    """
    manifest = archive.check(backup)
    _suits(manifest)
    key = archive.contents(backup, belongings.KEY).decode()
    _fits_key(config, key)
    _is_free(replace=replace)
    aside = f"before-{now.astimezone(UTC).strftime(make.STAMP)}Z"
    place = make.directory(config)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=place) as folder:
        member = postgresql.MEMBER if connection.vendor == "postgresql" else sqlite.MEMBER
        file = Path(folder) / "database"
        archive.extract(backup, member, file)
        if connection.vendor == "postgresql":
            kept = [] if postgresql.is_empty() else [make.make(place / aside, now).path]
            postgresql.load(file, manifest.tables)
        else:
            kept = sqlite.load(file, dict(manifest.tables), aside)
    if hold_from is not None:  # at once: should what follows be broken off, whatever is started then sends nothing
        _hold(manifest, hold_from)
    if not config.secret_key:
        kept += _put_key(config.data_dir / KEY_FILE, key, aside)
    return Restored(manifest=manifest, kept=tuple(kept))


def _hold(manifest: Manifest, now: datetime) -> None:
    from myosotis.store import halts  # the command is loaded before the settings are read

    halts.begin(HaltCause.RESTORED, backup_of=manifest.made_at, now=now)


def _suits(manifest: Manifest) -> None:
    if manifest.database != connection.vendor:
        other = (
            "set database_url to an empty PostgreSQL database"
            if manifest.database == "postgresql"
            else ("restore it on SQLite (no database_url), then `myosotis move-to-postgresql`")
        )
        raise Unusable(f"it is of {manifest.database}, and the settings name {connection.vendor}: {other}")
    known = {".".join(key) for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if set(manifest.migrations) - known:
        raise Unusable(f"it was made by a newer Myosotis ({manifest.version}); restore it with that one")


def _fits_key(config: Any, key: str) -> None:
    """Another key would void every link in a message and every sealed secret."""
    if config.secret_key and config.secret_key != key:
        raise Unusable(
            f"the setting secret_key is not the one of the backup: take it from there (tar -xOf BACKUP {belongings.KEY})"
        )


def _is_free(*, replace: bool) -> None:
    empty = postgresql.is_empty() if connection.vendor == "postgresql" else sqlite.is_empty()
    if not empty and not replace:
        raise Unusable("there is an installation already; --replace puts it aside first")
    connection.close()  # our own does not count
    others = postgresql.others() if connection.vendor == "postgresql" else len(users_of(sqlite.path()))
    if others:
        pooled = (
            " (a pooler keeps their connections for a while: stop it, too)" if connection.vendor == "postgresql" else ""
        )
        raise Unusable(f"the database is in use ({others}): stop web server and dispatchers first{pooled}")


def _put_key(file: Path, key: str, aside: str) -> list[Path]:
    if file.exists() and file.read_text(encoding="ascii").strip() == key:
        return []
    kept = [file.rename(file.with_name(f"{file.name}.{aside}"))] if file.exists() else []
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=archive.CLOSED)
    file.write_text(key, encoding="ascii")
    return kept
