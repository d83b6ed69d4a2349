"""PostgreSQL: a dump by pg_dump of one moment, and bringing it back by pg_restore in one transaction."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from django.db import connection
from psycopg import sql

from myosotis.ops.backup.archive import CLOSED, Source
from myosotis.ops.backup.manifest import Unusable
from myosotis.store.apart.policies import OF_PRACTICE

MEMBER: Final = "database.dump"
INSTALLED: Final = Path("/usr/lib/postgresql")
"""Where Debian keeps the tools of each version, besides those on the PATH."""


def dump(folder: Path) -> tuple[Source, dict[str, int], str]:
    """A dump, how many rows each table had at its moment, and the server's version. Raises Unusable, psycopg.Error, OSError."""
    file = folder / MEMBER
    file.touch(mode=CLOSED)
    with _connected() as database:
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = _value(database, "SELECT pg_export_snapshot()")
        counts, version = count(database), str(_value(database, "SHOW server_version"))
        _run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={file}", f"--dbname={_name()}")
    _run("pg_restore", "--list", str(file))
    return Source(path=file, what="the database"), counts, version


def count(database: "psycopg.Connection[Any]") -> dict[str, int]:
    """The rows of every table of ours."""
    return {
        name: int(_value(database, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))))
        for name in tables(database)
    }


def tables(database: "psycopg.Connection[Any]") -> list[str]:
    rows = database.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
        " ORDER BY relname"
    )
    return [name for (name,) in rows]


def is_empty() -> bool:
    """Whether there are no tables yet, or neither a practice nor staff in them."""
    with _connected() as database:
        there = count(database)
    return not any(there.get(table) for table in ("store_practice", "store_staffuser"))


def others() -> int:
    """How many others are connected to the database. Of other users only a superuser sees what sort of connection it is;
    the server's own helpers have no user."""
    with _connected() as database:
        return int(
            _value(
                database,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND (backend_type = 'client backend' OR (backend_type IS NULL AND usesysid IS NOT NULL))"
                " AND pid <> pg_backend_pid()",
            )
        )


def load(file: Path, expected: Mapping[str, int]) -> None:
    """Bring a dump back in the place of what is there. Raises Unusable, psycopg.Error, OSError."""
    connection.close()
    with _connected() as database:
        _drop(database)
    wanted = file.with_name("contents")
    wanted.write_text("\n".join(_without_roles(_run("pg_restore", "--list", str(file)))), encoding="utf-8")
    _run(
        "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--use-list={wanted}",
        f"--dbname={_name()}", str(file),
    )  # fmt: skip
    with _connected() as database:
        if count(database) != expected:
            raise Unusable("its tables do not have the rows that the manifest counts")


def _without_roles(contents: str) -> Iterator[str]:
    """What a dump holds, but for rights and policies of roles: another server may not have them (`myosotis roles` makes
    them), and `migrate` gives those that stand what is theirs."""
    for line in contents.splitlines():
        of_role = " ACL " in line or (" POLICY " in line and f" {OF_PRACTICE} " not in line)
        if not of_role:
            yield line


def _drop(database: "psycopg.Connection[Any]") -> None:
    """All tables and functions of ours, also those of a newer version that the dump does not know."""
    for table in tables(database):
        database.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(table)))
    functions = database.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    )
    for (function,) in functions.fetchall():
        database.execute(f"DROP FUNCTION {function} CASCADE")  # as the server itself wrote it


@contextmanager
def _connected() -> "Iterator[psycopg.Connection[Any]]":
    given = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        given.pop(name, None)
    with psycopg.connect(**given) as database:
        yield database


def _value(database: "psycopg.Connection[Any]", question: Any) -> Any:
    row = database.execute(question).fetchone()
    return row[0] if row else None


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, *arguments: str) -> str:
    """Run one of the server's own tools; what it said. Its complaint becomes the error's text: Unusable."""
    given = connection.settings_dict
    said = {"PGHOST": given["HOST"], "PGPORT": given["PORT"], "PGUSER": given["USER"], "PGPASSWORD": given["PASSWORD"]}
    environment = {**os.environ, **{name: value for name, value in said.items() if value}}
    done = subprocess.run(  # noqa: S603 - the server's own tool
        [_tool(program), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unusable(f"{program} failed: {done.stderr.strip().splitlines()[0] if done.stderr else done.returncode}")
    return done.stdout


def _tool(program: str) -> str:
    """The newest on this machine: pg_dump refuses a server newer than itself."""
    folders = [folder for folder in INSTALLED.glob("*/bin") if folder.parent.name.isdigit()]
    newest = sorted(folders, key=lambda folder: int(folder.parent.name), reverse=True)
    found = next((folder / program for folder in newest if (folder / program).exists()), None)
    tool = str(found) if found else shutil.which(program)
    if tool is None:
        raise Unusable(f"{program} is not on this machine: install the client tools of PostgreSQL")
    return tool
