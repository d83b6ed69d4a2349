"""Everything goes through PgBouncer, a connection for each transaction, and PgBouncer is killed and restarted."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works
from tests.postgres import Server, free_port, owner

RESTARTS = (0.2, 0.4, 0.6, 0.8)
AWAY = 1.5
"""Seconds that it is down."""
CONFIG = """
[databases]
myosotis = host=127.0.0.1 port={server.port} dbname=myosotis user=myosotis password={server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {home}/users
pool_mode = transaction
max_client_conn = 200
default_pool_size = 10
logfile = {home}/log
"""


def missing() -> str:
    return servers.missing() or (
        "" if shutil.which("pgbouncer") else "no PgBouncer (scripts/chaos-packages.sh as root)"
    )


@dataclass(kw_only=True, slots=True)
class Pooled:
    """PgBouncer before a server."""

    server: Server
    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://myosotis:{self.server.password}@127.0.0.1:{self.port}/myosotis"

    def configure(self) -> None:
        (self.home / "pgbouncer.ini").write_text(CONFIG.format(server=self.server, port=self.port, home=self.home))
        (self.home / "users").write_text(f'"myosotis" "{self.server.password}"\n')
        user = owner()
        for path in (self.home, *self.home.iterdir()):
            if user.uid is not None:
                shutil.chown(path, user.uid, user.gid)

    def start(self) -> None:
        user = owner()
        self.process = subprocess.Popen(
            ["pgbouncer", "-q", str(self.home / "pgbouncer.ini")],
            user=user.uid, group=user.gid, extra_groups=[] if user.gid is not None else None,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def pooled(home: Path) -> Iterator[Pooled]:
    with servers.durable(home) as server, tempfile.TemporaryDirectory(prefix="myosotis-pool-") as folder:
        pool = Pooled(server=server, home=Path(folder), port=free_port())
        pool.configure()
        pool.start()
        try:
            yield pool
        finally:
            pool.kill()


def settings(_home: Path, database: Database) -> Mapping[str, str]:
    """`LISTEN` needs a connection of its own; all else goes through the pooler."""
    return {"MYOSOTIS_DIRECT_DATABASE_URL": cast("Pooled", database).server.url}


def disturb(works: Works, database: Database) -> None:
    pool = cast("Pooled", database)
    for share in RESTARTS:
        works.wait_until_taken(share)
        pool.kill()
        time.sleep(AWAY)  # for so long there is no pooler
        pool.start()
        works.say(f"PgBouncer killed and back after {AWAY:.1f} s")


SCENARIO = Scenario(
    name="pooler",
    what="PgBouncer (transactions) restarted",
    missing=missing,
    database=pooled,
    settings=settings,
    disturb=disturb,
)
