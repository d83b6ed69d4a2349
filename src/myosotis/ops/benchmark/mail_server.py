"""The SMTP server of the benchmark: answers at once, also to commands sent ahead (RFC 2920), and keeps nothing."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Final, cast

from myosotis.ops.benchmark.serving import serve
from myosotis.ops.benchmark.tally import Tally

GREETING: Final = b"220 bench ESMTP\r\n"
ABILITIES: Final = b"250-bench\r\n250-PIPELINING\r\n250-SIZE 33554432\r\n250 8BITMIME\r\n"
END: Final = b"\r\n.\r\n"
OK: Final = b"250 2.0.0 Ok\r\n"
REPLIES: Final = {
    b"EHLO": ABILITIES, b"HELO": OK, b"MAIL": OK, b"RCPT": OK, b"RSET": OK, b"NOOP": OK,
    b"DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n", b"QUIT": b"221 2.0.0 Bye\r\n",
}  # fmt: skip
UNKNOWN: Final = b"502 5.5.1 Not here\r\n"
MESSAGE_ID: Final = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
PARTS: Final = (b"DKIM-Signature:", b"text/plain", b"text/html", b"text/calendar")
"""Of a whole message."""


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, tally: Tally, seen: set[bytes]) -> None:
        self._tally = tally
        self._seen = seen
        self._came = bytearray()
        self._in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's own is no subclass
        self._transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self._came += data
        said = bytearray()
        while (answer := self._next()) is not None:
            said += answer
        if said:
            self._transport.write(bytes(said))

    def _next(self) -> bytes | None:
        """The answer to what came first; None if it is not all there."""
        end = END if self._in_message else b"\r\n"
        at = self._came.find(end)
        if at < 0:
            return None
        piece = bytes(self._came[: at + 2])
        del self._came[: at + len(end)]
        return self._message(piece) if self._in_message else self._command(piece)

    def _command(self, line: bytes) -> bytes:
        word = line[:4].upper()
        self._in_message = word == b"DATA"
        return REPLIES.get(word, UNKNOWN)

    def _message(self, message: bytes) -> bytes:
        self._in_message = False
        found = MESSAGE_ID.search(message)
        key = found.group(1) if found else b""
        if key in self._seen:
            self._tally.repeat()
        self._seen.add(key)
        number = self._tally.take(whole=all(part in message for part in PARTS))
        return b"250 2.0.0 Ok: queued as %08X\r\n" % number


if __name__ == "__main__":
    counted, ids = Tally(Path(sys.argv[1])), set[bytes]()
    serve(lambda: Connection(counted, ids))
