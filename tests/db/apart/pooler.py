"""PgBouncer in transaction pooling with a single connection to the server: whoever comes next gets the one just used."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from myosotis.ops.ports import answers

BINARY: Final = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
STARTS_IN: Final = 10.0
CONFIG: Final = """\
[databases]
{database} = host={host} port={server} dbname={database} pool_size=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {home}/users
pool_mode = transaction
logfile = {home}/log
"""


@contextmanager
def pooled(server: Mapping[str, str], passwords: Mapping[str, str]) -> Iterator[int]:
    """The port of a pooler before `server` (host, port, database), for users with these passwords."""
    home = Path(tempfile.mkdtemp(prefix="myosotis-pool-"))
    port = _free_port()
    (home / "users").write_text("".join(f'"{user}" "{word}"\n' for user, word in passwords.items()), encoding="ascii")
    values = {"home": home, "port": port, **server}
    (home / "ini").write_text(CONFIG.format(**values), encoding="ascii")
    user = _handed_over(home)
    process = subprocess.Popen([str(BINARY), "-q", str(home / "ini")], user=user, stderr=subprocess.DEVNULL)
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _handed_over(home: Path) -> int | None:
    """PgBouncer does not run as root either."""
    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody").pw_uid
    for path in (home, *home.iterdir()):
        os.chown(path, nobody, -1)
    return nobody


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _await(port: int) -> None:
    """Until it takes connections."""
    until = time.monotonic() + STARTS_IN
    while not answers(port):
        if time.monotonic() > until:
            raise TimeoutError("PgBouncer did not start")
