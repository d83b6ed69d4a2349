"""Where the database is asked: never on the event loop, and never while a provider is being waited for."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection, connections

from myosotis.metrics.anywhere import database_errors

P = ParamSpec("P")
T = TypeVar("T")

POSTGRESQL_THREADS = 4
SQLITE_THREADS = 1
"""SQLite has one writer: more threads of ours would only wait for each other."""


class Database:
    """Runs a function that asks the database in another thread; its connection stays with that thread."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(_with_fresh_connection, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)


def _with_fresh_connection(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A connection that broke (the server was restarted) is opened anew before the next use."""
    if not connection.in_atomic_block:  # a caller's own transaction goes on
        close_old_connections()
    try:
        return function(*args, **kwargs)
    except DatabaseTrouble as error:
        database_errors.labels(type(error).__name__).inc()
        raise


class Threads(ThreadPoolExecutor):
    """Threads of our own, each with its connection, closed with them."""

    def __init__(self) -> None:
        self.size = SQLITE_THREADS if connection.vendor == "sqlite" else POSTGRESQL_THREADS
        super().__init__(max_workers=self.size, thread_name_prefix="database")

    def close(self) -> None:
        """Close the connection of every thread, then end them."""
        meeting = threading.Barrier(self.size)

        def close_mine() -> None:
            connections.close_all()
            meeting.wait()

        for closed in [self.submit(close_mine) for _ in range(self.size)]:
            closed.result()
        self.shutdown()


class Caller(Executor):
    """Runs everything in the thread that calls `serve`, with its connection and inside its transaction, if it has one."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - belongs to whoever waits for the future
                future.set_exception(error)

        self._calls.put(call)
        return future

    def serve(self) -> None:
        """Run what is submitted until `stop`."""
        while (call := self._calls.get()) is not None:
            call()

    def stop(self) -> None:
        self._calls.put(None)
