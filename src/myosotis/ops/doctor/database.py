"""Whether the database is there, up to date, and set up so that nothing is lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import Error, connection
from django.db.models import F

from myosotis.domain.words import Channel, MessageStatus
from myosotis.ops import trouble
from myosotis.ops.doctor import roles
from myosotis.ops.doctor.finding import Finding, bad, good, note
from myosotis.ops.status.checks import missing_migrations
from myosotis.store import clocks
from myosotis.store.models import Message
from myosotis.store.queue import overdue

OLDEST_POSTGRESQL = 150000
OLDEST_SQLITE = (3, 35, 0)
OVERDUE = timedelta(minutes=5)


def check(wall: datetime, now: datetime) -> Iterator[Finding]:
    """`wall` is the real instant, `now` the product's (UTC)."""
    try:
        connection.ensure_connection()
    except Error as error:
        known = trouble.of(error) or trouble.Trouble(
            type(error).__name__, "check database_url and that the server runs"
        )
        yield bad("database", known.found, known.advice)
        return
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql(wall)
    missing = missing_migrations()
    if missing:
        yield bad("tables", f"{missing} migrations are missing", "run `myosotis migrate`")
        return
    yield good("tables", "up to date")
    yield from roles.check()
    yield _dispatcher(now)
    yield _parts(now)


def _sqlite() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        whole = cursor.execute("PRAGMA quick_check(1)").fetchone()[0]
        version = cursor.execute("SELECT sqlite_version()").fetchone()[0]
    if tuple(int(part) for part in version.split(".")) < OLDEST_SQLITE:
        yield bad("database", f"SQLite {version}", "Myosotis needs SQLite 3.35 or newer: update the system")
    elif mode != "wal":
        yield bad("database", f"SQLite in mode {mode}", "keep it on a local disk: WAL does not work on network drives")
    elif whole != "ok":
        yield bad("database", trouble.DAMAGED.found, trouble.DAMAGED.advice)
    else:
        yield good("database", f"SQLite {version}, WAL")


def _postgresql(wall: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0])
    shown = f"PostgreSQL {version // 10000}.{version % 10000}"
    if version < OLDEST_POSTGRESQL:
        yield bad("database", shown, "Myosotis needs PostgreSQL 15 or newer")
    else:
        yield good("database", shown)
    apart = abs(clocks.apart(wall) or timedelta())
    if apart > clocks.NOTICED:
        stopped = "; nothing is sent from here" if apart > clocks.BEARABLE else ""
        advice = "let both machines take their time from NTP (timedatectl set-ntp true)"
        yield bad("clock of the database", f"{apart.total_seconds():.0f} s away from ours{stopped}", advice)
    else:
        yield good("clock of the database", "the same as ours")


def _dispatcher(now: datetime) -> Finding:
    """A dispatcher leaves its mark by leaving nothing overdue."""
    late = overdue.messages(now - OVERDUE).count()
    if late:
        advice = "is `myosotis dispatcher` (or `up`) running? otherwise see the providers below"
        return bad("dispatcher", f"{late} messages are overdue by more than five minutes", advice)
    unclear = Message.objects.filter(status=MessageStatus.UNCLEAR, sent_at__gte=now - timedelta(days=1)).count()
    if unclear:
        return note(
            "dispatcher", f"{unclear} unclear sends since yesterday", "see them in the timeline of their visits"
        )
    return good("dispatcher", "nothing is overdue")


def _parts(now: datetime) -> Finding:
    """Whether the SMS provider counts parts as we do: what the panel shows as the price is our count."""
    counted = Message.objects.filter(
        channel=Channel.SMS, sent_at__gte=now - timedelta(days=7), parts__isnull=False, provider_parts__isnull=False
    )
    differing = counted.exclude(provider_parts=F("parts")).count()
    if differing:
        advice = "compare their texts with the provider's report: it may send in another encoding than we do"
        return note("SMS parts", f"the provider counted {differing} SMS of this week otherwise than we did", advice)
    return good("SMS parts", f"the provider counted the {counted.count()} SMS of this week as we did")
