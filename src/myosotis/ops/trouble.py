"""What is wrong with the database, and what to do, for whoever typed a command: without the rows that it was about."""

import os
import sqlite3
from typing import Final

import psycopg
from django.db import Error as DatabaseError

from myosotis.value_class import value_class


@value_class(kw_only=False)
class Trouble:
    """Something known, in words that follow "myosotis: "."""

    found: str
    advice: str

    def __str__(self) -> str:
        return f"{self.found}; {self.advice}"


OTHER_VERSION: Final = Trouble("the tables are not those of this version", "run `myosotis migrate`")
DAMAGED: Final = Trouble(
    "SQLite found damage", "stop the service, keep the file, and restore the last backup with --replace"
)
BY_SQLSTATE: Final = {
    "42P01": OTHER_VERSION,  # undefined_table
    "42703": OTHER_VERSION,  # undefined_column
    "42501": Trouble(  # insufficient_privilege
        "this user of the database may not do that",
        "commands need the owner of database and tables: see migrations_database_url and docs/database.md",
    ),
    "55P03": Trouble(  # lock_not_available
        "a table was in use for too long", "nothing of this step has changed: run it again"
    ),
    "25006": Trouble(  # read_only_sql_transaction
        "this server only follows another", "name the one that leads, or all with ?target_session_attrs=read-write"
    ),
}
BY_SQLITE: Final = {
    "SQLITE_CANTOPEN": Trouble("the database cannot be opened", "see data_dir, its owner and its rights"),
    "SQLITE_READONLY": Trouble("the database may not be written", "run this as the user whose data it is"),
    "SQLITE_BUSY": Trouble("the database was in use for too long", "run it again"),
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_FULL": Trouble("the disk is full", "make room; nothing is lost"),
}


def of(error: BaseException) -> Trouble | None:
    """What is known of an error, which may be Django's around a driver's; None of one that nobody foresaw."""
    cause: BaseException | None = error
    while isinstance(cause, DatabaseError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    if not isinstance(cause, psycopg.Error):
        return None
    if isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None:
        return _unreachable(cause)
    return BY_SQLSTATE.get(cause.sqlstate or "")


def _of_sqlite(cause: sqlite3.Error) -> Trouble | None:
    if str(cause).startswith(("no such table", "no such column")):
        return OTHER_VERSION
    name = getattr(cause, "sqlite_errorname", "")  # an extended one says more, after a second underscore
    return BY_SQLITE.get("_".join(name.split("_")[:2]))


def _unreachable(cause: psycopg.OperationalError) -> Trouble:
    """libpq says server, user and database, and no password; no statement has been asked yet, or none was answered."""
    said = " ".join(str(cause).removeprefix("connection failed: ").split())
    return Trouble(f"the database cannot be reached: {said}", f"check {_setting()}, and that the server runs")


def _setting() -> str:
    """By which this process was told where the database is."""
    from django.conf import settings

    process = os.environ.get("MYOSOTIS_PROCESS", "")
    own = {"dispatcher": "dispatcher_database_url", "owner": "migrations_database_url"}.get(process, "")
    return own if own and getattr(settings.MYOSOTIS, own) else "database_url"
