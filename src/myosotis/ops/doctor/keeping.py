"""What keeps an installation: backups, the removal of old rows, and whether something holds back all sending."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection

from myosotis.ops.backup import make
from myosotis.ops.doctor.finding import Finding, bad, good, note
from myosotis.store import halts
from myosotis.store.models import Upkeep

BACKUP_FOR: Final = timedelta(hours=36)
"""Older than a day and a half, one was missed."""
UPKEEP_FOR: Final = timedelta(days=3)


def check(config: Any, wall: datetime, now: datetime) -> Iterator[Finding]:
    """`wall` is the real instant, `now` the product's (UTC)."""
    yield from _halts()
    yield _backups(config, wall)
    yield _upkeep(now)


def _halts() -> Iterator[Finding]:
    for halt in halts.standing():
        advice = "look at the call list and at what was done since the backup, then `myosotis resume`"
        yield bad("sending", f"held back since {halt.begun_at:%Y-%m-%d %H:%M} UTC, after a restore", advice)


def _backups(config: Any, wall: datetime) -> Finding:
    directory = make.directory(config)
    newest = next((moment for moment, _ in make.there(directory)), None)
    if newest is None or wall - newest > BACKUP_FOR:
        since = "there is none" if newest is None else f"the newest is of {newest:%Y-%m-%d %H:%M} UTC"
        if connection.vendor == "postgresql":
            advice = (
                "that is fine where PostgreSQL is archived (docs/many-machines.md); else run `myosotis backup` daily"
            )
            return note("backup", f"in {directory} {since}", advice)
        grade = note if newest is None else bad  # where there never was one, it may have been set up just now
        return grade("backup", f"in {directory} {since}", "run `myosotis backup`; `myosotis up` does it once a day")
    if connection.vendor == "sqlite" and _on_one_disk(directory, config.data_dir):
        advice = "set backup_dir to another disk, or copy them to another machine: a disk takes both along"
        return note("backup", f"of {newest:%Y-%m-%d %H:%M} UTC, on the disk of the data", advice)
    return good("backup", f"of {newest:%Y-%m-%d %H:%M} UTC")


def _on_one_disk(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_dev == other.stat().st_dev
    except OSError:  # the data lies elsewhere, as database_url says
        return False


def _upkeep(now: datetime) -> Finding:
    """Of the daily turn, which removes texts after 90 days and rows after 24 months (docs/rules.md 6)."""
    last = Upkeep.objects.filter(name="daily").first()
    if last is None or last.ended_at is None:
        return note("old rows", "were not looked through yet", "a dispatcher does it by itself, once a day")
    rows = sum(last.counts.values())
    if now - last.ended_at > UPKEEP_FOR:
        advice = "is a dispatcher running? its log says `duty_failed` if something kept it from it"
        return bad("old rows", f"were last removed {last.ended_at:%Y-%m-%d %H:%M} UTC", advice)
    return good("old rows", f"last looked through {last.ended_at:%Y-%m-%d %H:%M} UTC; {rows} removed")
