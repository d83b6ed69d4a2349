"""A halt of all sending, which every dispatcher sees with its next claim (docs/rules.md 7.4)."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet

from myosotis.domain.words import HaltCause
from myosotis.store.models import Halt

PLANNED: Final = "myosotis_planned"
"""What dispatchers on PostgreSQL listen to; on SQLite the commit itself wakes them."""


def standing() -> "QuerySet[Halt]":
    return Halt.objects.filter(ended_at=None)


def begin(because: HaltCause, *, backup_of: datetime | None, now: datetime) -> None:
    """Nothing is handed over from now (UTC) on. One that stands already stays as it is."""
    Halt.objects.get_or_create(because=because, ended_at=None, defaults={"begun_at": now, "backup_of": backup_of})


def end(now: datetime) -> int:
    """End what stands, and wake the dispatchers; how many halts."""
    with transaction.atomic():
        ended = standing().update(ended_at=now)
        if ended and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, '')", [PLANNED])
    return ended
