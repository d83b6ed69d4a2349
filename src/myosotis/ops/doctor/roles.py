"""Whether web, dispatcher and owner have roles of their own, and with that the second lock between practices."""

from collections.abc import Iterator
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import connection

from myosotis.ops.commands.roles import users_of
from myosotis.ops.doctor.finding import Finding, bad, good
from myosotis.store.apart import policies
from myosotis.store.apart.carried import carrier_of

ABOUT: Final = "database roles"
REPAIR: Final = "run `myosotis roles` as the owner of the tables"


def check() -> Iterator[Finding]:
    """Nothing to say of SQLite, which has one file and no users."""
    if connection.vendor != "postgresql":
        return
    if carrier_of(connection) is not None:
        yield good(ABOUT, "this is the web's own: it counts nothing below; as the owner this page says more")
        return
    open_tables = _open()
    if open_tables:
        yield bad(ABOUT, f"not locked by practice: {', '.join(open_tables)}", REPAIR)
    users = users_of(settings.MYOSOTIS)
    if not users:
        yield good(ABOUT, "one user does everything; the second lock between practices is off (docs/database.md)")
        return
    unbound = [user for user, (_, role) in users.items() if not _is_bound(user, role)]
    if unbound:
        yield bad(ABOUT, f"not bound by their role: {', '.join(unbound)}", REPAIR)
    elif not open_tables:
        yield good(ABOUT, f"{', '.join(users)} beside the owner; the second lock between practices is on")


def _open() -> list[str]:
    """The tables with a practice whose rows every role would see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        locked = {row[0] for row in cursor.fetchall()}
    return sorted(set(policies.columns(apps)) - locked)


def _is_bound(user: str, role: str) -> bool:
    """A member of its role, and above no lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_roles AS signed_in JOIN pg_roles AS wanted ON wanted.rolname = %s"
            " WHERE signed_in.rolname = %s AND NOT signed_in.rolsuper AND NOT signed_in.rolbypassrls"
            " AND pg_has_role(signed_in.oid, wanted.oid, 'USAGE'))",
            [role, user],
        )
        return bool(cursor.fetchone()[0])
