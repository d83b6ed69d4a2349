"""The floor that the dispatcher is measured against: the least that any sender does, written by hand.

Claim 500, POST each by aiohttp on uvloop, record the batch. No facts, no texts, no history, no limits, one table of its own.
"""

import asyncio
import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

import aiohttp
import uvloop
from django.db import connection, connections, transaction

from myosotis import clock

BATCH = 500
IN_FLIGHT = 128
CLAIM = {
    "postgresql": """UPDATE bench_queue SET status = 'claimed' WHERE id IN (
        SELECT id FROM bench_queue WHERE status = 'planned' ORDER BY due_at LIMIT 500 FOR UPDATE SKIP LOCKED
    ) RETURNING id, uuid, phone""",
    "sqlite": """UPDATE bench_queue SET status = 'claimed' WHERE id IN (
        SELECT id FROM bench_queue WHERE status = 'planned' ORDER BY due_at LIMIT 500
    ) RETURNING id, uuid, phone""",
}
TABLE = "CREATE TABLE bench_queue (id bigint PRIMARY KEY, uuid text, phone text, status text, due_at text, provider_id text)"
INDEX = "CREATE INDEX bench_due ON bench_queue (due_at) WHERE status = 'planned'"
TEXT = "Przypomnienie: wizyta w srode 10.03 o 10:00, ul. Lipowa 7, Krakow. https://example.org/0123456789abcdefg"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Row = tuple[int, str, str]
Done = tuple[str, int]


def make(messages: int) -> None:
    """The table, filled with due rows."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute(INDEX)
        cursor.executemany(
            "INSERT INTO bench_queue VALUES (%s, %s, %s, 'planned', '2027-01-01', '')",
            [(number, uuid.uuid4().hex, f"48600{number:06d}") for number in range(messages)],
        )


def measure(url: str, token: str) -> None:
    """Send all of it to the gateway at `url`."""
    uvloop.run(_loop(url, token))


async def _loop(url: str, token: str) -> None:
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Bearer {token}"}) as session:
        while rows := await asyncio.to_thread(_claim):
            todo: Iterator[Row] = iter(rows)
            done: list[Done] = []
            await asyncio.gather(*(_post(session, url, todo, done) for _ in range(IN_FLIGHT)))
            await asyncio.to_thread(_record, done)
    await asyncio.to_thread(connections.close_all)


async def _post(session: aiohttp.ClientSession, url: str, todo: Iterator[Row], done: list[Done]) -> None:
    until = str(int(clock.wall().timestamp()) + 6 * 3600)
    for key, idx, phone in todo:
        fields = {
            "to": phone,
            "message": TEXT,
            "idx": idx,
            "check_idx": "1",
            "expiration_date": until,
            "format": "json",
        }
        async with session.post(url, data=urlencode(fields).encode(), headers=FORM) as response:
            said = json.loads(await response.read())
        done.append((said["list"][0]["id"], key))


def _claim() -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM[connection.vendor])
        return list(cursor.fetchall())


def _record(done: list[Done]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE bench_queue SET status = 'sent', provider_id = d.said FROM"
                " (SELECT unnest(%s::text[]) AS said, unnest(%s::bigint[]) AS id) d WHERE bench_queue.id = d.id",
                [[said for said, _ in done], [key for _, key in done]],
            )
        else:
            cursor.executemany("UPDATE bench_queue SET status = 'sent', provider_id = %s WHERE id = %s", done)
