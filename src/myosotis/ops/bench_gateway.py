"""The gateway of the benchmark: the sandbox's own, which checks, counts and keeps what it takes, without delivery reports."""

import asyncio
import sys
from pathlib import Path

import uvloop

from myosotis import clock
from myosotis.sandbox.peers.world import Options, Peers


async def _serve(ledger: Path, token: str) -> None:
    peers = Peers(Options(ledger=ledger, token=token, reports=False), now=clock.now, wall=clock.wall)
    await peers.start()
    print(peers.http_port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the benchmark closes our input
    await peers.stop()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1]), sys.argv[2]))
