"""Each statement of the web's own role says for itself whose rows are in reach, in the same trip to the server.

`SET LOCAL` ends with the transaction, and a statement outside of one is a transaction together with what it carries. So
nothing stays behind on a connection, which a pooler gives to somebody else the next moment (docs/database.md).
"""

from collections.abc import Callable
from typing import Any, Final

from django.db import NotSupportedError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.sql import Composable

from myosotis.store.apart.scope import Scope, present
from myosotis.store.apart.words import ACROSS, DISPATCHER, SEVERAL, VARIABLE

NO_ROLE: Final = "NONE"
"""Whoever signed in."""
_OF_TRANSACTIONS: Final = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")
_IS_BOUND: Final = """
SELECT coalesce(row_security_active(to_regclass('store_practice')), false) AND NOT EXISTS (
    SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'USAGE')
)
"""

Execute = Callable[[Any, Any, bool, dict[str, Any]], Any]


class Carrier:
    """Writes the scope before each statement of a connection (an execute wrapper of Django's). `home`: the usual role."""

    def __init__(self, home: str = NO_ROLE) -> None:
        self._home = home

    def __call__(self, execute: Execute, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if many:
            raise NotSupportedError("executemany goes by another protocol and could carry no scope: use store.bulk")
        connection: BaseDatabaseWrapper = context["connection"]
        text = sql.as_string(connection.connection) if isinstance(sql, Composable) else sql
        if text.startswith(_OF_TRANSACTIONS):
            return execute(sql, params, many, context)
        before, after = self._around(present(), in_transaction=connection.in_atomic_block)
        result = execute(f"{''.join(before)}{text}{after}", params, many, context)
        for _ in before:
            context["cursor"].cursor.nextset()  # to the answer of the statement itself
        return result

    def _around(self, scope: Scope, *, in_transaction: bool) -> tuple[list[str], str]:
        """What is said before a statement, and after it."""
        if scope.why is not None:
            return [f"SET LOCAL ROLE {ACROSS} /* {scope.why} */; "], self._back()
        named = [f"SET LOCAL {VARIABLE} = '{{{','.join(map(str, scope.practices))}}}'; "]
        if len(scope.practices) > 1:
            return [f"SET LOCAL ROLE {SEVERAL}; ", *named], self._back()
        # A scope that ended may have been said earlier in this transaction; outside of one there is nothing to unsay.
        return (named if scope.practices or in_transaction else []), ""

    def _back(self) -> str:
        """On a line of its own, as a statement may end in a comment. After an error the rollback goes back by itself."""
        return f"\n; SET LOCAL ROLE {self._home}"


def carrier_of(connection: BaseDatabaseWrapper) -> Carrier | None:
    """What this connection carries scopes by; None where its role is not bound to them."""
    found = (wrapper for wrapper in connection.execute_wrappers if isinstance(wrapper, Carrier))
    return next(found, None)


def sees_by_practice() -> bool:
    """Whether this process is shown the rows of one practice at a time."""
    connection.ensure_connection()
    return carrier_of(connection) is not None


def say_alone() -> None:
    """Say the scope by a statement of its own, for one that goes past Django's cursors in the same transaction.

    Raises NotSupportedError outside of a transaction, and where the scope is not that of one practice.
    """
    if carrier_of(connection) is None:
        return
    if not connection.in_atomic_block or len(present().practices) != 1:
        raise NotSupportedError("many rows are written in a transaction, and of one practice")
    with connection.cursor() as cursor:
        cursor.execute("SELECT")


def bind(sender: object, connection: BaseDatabaseWrapper, **given: Any) -> None:
    """A new connection to the database (a receiver of Django's signal): is its role one that sees by scopes?"""
    del sender, given
    if connection.vendor != "postgresql" or carrier_of(connection) is not None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_IS_BOUND, [DISPATCHER])
        row = cursor.fetchone()
    if row is not None and row[0]:
        connection.execute_wrappers.append(Carrier())
