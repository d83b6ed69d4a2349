"""No migration holds a table for long while the product runs on it (docs/upgrading.md).

What each migration after the first would say to PostgreSQL is written down, without a server, and read by squawk.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import django
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.utils import ConnectionHandler

ROOT = Path(__file__).resolve().parent.parent
SQUAWK = Path(sys.executable).parent / "squawk"
OLDEST_SERVER = "15.0"
NOT_ASKED = {
    "require-timeout-settings": "`myosotis migrate` sets lock_timeout for all of them",
    "prefer-robust-stmts": "one that is not atomic is mended by hand (docs/upgrading.md)",
    "ban-drop-column": "the second half of expand and contract, a release later (docs/upgrading.md)",
    "ban-drop-table": "as above",
    "prefer-identity": "Django writes the types, and chose them",
    "prefer-text-field": "as above",
    "prefer-bigint-over-int": "as above",
    "prefer-bigint-over-smallint": "as above",
}
BEFORE_INSTALLATIONS = {
    "0001_initial": "makes the tables",
    "0005_practices_apart": "reads the catalogue; its tables are empty",
}
"""Those that run on a new database only: there is none that stood without them."""


def database() -> DatabaseWrapper:
    """PostgreSQL as Django writes for it, with no server behind."""
    handler = ConnectionHandler(
        {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "nowhere", "HOST": "/nowhere"}}
    )
    connection = handler["default"]
    if not isinstance(connection, DatabaseWrapper):
        raise TypeError(connection)
    connection.__dict__["pg_version"] = 150000  # asked of the server otherwise
    connection.ops.compose_sql = composed  # type: ignore[method-assign] # as above
    return connection


def composed(sql: str, params: Sequence[object] | None) -> str:
    """With its values in it: what they are is nothing to squawk, only that they are values."""
    return sql % tuple("0" for _ in params) if params else sql


def written(migration: Migration, loader: MigrationLoader, connection: DatabaseWrapper) -> str:
    """The statements of a migration. A RunPython may only write statements; one that asks the database raises."""
    state = loader.project_state((migration.app_label, migration.name), at_end=False)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for operation in migration.operations:
            before = state.clone()
            operation.state_forwards(migration.app_label, state)
            if isinstance(operation, RunPython):
                operation.code(before.apps, editor)
            else:
                operation.database_forwards(migration.app_label, editor, before, state)
    return "\n".join(editor.collected_sql)


def complaints(sql: str, *, atomic: bool = True) -> str:
    """What squawk finds wrong with statements that meet a table in use; nothing if all is well."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migration.sql"
        file.write_text(sql + "\n", encoding="utf-8")
        rules = [f"--pg-version={OLDEST_SERVER}", f"--exclude={','.join(NOT_ASKED)}"]
        rules += ["--assume-in-transaction"] if atomic else []
        command = [str(SQUAWK), "--reporter=gcc", *rules, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.stdout + done.stderr


def problems() -> Iterator[str]:
    connection = database()
    loader = MigrationLoader(None)
    for (label, name), migration in sorted(loader.disk_migrations.items()):
        if label == "store" and name not in BEFORE_INSTALLATIONS:
            sql = written(migration, loader, connection)
            if found := complaints(sql, atomic=migration.atomic):
                yield f"{name}:\n{sql}\n{found}"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myosotis.site.settings")
    django.setup()
    found = list(problems())
    for problem in found:
        print(problem)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
