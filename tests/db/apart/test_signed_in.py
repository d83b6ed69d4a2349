"""Processes that sign in with users of their own: what they are bound to, also behind a pooler (docs/database.md)."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.utils import DataError, ProgrammingError

from myosotis.store.apart import scope
from myosotis.store.apart.carried import carrier_of
from myosotis.store.apart.scope import Why
from tests.db.apart.pooler import BINARY, pooled
from tests.db.apart.users import USERS
from tests.db.make import Scene, make_practice


@contextmanager
def signed_in(user: str, **given: Any) -> Iterator[DatabaseWrapper]:
    """A connection of its own."""
    settings = {**connection.settings_dict, "USER": user, "PASSWORD": USERS[user][0], "CONN_MAX_AGE": 0, **given}
    with closing(DatabaseWrapper(settings, alias=f"{user}_of_test")) as own:
        own.inc_thread_sharing()
        own.ensure_connection()
        yield own


def seen(own: BaseDatabaseWrapper, sql: str = "SELECT id FROM store_practice ORDER BY id") -> list[Any]:
    with own.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def two(transactional_db: None, left_open: frozenset[str]) -> list[int]:
    """Two practices, committed."""
    return [Scene.set().practice.pk, make_practice(name="Obok").pk]


def test_each_process_is_bound_as_its_user_is(two: list[int]) -> None:
    mine, other = two
    with signed_in("test_web") as web, signed_in("test_dispatcher") as dispatcher:
        assert (carrier_of(connection), carrier_of(dispatcher)) == (None, None)
        assert carrier_of(web) is not None
        assert (seen(connection), seen(dispatcher), seen(web)) == (two, two, [])
        with scope.of_practice(mine):
            assert seen(web) == [mine]
        with scope.of_practices(two):
            assert seen(web) == two
        with scope.across(Why.SIGN_IN):
            assert seen(web) == two
        assert seen(web) == []

        with pytest.raises(ProgrammingError, match="permission denied"):
            seen(dispatcher, "SELECT password FROM store_staffuser")
        with pytest.raises(ProgrammingError, match="permission denied"):
            seen(dispatcher, "SELECT id FROM store_apikey")
        for own in (web, dispatcher):
            with pytest.raises(ProgrammingError, match="must be owner"):
                seen(own, "ALTER TABLE store_visit DISABLE ROW LEVEL SECURITY")
        assert seen(connection, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [
            connection.settings_dict["USER"]
        ]

    if BINARY is None:
        pytest.skip("no PgBouncer on this machine: not tried behind a pooler")
    settings = connection.settings_dict
    server = {"host": settings["HOST"], "server": settings["PORT"], "database": settings["NAME"]}
    with ExitStack() as open_:
        port = open_.enter_context(pooled(server, {user: password for user, (password, _) in USERS.items()}))
        one, next_one = (open_.enter_context(signed_in("test_web", PORT=str(port))) for _ in range(2))
        nothing_is_left_behind(one, next_one, mine, other)


def nothing_is_left_behind(one: DatabaseWrapper, next_one: DatabaseWrapper, mine: int, other: int) -> None:
    """Two clients of the pooler take turns on one connection to the server."""
    with scope.of_practice(mine):
        assert seen(one) == [mine]
    assert seen(next_one) == []
    with scope.across(Why.SIGN_IN):
        assert seen(one) == [mine, other]
    assert seen(next_one, "SELECT current_user::text") == ["test_web"]
    assert seen(next_one) == []
    with pytest.raises(DataError), scope.of_practices([mine, other]):
        seen(one, "SELECT 1 / 0")
    assert seen(next_one) == []
    with scope.of_practice(mine):
        with transaction_of(one):
            assert seen(one) == [mine]
        with scope.of_practice(other):
            assert seen(next_one) == [other]
    assert (seen(one), seen(next_one)) == ([], [])


@contextmanager
def transaction_of(own: DatabaseWrapper) -> Iterator[None]:
    """`transaction.atomic` knows connections by the names in the settings only."""
    own.set_autocommit(False)
    own.in_atomic_block = True
    yield
    own.in_atomic_block = False
    own.commit()
    own.set_autocommit(True)
    assert transaction.get_autocommit()
