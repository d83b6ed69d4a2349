"""Whoever typed a command is told what is wrong with the database, and what to do; never what was in it."""

import sqlite3
import subprocess
from pathlib import Path

import psycopg
import pytest
from django.db import ProgrammingError
from django.db.migrations.exceptions import MigrationSchemaMissing
from pytest_django.fixtures import Settings

from myosotis.ops import trouble
from myosotis.ops.ports import free_port
from tests.db.ops.test_up import RUN, environment


def asked(settings: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*RUN, *words], env=settings, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", [("migrate",), ("up",), ("dispatcher",), ("practice", "list"), ("backup",)])
def test_a_server_that_is_not_there_is_named_with_the_setting(tmp_path: Path, command: tuple[str, ...]) -> None:
    port = free_port()
    settings = environment(tmp_path, free_port()) | {
        "MYOSOTIS_DATABASE_URL": f"postgresql://m:s3cret@127.0.0.1:{port}/m"
    }
    done = asked(settings, *command)
    assert done.returncode == 1
    assert f"port {port} failed: Connection refused" in done.stderr
    assert done.stderr.endswith("check database_url, and that the server runs\n")
    assert "s3cret" not in done.stderr
    assert "ended unexpectedly" not in done.stderr


def test_tables_that_are_missing_are_made_by_migrating(tmp_path: Path) -> None:
    done = asked(environment(tmp_path, free_port()), "practice", "list")
    assert (done.returncode, done.stderr) == (
        1,
        "myosotis: the tables are not those of this version; run `myosotis migrate`\n",
    )


def test_the_owners_own_address_is_named(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"migrations_database_url": "postgresql://o@db/m"})
    monkeypatch.setenv("MYOSOTIS_PROCESS", "owner")
    known = trouble.of(psycopg.OperationalError("connection failed: no password supplied"))
    assert str(known) == (
        "the database cannot be reached: no password supplied; check migrations_database_url, and that the server runs"
    )


@pytest.mark.parametrize(
    ("cause", "advice"),
    [
        (psycopg.errors.InsufficientPrivilege, "docs/database.md"),
        (psycopg.errors.LockNotAvailable, "run it again"),
        (psycopg.errors.UndefinedColumn, "myosotis migrate"),
        (psycopg.errors.ReadOnlySqlTransaction, "target_session_attrs"),
    ],
)
def test_what_the_server_refuses_is_said_without_its_words(cause: type[psycopg.Error], advice: str) -> None:
    error = ProgrammingError("Wiśniewska")
    error.__cause__ = cause("Wiśniewska")
    known = str(trouble.of(error))
    assert advice in known
    assert "Wiśniewska" not in known


def test_a_schema_that_belongs_to_another_is_told_when_the_first_table_is_made() -> None:
    """Django words that anew, and does not say what it came from."""
    refused = ProgrammingError("permission denied for schema public")
    refused.__cause__ = psycopg.errors.InsufficientPrivilege("permission denied for schema public")
    worded = MigrationSchemaMissing("Unable to create the django_migrations table")
    worded.__context__ = refused
    assert "need the owner of database and tables" in str(trouble.of(worded))
    other = LookupError("broke while that was told")
    other.__context__ = refused
    assert trouble.of(other) is None


def test_what_nobody_foresaw_is_left_to_the_log() -> None:
    assert trouble.of(LookupError("x")) is None
    assert trouble.of(psycopg.errors.UniqueViolation("Key (phone)=(+48600000001)")) is None


def test_a_file_that_is_no_database_is_told_from_one_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"not a database at all, " * 50)
    for path, advice in ((tmp_path / "db", "restore the last backup"), (tmp_path / "no" / "db", "see data_dir")):
        with pytest.raises(sqlite3.Error) as caught:
            sqlite3.connect(path).execute("SELECT * FROM sqlite_master")
        assert advice in str(trouble.of(caught.value))
