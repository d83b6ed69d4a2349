"""The process of the peers."""

import asyncio
import signal

import uvloop

from myosotis import clock
from myosotis.sandbox.peers.world import Options, Peers


def run(options: Options) -> None:
    """Run the peers until SIGTERM or SIGINT. Raises OSError if a port is taken."""
    uvloop.run(_until_told(options))


async def _until_told(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    peers = Peers(options, now=clock.now, wall=clock.wall)
    await peers.start()
    await stop.wait()
    await peers.stop()
