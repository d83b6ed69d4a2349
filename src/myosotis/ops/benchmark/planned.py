"""Millions of messages planned for the weeks to come, in no order: five to a visit, some of them due already (PostgreSQL)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from myosotis.domain.words import Channel, Kind, MessageStatus, SubjectType, Wave
from myosotis.ops.benchmark import due
from myosotis.ops.benchmark.rows import Sql, fill, moment, random_uuid
from myosotis.store.models import Message, Patient, Practice, Visit

WEEKS: Final = 8
A_VISIT: Final = 5
VISITS_OF_A_PATIENT: Final = 4
INDEXES: Final = """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""


def add(practice: Practice, planned: int, overdue: int, now: datetime) -> None:
    """So many messages planned for later, and about so many due at `now` (UTC) scattered among them."""
    count = planned + overdue
    visits = -(-count // A_VISIT)
    patients = -(-visits // VISITS_OF_A_PATIENT)
    with _hurried():
        first_patient = fill(Patient, patients, due.patient(practice, now))
        first_visit = fill(Visit, visits, due.visit(practice, Sql(f"{first_patient} + 1 + n % {patients}"), now))
        visit, turn = f"{first_visit} + 1 + n % {visits}", f"n / {visits}"
        fill(
            Message,
            count,
            {
                "practice": practice.pk, "subject_type": SubjectType.VISIT, "subject_id": Sql(visit), "visit": Sql(visit),
                "patient": Sql(f"{first_patient} + 1 + (1 + n % {visits}) % {patients}"), "revision": 1,
                "kind": Kind.REMINDER, "channel": Channel.SMS, "wave": Wave.FIRST, "copy": Sql(turn),
                "uuid": random_uuid(), "status": MessageStatus.PLANNED, "due_at": _scattered(now, overdue / count),
                "expires_at": now + timedelta(weeks=WEEKS + 1), "created_at": now,
            },
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _scattered(now: datetime, share: float) -> Sql:
    """Due within the last minute, for this share of all; else some time in the weeks after the next hour."""
    seconds = timedelta(weeks=WEEKS).total_seconds()
    return moment(now, f"CASE WHEN random() < {share} THEN -60 * random() ELSE 3600 + {seconds} * random() END")


@contextmanager
def _hurried() -> Iterator[None]:
    """Nothing of this need outlive a power cut, and indexes are made at once at the end."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET fsync = off")
        cursor.execute("SELECT pg_reload_conf()")
        cursor.execute("SET session_replication_role = replica")  # what is referred to is there: we made it
        found = [row for model in (Message, Visit, Patient) for row in _indexes(model._meta.db_table)]
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _, statement in found:
            cursor.execute(statement)
        cursor.execute("RESET session_replication_role")
        cursor.execute("ALTER SYSTEM RESET fsync")
        cursor.execute("SELECT pg_reload_conf()")
        cursor.execute("CHECKPOINT")


def _indexes(table: str) -> list[tuple[str, str]]:
    """Those that belong to no constraint, and how each is made."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [table])
        return list(cursor.fetchall())
