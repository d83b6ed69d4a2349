"""A server of the benchmark as a process: it says its port, and stands until its input is closed."""

import asyncio
import sys
from collections.abc import Callable


def serve(protocol: Callable[[], asyncio.Protocol]) -> None:
    """Listen on loopback, a connection each to a protocol of its own."""
    import uvloop

    uvloop.run(_serve(protocol))


async def _serve(protocol: Callable[[], asyncio.Protocol]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()
