"""Procrastinate: jobs in PostgreSQL, coroutines in one process, each outcome recorded by itself, as its guides have it.

`main` fills the queue, or works until it is empty.
"""

import asyncio
import sys
from itertools import islice

import aiohttp
import procrastinate
import psycopg_pool
import uvloop

from bench import work

AT_ONCE = 2000
"""Jobs added by one statement."""
CONCURRENCY = 64
CONNECTIONS = 16

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=work.DATABASE, min_size=CONNECTIONS, max_size=CONNECTIONS)
)


class Means:
    """What the tasks share; made once the event loop runs."""

    session: aiohttp.ClientSession
    pool: psycopg_pool.AsyncConnectionPool


@app.task(queue="sms")
async def send(number: int, idx: str, phone: str) -> None:
    async with Means.session.post(work.GATEWAY, data=work.form(idx, phone)) as response:
        said = work.provider_id(await response.read())
    async with Means.pool.connection() as database:
        await database.execute(work.OUTCOME, [number, said])


async def fill(count: int) -> None:
    """The library's tables, and so many jobs."""
    todo = work.items(count)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        while some := list(islice(todo, AT_ONCE)):
            await send.batch_defer_async(*({"number": n, "idx": idx, "phone": phone} for n, idx, phone in some))


async def run() -> None:
    """Work until nothing is left."""
    Means.pool = psycopg_pool.AsyncConnectionPool(
        work.DATABASE, min_size=CONNECTIONS, max_size=CONNECTIONS, open=False, kwargs={"autocommit": True}
    )
    async with Means.pool, aiohttp.ClientSession(headers=work.HEADERS) as Means.session, app.open_async():
        await app.run_worker_async(queues=["sms"], concurrency=CONCURRENCY, wait=False, listen_notify=False)


def main() -> None:
    """`fill COUNT` or `work`."""
    if sys.argv[1] == "fill":
        asyncio.run(fill(int(sys.argv[2])))
    else:
        uvloop.run(run())
