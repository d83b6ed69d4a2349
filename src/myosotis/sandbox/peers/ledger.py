"""What the peers received and what they still have to report: one SQLite file beside the product's own database.

Times are virtual, as ISO text in UTC of one length, so that text order is time order.
"""

import asyncio
import json
import sqlite3
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from myosotis.value_class import value_class

COLUMNS: Final = "id, channel, provider_id, key, address, sender, at, text, raw, detail"
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY, channel TEXT NOT NULL, provider_id TEXT NOT NULL, key TEXT NOT NULL, address TEXT NOT NULL,
    sender TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL, raw BLOB, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS received_address ON received (address, id);
CREATE TABLE IF NOT EXISTS written (
    id INTEGER PRIMARY KEY, address TEXT NOT NULL, recipient TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS written_address ON written (address, id);
CREATE TABLE IF NOT EXISTS report (
    id INTEGER PRIMARY KEY, due TEXT NOT NULL, url TEXT NOT NULL, fields TEXT NOT NULL, body BLOB,
    tries INTEGER NOT NULL DEFAULT 0, done TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS report_due ON report (due) WHERE done = '';
CREATE TABLE IF NOT EXISTS fault (peer TEXT NOT NULL, fault TEXT NOT NULL, PRIMARY KEY (peer, fault));
CREATE TABLE IF NOT EXISTS subscription (
    path TEXT PRIMARY KEY, owner INTEGER NOT NULL, private_key TEXT NOT NULL, auth TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@value_class
class Received:
    """One message as a peer took it."""

    channel: str
    provider_id: str
    key: str
    """By which the sender would repeat it: `idx`, Message-ID, topic."""
    address: str
    """E.164, an e-mail address, or the path of a push subscription."""
    sender: str
    at: datetime
    """Virtual, UTC."""
    text: str
    raw: bytes = b""
    """An e-mail as it came."""
    detail: dict[str, str | int] = field(default_factory=dict)
    id: int = 0


@value_class
class Report:
    """Something a peer will say later: a GET with these fields, or a bounce handed to the mail intake."""

    due: datetime
    """Virtual, UTC."""
    url: str
    fields: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    tries: int = 0
    id: int = 0


def iso(moment: datetime) -> str:
    """Text of one length, whose order is the order in time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def connect(path: Path) -> sqlite3.Connection:
    """The ledger, made if there is none. What it holds is play, so a power cut may cost the last of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, timeout=20, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=OFF")
    database.executescript(SCHEMA)
    return database


def received(database: sqlite3.Connection, where: str = "1", values: tuple[object, ...] = ()) -> list[Received]:
    """What was received, oldest first. `where` is ours, values are bound."""
    question = f"SELECT {COLUMNS} FROM received WHERE {where} ORDER BY id"  # noqa: S608 - the condition is ours
    rows = database.execute(question, values)
    return [
        Received(
            id=row[0],
            channel=row[1],
            provider_id=row[2],
            key=row[3],
            address=row[4],
            sender=row[5],
            at=datetime.fromisoformat(row[6]),
            text=row[7],
            raw=row[8] or b"",
            detail=json.loads(row[9]),
        )
        for row in rows
    ]


def next_report(database: sqlite3.Connection) -> datetime | None:
    """When the next report is due (virtual, UTC)."""
    (due,) = database.execute("SELECT min(due) FROM report WHERE done = ''").fetchone()
    return datetime.fromisoformat(due) if due else None


def due_reports(database: sqlite3.Connection, now: datetime) -> list[Report]:
    """The reports that are due, oldest first."""
    rows = database.execute(
        "SELECT id, due, url, fields, body, tries FROM report WHERE done = '' AND due <= ? ORDER BY due, id",
        (iso(now),),
    )
    return [
        Report(
            id=row[0],
            due=datetime.fromisoformat(row[1]),
            url=row[2],
            fields=json.loads(row[3]),
            body=row[4] or b"",
            tries=row[5],
        )
        for row in rows
    ]


def keep(database: sqlite3.Connection, name: str, value: str) -> None:
    with database:
        database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))


def kept(database: sqlite3.Connection, name: str) -> str:
    """A kept value, or nothing."""
    row = database.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


class Ledger:
    """The peers' side of the file: messages taken at the same moment are written together, and only then answered."""

    GATHER_SECONDS: Final = 0.001

    def __init__(self, path: Path) -> None:
        self.database = connect(path)
        self._messages: list[Received] = []
        self._reports: list[Report] = []
        self._written: asyncio.Future[None] | None = None

    async def add(self, message: Received, *reports: Report) -> None:
        """Keep a message and what is to be reported of it; returns when it is on disk."""
        self._messages.append(message)
        self._reports.extend(reports)
        if self._written is None:
            loop = asyncio.get_running_loop()
            self._written = loop.create_future()
            loop.call_later(self.GATHER_SECONDS, self._write)
        await asyncio.shield(self._written)

    def _write(self) -> None:
        waiting, self._written = self._written, None
        messages, self._messages = self._messages, []
        reports, self._reports = self._reports, []
        try:
            self._insert(messages, reports)
        except sqlite3.Error as error:
            if waiting is not None and not waiting.done():
                waiting.set_exception(error)
            return
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def _insert(self, messages: list[Received], reports: list[Report]) -> None:
        with self.database:
            self.database.executemany(
                "INSERT INTO received (channel, provider_id, key, address, sender, at, text, raw, detail)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (m.channel, m.provider_id, m.key, m.address, m.sender, iso(m.at), m.text, m.raw, _json(m.detail))
                    for m in messages
                ],
            )
            if reports:
                self.add_reports(reports)

    def add_reports(self, reports: list[Report]) -> None:
        self.database.executemany(
            "INSERT INTO report (due, url, fields, body) VALUES (?, ?, ?, ?)",
            [(iso(r.due), r.url, _json(r.fields), r.body) for r in reports],
        )

    def close(self) -> None:
        self.database.close()


def _json(value: dict[str, str] | dict[str, str | int]) -> str:
    return json.dumps(value, ensure_ascii=False)
