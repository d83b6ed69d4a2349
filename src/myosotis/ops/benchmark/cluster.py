"""A PostgreSQL of our own that keeps what it commits, as in production, and the databases in it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
from psycopg import sql

DURABLE: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "autovacuum": "on",
    "shared_buffers": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // 4 // 2**20}MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "maintenance_work_mem": "1GB",
    "random_page_cost": "1.1",
    "max_connections": "200",
}
"""Durability and memory as in production (docs/database.md)."""
MIGRATED: Final = "migrated"
"""The database from which the others are copied: with all tables, without rows."""


@contextmanager
def started() -> Iterator[str]:
    """The URL of the migrated database in a new cluster. Nothing of it stays. Raises ImportError outside of a checkout."""
    from tests import postgres

    with postgres.throwaway_cluster(DURABLE) as url:
        _compress_quickly(url)
        migrated = made(url, MIGRATED)
        environment = os.environ | {"MYOSOTIS_DATABASE_URL": migrated, "MYOSOTIS_LOG_LEVEL": "WARNING"}
        command = [sys.executable, "-m", "myosotis.ops.cli", "migrate"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        yield migrated


def _compress_quickly(url: str) -> None:
    """By LZ4, where the server was built with it: the other way doubles what a record costs (docs/adr/0067)."""
    with psycopg.connect(named(url, "postgres"), autocommit=True) as database:
        with suppress(psycopg.errors.InvalidParameterValue):
            database.execute("ALTER SYSTEM SET wal_compression = 'lz4'")
        database.execute("SELECT pg_reload_conf()")


def made(url: str, name: str, template: str = "template1") -> str:
    """The URL of a new database in the cluster that `url` leads to; one of that name is dropped before."""
    with psycopg.connect(named(url, "postgres"), autocommit=True) as database:
        database.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        database.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        database.execute("CHECKPOINT")  # so that what a copy left to be written is not counted as the work's
    return named(url, name)


def named(url: str, name: str) -> str:
    """The URL of another database of the same cluster."""
    return f"{url.rpartition('/')[0]}/{name}"


def settings(url: str) -> Mapping[str, str]:
    """Version and settings, as the server says them."""
    with psycopg.connect(url) as database:
        asked = ["server_version", *DURABLE, "wal_level"]
        found: dict[str, str] = dict(database.execute("SELECT name, current_setting(name) FROM pg_settings").fetchall())
        return {name: found[name] for name in asked}
