"""The fake gateway of the benchmark: takes SMSAPI's `POST /sms.do` and accepts everything, at the least cost.

It parses no more of HTTP than it must, so that on a small machine the benchmark measures the dispatcher.
"""

import asyncio
import sys
from typing import cast

import uvloop

ANSWER = (
    b'{"count":1,"list":[{"id":"%019d","points":0.16,"number":"48600000000","status":"QUEUE","error":null,"parts":1}]}'
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Gateway(asyncio.Protocol):
    """One connection, kept open."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's class is no subclass of asyncio's
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            _, _, length = head.partition(b"content-length:")
            whole = end + 4 + int(length.split(b"\r\n", 1)[0])
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            Gateway.taken += 1
            body = ANSWER % Gateway.taken
            self._transport.write(HEAD % len(body) + body)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Gateway, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the benchmark closes our input
    server.close()


if __name__ == "__main__":
    uvloop.run(_serve())
