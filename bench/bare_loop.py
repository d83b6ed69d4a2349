"""The floor: the least that any sender does, written by hand. `bare_loop.py fill COUNT`, then `bare_loop.py work CLIENT`.

Claim 500, POST each, record the batch; several of these may run at once. No facts, no texts, no history, no limits, one
table of its own. With the client `aiohttp` it is what one writes in an afternoon; with `lean` it shows what the machine gives:
a parser on a protocol, the next batch claimed and the last one recorded while one is sent.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence

import aiohttp
import httptools
import psycopg
import uvloop

from bench import work

BATCH = 500
TABLE = """CREATE TABLE bare_queue
    (id bigint PRIMARY KEY, idx text, phone text, status text DEFAULT 'planned', due_at timestamptz DEFAULT now(),
    provider_id text)"""
INDEX = "CREATE INDEX bare_due ON bare_queue (due_at) WHERE status = 'planned'"
COPY = "COPY bare_queue (id, idx, phone) FROM STDIN"
CLAIM = """UPDATE bare_queue SET status = 'claimed' WHERE id IN (
    SELECT id FROM bare_queue WHERE status = 'planned' ORDER BY due_at LIMIT 500 FOR UPDATE SKIP LOCKED
) RETURNING id, idx, phone"""
RECORD = """UPDATE bare_queue SET status = 'sent', provider_id = said.provider_id
    FROM (SELECT unnest(%s::text[]) AS provider_id, unnest(%s::bigint[]) AS id) said WHERE bare_queue.id = said.id"""

Done = tuple[str, int]
Post = Callable[[bytes], Awaitable[bytes]]


def fill(count: int) -> None:
    """The table, filled with due rows."""
    with psycopg.connect(work.DATABASE) as database:
        database.execute(TABLE)
        with database.cursor().copy(COPY) as copy:
            for item in work.items(count):
                copy.write_row(item)
        database.execute(INDEX)
    with psycopg.connect(work.DATABASE, autocommit=True) as database:
        database.execute("VACUUM ANALYZE bare_queue")


class Database:
    """Asked in threads; each kind of question over a connection of its own."""

    def __init__(self) -> None:
        self._claiming = psycopg.connect(work.DATABASE, autocommit=True)
        self._recording = psycopg.connect(work.DATABASE, autocommit=True)

    async def claim(self) -> Sequence[work.Item]:
        return await asyncio.to_thread(lambda: self._claiming.execute(CLAIM).fetchall())

    async def record(self, done: list[Done]) -> None:
        columns = [[said for said, _ in done], [key for _, key in done]]
        await asyncio.to_thread(self._recording.execute, RECORD, columns)


async def _send(rows: Sequence[work.Item], posts: Sequence[Post]) -> list[Done]:
    todo, done = iter(rows), list[Done]()
    await asyncio.gather(*(_one_by_one(todo, post, done) for post in posts))
    return done


async def _one_by_one(todo: Iterator[work.Item], post: Post, done: list[Done]) -> None:
    for key, idx, phone in todo:
        done.append((work.provider_id(await post(work.form(idx, phone))), key))


async def plainly() -> None:
    """By aiohttp, one step after the other."""
    database = Database()
    connector = aiohttp.TCPConnector(limit=work.IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector, headers=work.HEADERS) as session:

        async def post(body: bytes) -> bytes:
            async with session.post(work.GATEWAY, data=body) as response:
                return await response.read()

        while rows := await database.claim():
            await database.record(await _send(rows, [post] * work.IN_FLIGHT))


class Wire(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._body = b""

    async def post(self, body: bytes) -> bytes:
        self._answer, self._body = asyncio.get_running_loop().create_future(), b""
        assert self._transport is not None  # noqa: S101 - connected before it is used
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        return await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, piece: bytes) -> None:
        self._body += piece

    def on_message_complete(self) -> None:
        if self._answer is not None:
            self._answer.set_result(self._body)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())


async def leanly() -> None:
    """By a protocol of our own, everything at the same time."""
    database, posts = Database(), [(await _wire()).post for _ in range(work.IN_FLIGHT)]
    claiming, recording = asyncio.create_task(database.claim()), asyncio.create_task(asyncio.sleep(0))
    while rows := await claiming:
        claiming = asyncio.create_task(database.claim())
        done = await _send(rows, posts)
        await recording
        recording = asyncio.create_task(database.record(done))
    await recording


async def _wire() -> Wire:
    place, _, path = work.GATEWAY.removeprefix("http://").partition("/")
    host, _, port = place.partition(":")
    fields = "".join(f"{name}: {value}\r\n" for name, value in {"Host": place, **work.HEADERS}.items())
    head = f"POST /{path} HTTP/1.1\r\n{fields}Content-Length: ".encode()
    _, wire = await asyncio.get_running_loop().create_connection(lambda: Wire(head), host, int(port))
    return wire


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]))
    else:
        uvloop.run(plainly() if sys.argv[2] == "aiohttp" else leanly())
