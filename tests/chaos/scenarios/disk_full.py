"""The disk of PostgreSQL is full for a while: it refuses to write, or crashes, and is started again once there is room."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from tests import postgres
from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works
from tests.postgres import ClusterFailedError, Server

MEGABYTES = 1024
FULL = 6.0
"""Seconds."""
SMALL_LOG = {"max_wal_size": "64MB", "min_wal_size": "32MB"}
"""So that the log, too, needs room soon."""


def missing() -> str:
    if lack := servers.missing():
        return lack
    return "" if os.getuid() == 0 else "only root may mount a small file system"


@contextmanager
def small_disk(_home: Path) -> Iterator[Server]:
    disk = Path(tempfile.mkdtemp(prefix="myosotis-disk-"))
    options = f"size={MEGABYTES}m,mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "myosotis-chaos", str(disk)], check=True)
    try:
        with postgres.throwaway_server(servers.DURABLE | SMALL_LOG, within=disk) as server:
            yield server
    finally:
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


def disturb(works: Works, database: Database) -> None:
    server = cast("Server", database)
    for share in (0.2, 0.6):
        works.wait_until_taken(share)
        ballast = server.home.parent / "ballast"
        fill(ballast)
        time.sleep(FULL)  # for so long the disk is full
        ballast.unlink()
        fate = revive(server)
        works.say(f"the disk was full for {FULL:.0f} s: PostgreSQL {fate}")


def fill(ballast: Path) -> None:
    """Take all the room that there is."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def revive(server: Server) -> str:
    """Start it again if it went down, as systemd does it."""
    try:
        if server.pid is not None:
            return "lived on"
        server.start()
    except ClusterFailedError:
        time.sleep(1)  # between two tries of another process
        if server.pid is None:
            server.start()
    return "crashed and was started again"


SCENARIO = Scenario(
    name="disk-full",
    what="the disk of PostgreSQL full for seconds",
    missing=missing,
    database=small_disk,
    disturb=disturb,
)
