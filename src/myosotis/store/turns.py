"""One after the other where there is no row to lock yet: two at once would each make one."""

from django.db import connection


def take(what: str) -> None:
    """Wait until no other transaction has taken `what`, and keep it to the end of ours.

    Always before the rows that it comes with are locked, or always after all of them, so that nobody waits in a circle.
    On SQLite the immediate transaction is the lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])
