"""The SMS gateway of the benchmark, lean enough not to be what is measured: SMSAPI's `/sms.do`, seen from a busy client.

It refuses a key that it has seen, as SMSAPI does with `check_idx`, and counts how often. With a delay it answers later; with
an address to report to it tells that messages arrived, five at a time, as fast as they are taken in.
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

import aiohttp
import httptools

from myosotis.ops.benchmark.serving import serve
from myosotis.ops.benchmark.tally import Tally

KEY, KEY_LENGTH = b"&idx=", 32
HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
TAKEN: Final = (
    b'{"count":1,"list":[{"id":"%024X","points":0.16,"number":"48600000000","date_sent":1700000000,'
    b'"submitted_number":"48600000000","status":"QUEUE","error":null,"idx":"%b","parts":1}]}'
)
KNOWN: Final = b'{"error":53,"message":"Not unique idx parameter, message with the same idx has already been sent"}'
A_REPORT: Final = 5
"""Messages that one report speaks of, at most; SMSAPI's own number."""
REPORTING: Final = 8
"""Calls with reports at once."""


class Gateway:
    """What all connections share."""

    def __init__(self, tally: Tally, *, delay: float, report_to: str) -> None:
        self.tally = tally
        self.delay = delay
        self._keys: set[bytes] = set()
        self._reports: asyncio.Queue[tuple[int, bytes]] | None = asyncio.Queue() if report_to else None
        self._report_to = report_to
        self._reporting: list[asyncio.Task[None]] = []

    def answer(self, body: bytes) -> bytes:
        at = body.find(KEY) + len(KEY)
        key = body[at : at + KEY_LENGTH]
        if key in self._keys:
            self.tally.repeat()
            return HEAD % (len(KNOWN), KNOWN)
        self._keys.add(key)
        number = self.tally.take()
        if self._reports is not None:
            self._reports.put_nowait((number, key))
            self._begin_reporting()
        said = TAKEN % (number, key)
        return HEAD % (len(said), said)

    def _begin_reporting(self) -> None:
        if not self._reporting:
            self._reporting = [asyncio.create_task(self._report()) for _ in range(REPORTING)]

    async def _report(self) -> None:
        assert self._reports is not None  # noqa: S101 - else nobody reports
        async with aiohttp.ClientSession() as session:
            with suppress(aiohttp.ClientError):  # who took them in has gone: it is over
                await self._report_by(session, self._reports)

    async def _report_by(self, session: aiohttp.ClientSession, reports: asyncio.Queue[tuple[int, bytes]]) -> None:
        while True:
            some = [await reports.get()]
            while len(some) < A_REPORT and not reports.empty():
                some.append(reports.get_nowait())
            async with session.post(self._report_to, data=_fields(some)) as response:
                await response.read()


def _fields(some: Sequence[tuple[int, bytes]]) -> dict[str, str]:
    """A report: one value a message in each field."""
    return {
        "MsgId": ",".join(f"{number:024X}" for number, _ in some),
        "idx": ",".join(key.decode() for _, key in some),
        "status": ",".join("404" for _ in some),
        "status_name": ",".join("DELIVERED" for _ in some),
    }


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, piece: bytes) -> None:
        self._body += piece

    def on_message_complete(self) -> None:
        said, self._body = self._gateway.answer(self._body), b""
        if self._gateway.delay:
            asyncio.get_running_loop().call_later(self._gateway.delay, self._transport.write, said)
        else:
            self._transport.write(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tally", type=Path)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds until an answer")
    parser.add_argument("--report-to", default="", help="where delivery reports go")
    options = parser.parse_args()
    gateway = Gateway(Tally(options.tally), delay=options.delay, report_to=options.report_to)
    serve(lambda: Connection(gateway))


if __name__ == "__main__":
    main()
