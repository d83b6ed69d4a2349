"""The push service of the benchmark: takes what is encrypted as RFC 8291 has it and signed as RFC 8292 has it."""

import asyncio
import sys
from pathlib import Path
from typing import Final, cast

import httptools

from myosotis.ops.benchmark.serving import serve
from myosotis.ops.benchmark.tally import Tally

ANSWER: Final = b"HTTP/1.1 201 Created\r\nLocation: /message/%d\r\nContent-Length: 0\r\n\r\n"
KEY_LENGTH_AT, KEY_LENGTH = 20, 65
"""Of the header of an aes128gcm body: after salt and record size, the length of the sender's key (RFC 8188 2.1)."""


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, tally: Tally, seen: set[bytes]) -> None:
        self._tally = tally
        self._seen = seen
        self._parser = httptools.HttpRequestParser(self)
        self._clear()

    def _clear(self) -> None:
        self._path, self._body, self._signed, self._encoded = b"", b"", False, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, path: bytes) -> None:
        self._path += path

    def on_header(self, name: bytes, value: bytes) -> None:
        if value == b"aes128gcm":
            self._encoded = True
        elif value[:6] == b"vapid " and name.lower() == b"authorization":
            self._signed = True

    def on_body(self, piece: bytes) -> None:
        self._body += piece

    def on_message_complete(self) -> None:
        encrypted = self._encoded and self._body[KEY_LENGTH_AT] == KEY_LENGTH
        if self._path in self._seen:
            self._tally.repeat()
        self._seen.add(self._path)
        self._transport.write(ANSWER % self._tally.take(whole=encrypted and self._signed))
        self._clear()


if __name__ == "__main__":
    counted, paths = Tally(Path(sys.argv[1])), set[bytes]()
    serve(lambda: Connection(counted, paths))
