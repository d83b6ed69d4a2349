"""Roles in the database: made once by whoever may make roles, and given their rights by the owner of the tables."""

from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from myosotis.store.apart import policies
from myosotis.store.apart.rights import grants
from myosotis.store.apart.words import ACROSS, GROUPS, SEVERAL, WEB

Statement = str | sql.Composed
_INHERITS: Final = {WEB: "NOINHERIT"}
"""The web takes on the role that looks across by name, statement by statement; by itself it has none of its rights."""


def stand() -> bool:
    """Whether the roles were made: without them one role does everything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", [list(GROUPS)])
        return bool(cursor.fetchone()[0] == len(GROUPS))


def make() -> Iterator[Statement]:
    """The statements that make what is missing of the roles. They need the right to make roles."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(GROUPS)])
        standing = {row[0] for row in cursor.fetchall()}
    for role in GROUPS:
        if role not in standing:
            yield f"CREATE ROLE {role} NOLOGIN {_INHERITS.get(role, 'INHERIT')}"
    for role in (SEVERAL, ACROSS):
        if not _is_member(WEB, role):
            yield f"GRANT {role} TO {WEB}"


def admit(user: str, password: str, role: str) -> Iterator[Statement]:
    """The statements by which `user` signs in and is a member of `role`; one who is missing is made."""
    name = sql.Identifier(user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [user])
        if not cursor.fetchone()[0]:
            yield sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(_sealed(user, password)))
    if not _is_member(user, role):
        yield sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), name)


def _is_member(user: str, role: str) -> bool:
    """Asked first: who may make no roles may not even say again what stands already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_auth_members AS membership"
            " JOIN pg_roles AS wanted ON wanted.oid = membership.roleid"
            " JOIN pg_roles AS signed_in ON signed_in.oid = membership.member"
            " WHERE wanted.rolname = %s AND signed_in.rolname = %s)",
            [role, user],
        )
        return bool(cursor.fetchone()[0])


def _sealed(user: str, password: str) -> str:
    """As the server keeps it: the password itself stands in no log of statements."""
    driver: Any = connection.connection
    return str(driver.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode())


def repair() -> None:
    """Give every role exactly its rights on the tables that stand, and every table the policies it lacks. For the owner.

    A policy that is there stays: to make one locks its table against everybody for a moment. Rights lock nothing.
    """
    standing = set(connection.introspection.table_names())
    tables = {name: column for name, column in policies.columns(apps).items() if name in standing}
    run([*grants(apps, standing), *_lacking(tables)])


def _lacking(tables: dict[str, str]) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'")
        there = set(cursor.fetchall())
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        locked = {row[0] for row in cursor.fetchall()}
    for table in tables:
        if table not in locked:
            yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
    for policy in (*policies.of_everybody(tables), *policies.of_roles(tables)):
        if (policy.table, policy.name) not in there:
            yield policy.statement


@transaction.atomic
def run(statements: list[Statement]) -> None:
    """All or none."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
