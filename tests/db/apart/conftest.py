"""Tests of the second lock: under the roles of their own that web and dispatcher have in PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from myosotis.store.apart import policies, roles
from myosotis.store.apart.carried import Carrier
from myosotis.store.apart.words import DISPATCHER, WEB
from tests.db.apart.users import USERS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """SQLite has one file and one user: there is nothing to test."""
    for item in items:
        if "tests/db/apart" in str(item.path):
            item.add_marker(pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's roles"))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Roles are the whole server's, and other tests may make theirs for a database beside ours."""
    params = {**connection.get_connection_params(), "dbname": "postgres"}
    wanted = {name: params[name] for name in ("dbname", "user", "password", "host", "port") if name in params}
    with psycopg.connect(**wanted, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(5)")
        yield


@pytest.fixture(scope="session")
def left_open(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> frozenset[str]:
    """Makes the roles. What it gives: the tables that the migrations had not locked by then."""
    del django_db_setup
    with django_db_blocker.unblock(), one_at_a_time():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid"
                " WHERE relrowsecurity AND polname = %s",
                [policies.OF_PRACTICE],
            )
            locked = {row[0] for row in cursor.fetchall()}
        roles.run([*roles.make()])
        for user, (password, role) in USERS.items():
            roles.run([*roles.admit(user, password, role)])
        roles.repair()
        connection.close()
    from django.apps import apps

    return frozenset(set(policies.columns(apps)) - locked)


@contextmanager
def _as(role: str, *wrappers: Carrier) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
    try:
        if wrappers:
            with connection.execute_wrapper(wrappers[0]):
                yield
        else:
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@contextmanager
def as_web() -> Iterator[None]:
    """Within a test's transaction: what the web's own role may do."""
    with _as(WEB, Carrier(home=WEB)):
        yield


@contextmanager
def as_dispatcher() -> Iterator[None]:
    """Within a test's transaction: what the dispatcher's own role may do."""
    with _as(DISPATCHER):
        yield
