"""The database's own clock, by which that of each machine is judged."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

NOTICED: Final = timedelta(seconds=2)
"""Clocks kept by NTP are nearer to each other than that; more is told to whoever runs the machines."""
BEARABLE: Final = timedelta(minutes=5)
"""No patient notices that a message came so much too early or too late. More, and nothing may be done by such a clock."""


def apart(wall: datetime) -> timedelta | None:
    """How far the database's clock is ahead of ours (`wall`, the real instant); None of SQLite, which has none."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there: datetime = cursor.fetchone()[0]
    return there - wall
