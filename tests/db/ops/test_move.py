"""Moving from SQLite to PostgreSQL: there and back again, every row is the same (docs/many-machines.md)."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, models
from django.db.backends.base.base import NO_DB_ALIAS
from psycopg import conninfo

from myosotis.domain.words import MessageStatus
from myosotis.ops import move
from myosotis.ops.backup.manifest import Unusable
from myosotis.ops.backup.postgresql import tables
from myosotis.ops.in_use import users_of
from myosotis.store.models import Message, MessageLinks, MessageText, ReadingReport
from myosotis.store.queue import feed
from myosotis.store.sealing import seal
from tests.db.make import NOW, Scene, book, claim, messages

SOURCE = NO_DB_ALIAS
"""The one alias besides the tests' own that they may open."""

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="moves to PostgreSQL")


def url_of(name: str) -> str:
    given = connection.settings_dict
    return conninfo.make_conninfo(
        host=given["HOST"], port=given["PORT"], user=given["USER"], password=given["PASSWORD"], dbname=name
    )


@contextmanager
def empty_target() -> Iterator[str]:
    """A database with the tables of the tests' own, before anything is in them."""
    name, own = f"moved_{secrets.token_hex(4)}", connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {own}")
        try:
            yield url_of(name)
        finally:
            server.execute(f"DROP DATABASE {name}")


@contextmanager
def as_sqlite(file: Path) -> Iterator[None]:
    """What the tests' PostgreSQL holds, in a file of SQLite under the alias SOURCE."""
    like = {**connections["default"].settings_dict, "OPTIONS": {"transaction_mode": "IMMEDIATE"}}
    connections.databases[SOURCE] = {**like, "ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    try:
        with connections[SOURCE].schema_editor() as editor:
            for model in move.in_order():
                if not model._meta.auto_created:  # made with the model that has it
                    editor.create_model(model)
        for model in move.in_order():
            models.QuerySet(model, using=SOURCE).bulk_create(models.QuerySet(model))
        yield
    finally:
        connections[SOURCE].close()
        del connections.databases[SOURCE], connections[SOURCE]


def rows(url: str) -> dict[str, list[Any]]:
    with psycopg.connect(url) as database:
        names = [name for name in tables(database) if name not in ("django_migrations", "sign_in_tries")]
        return {name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}  # noqa: S608 - own names


def busy_practice() -> None:
    """Rows with instants, times of day, decimals, JSON, bytes, sealed secrets, nothing, and Polish letters."""
    scene = Scene.set(first_name="Żółć", guardian_name="Świętosława 'O\"Brien")
    scene.practice.provider_accounts.filter(channel="sms").update(sealed=seal({"token": "tajne"}))
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit)[0]
    MessageText.objects.create(message=mail, practice=scene.practice, address="x@example.org", body="\\N\tą\r\n{open}")
    ReadingReport.objects.create(practice=scene.practice, message=mail, at=NOW, signal="page", counted=True)
    Message.objects.filter(pk=mail.pk).update(
        status=MessageStatus.SENT, sent_at=NOW + timedelta(microseconds=1), price="0.1600"
    )
    MessageLinks.objects.create(message=mail, practice=scene.practice, open_hash=b"\x00\xff\\x")
    feed.feed(NOW)
    claim(messages(visit)[-1], NOW)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_every_row_arrives_as_it_was_and_numbers_go_on(tmp_path: Path) -> None:
    with empty_target() as target:
        busy_practice()
        with as_sqlite(tmp_path / "source.sqlite3"):
            done = move.move(target, lambda _: None, using=SOURCE)
            arrived = rows(target)
            assert arrived == rows(url_of(connection.settings_dict["NAME"]))
            assert done.rows == sum(map(len, arrived.values()))

            with psycopg.connect(target) as database:
                assert database.execute("SELECT 1 FROM pg_trigger WHERE tgenabled <> 'O'").fetchall() == []
                last = max(row[0] for row in arrived["store_patient"])
                [(following,)] = database.execute("SELECT nextval(pg_get_serial_sequence('store_patient', 'id'))")
                assert following == last + 1
            with pytest.raises(Unusable, match="not empty"):
                move.move(target, lambda _: None, using=SOURCE)
            assert rows(target) == arrived


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_if_a_row_arrives_otherwise_nothing_does(tmp_path: Path) -> None:
    with empty_target() as target:
        busy_practice()
        with psycopg.connect(target) as database:
            database.execute("ALTER TABLE store_patient ALTER first_name TYPE char(200)")  # filled up with blanks
        with as_sqlite(tmp_path / "source.sqlite3"), pytest.raises(Unusable, match="store_patient"):
            move.move(target, lambda _: None, using=SOURCE)
        assert rows(target)["store_message"] == []


def test_a_file_that_somebody_else_has_open_is_in_use(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.touch()
    assert users_of(file) == []
    with (
        file.open() as held,
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=held) as other,
    ):
        assert users_of(file) == [other.pid]
        other.terminate()
