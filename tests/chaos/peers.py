"""The providers of a run, in a process of their own: the sandbox's, twice. One SMS gateway refuses repeats, one takes them.

What they took and what goes wrong with them stands in two files, which the runner reads and writes.
"""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import uvloop

from myosotis import clock
from myosotis.sandbox.peers.faults import Fault, Peer, set_faults
from myosotis.sandbox.peers.ledger import connect
from myosotis.sandbox.peers.world import Options
from myosotis.sandbox.peers.world import Peers as World
from myosotis.value_class import value_class

TOKEN = "chaos"
HELPFUL, BLIND = "helpful", "blind"


@value_class
class Peers:
    """Where the providers listen, and what they took."""

    home: Path
    sms_port: int
    blind_port: int
    smtp_port: int

    def taken(self) -> Counter[str]:
        """How often each message was taken, by its key (32 hexadecimal digits)."""
        return Counter(key for name in (HELPFUL, BLIND) for key in _keys(self.home / name))

    def count(self) -> int:
        """How many messages were taken so far, repeats included."""
        return sum(_count(self.home / name) for name in (HELPFUL, BLIND))

    def fail(self, *faults: Fault) -> None:
        """Have exactly these go wrong with every provider from now on."""
        for name in (HELPFUL, BLIND):
            with closing(connect(self.home / name)) as ledger:
                for peer in (Peer.SMS, Peer.EMAIL):
                    set_faults(ledger, peer, faults)


def _keys(path: Path) -> Iterable[str]:
    with closing(sqlite3.connect(path)) as ledger:
        for (key,) in ledger.execute("SELECT key FROM received"):
            yield str(key).strip("<>").partition("@")[0]  # of an e-mail, its Message-ID


def _count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as ledger:
        (count,) = ledger.execute("SELECT count(*) FROM received").fetchone()
    return int(count)


@contextmanager
def running(home: Path, extra: Mapping[str, str]) -> Iterator[Peers]:
    """The peers, for as long as this lasts; `extra` is added to their environment."""
    command = [sys.executable, "-m", "tests.chaos.peers", str(home)]
    with subprocess.Popen(
        command, env=os.environ | extra, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield Peers(home=home, **json.loads(process.stdout.readline()))
        process.communicate()


async def _serve(home: Path) -> None:
    worlds = [
        World(
            Options(ledger=home / name, token=TOKEN, reports=False, refuses_repeats=name == HELPFUL),
            now=clock.now,
            wall=clock.wall,
        )
        for name in (HELPFUL, BLIND)
    ]
    for world in worlds:
        await world.start()
    helpful, blind = worlds
    ports = {"sms_port": helpful.http_port, "blind_port": blind.http_port, "smtp_port": helpful.smtp_port}
    print(json.dumps(ports), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the runner closes our input
    for world in worlds:
        await world.stop()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
