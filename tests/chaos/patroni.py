"""Two PostgreSQL servers that Patroni keeps as primary and standby, with etcd as the judge, all on loopback."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.postgres import Owner, find_binaries, free_port, owner

PASSWORD: Final = "chaos"  # of servers on loopback that live for minutes
TTL: Final = 20
"""Seconds after which a primary that is silent has lost its place; Patroni takes no less."""
PATIENCE: Final = 120.0


def missing() -> str:
    lacking = [name for name in ("patroni", "etcd") if not shutil.which(name)]
    if not find_binaries():
        lacking.append("PostgreSQL 15")
    return f"no {', no '.join(lacking)} (scripts/chaos-packages.sh as root)" if lacking else ""


class DidNotComeError(Exception):
    """The cluster did not get into the state that was waited for."""


@dataclass(kw_only=True, slots=True)
class Node:
    """One server with the Patroni that minds it."""

    name: str
    home: Path
    port: int
    rest: int
    owner: Owner
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    def start(self) -> None:
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["patroni", str(self.home / "patroni.yml")],
                user=self.owner.uid, group=self.owner.gid,
                extra_groups=[] if self.owner.gid is not None else None,
                cwd=self.home, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(self.home)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        """As a power cut does it: Patroni, the server and all its processes, none of which says a word."""
        if self.process is None:
            return
        postmaster = self.postmaster()
        self.process.kill()
        if postmaster is not None:
            doomed = [postmaster, *children_of(postmaster)]
            os.kill(postmaster, signal.SIGSTOP)  # so that it brings up none anew meanwhile
            for pid in reversed(doomed):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def postmaster(self) -> int | None:
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
            os.kill(pid, 0)
        except (OSError, IndexError):
            return None
        return pid

    def role(self) -> str:
        """`primary`, `sync_standby`, or whatever else Patroni says; nothing if it says nothing."""
        for member in self.cluster():
            if member["name"] == self.name and member["state"] in ("running", "streaming"):
                return "primary" if member["role"] in ("leader", "master", "primary") else str(member["role"])
        return ""

    def cluster(self) -> list[dict[str, Any]]:
        """The members as this node sees them."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}/cluster", timeout=2) as answer:
                members: list[dict[str, Any]] = json.load(answer)["members"]
        except (OSError, urllib.error.URLError, ValueError):
            return []
        return members


def children_of(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(word) for word in path.read_text(encoding="ascii").split()] if path.exists() else []


@dataclass(kw_only=True, slots=True)
class Cluster:
    """The nodes; `url` names both, and leads to whichever may be written to."""

    home: Path
    nodes: list[Node] = field(default_factory=list)
    etcd: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        options = "target_session_attrs=read-write&connect_timeout=3"
        return f"postgresql://myosotis:{PASSWORD}@{hosts}/myosotis?{options}"

    def primary(self) -> Node | None:
        return next((node for node in self.nodes if node.process is not None and node.role() == "primary"), None)

    def is_whole(self) -> bool:
        """A primary, and a standby without which it acknowledges nothing."""
        return sorted(node.role() for node in self.nodes if node.process is not None) == ["primary", "sync_standby"]

    def wait(self, until: Callable[[], object], what: str) -> float:
        """How long it took, in seconds. Raises DidNotComeError."""
        began = time.monotonic()
        while not until():
            if time.monotonic() - began > PATIENCE:
                raise DidNotComeError(f"{what}: {[node.role() for node in self.nodes]}")
            time.sleep(0.2)  # between two questions to other processes
        return time.monotonic() - began

    def hand_over(self) -> None:
        """A planned change of the primary."""
        primary = self.primary()
        assert primary is not None
        body = json.dumps({"leader": primary.name}).encode()
        address = f"http://127.0.0.1:{primary.rest}/switchover"
        request = urllib.request.Request(address, data=body, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()

    def close(self) -> None:
        for node in self.nodes:
            node.kill()
        if self.etcd is not None:
            self.etcd.kill()
            self.etcd.wait()


@contextmanager
def running(_home: Path) -> Iterator[Cluster]:
    """Both nodes, standing, with synchronous replication and an empty database. Raises DidNotComeError."""
    folder = Path(tempfile.mkdtemp(prefix="myosotis-ha-"))
    user = owner()
    cluster = Cluster(home=folder)
    try:
        _give(folder, user)
        etcd_port = _start_etcd(cluster, user)
        for name in ("one", "two"):
            cluster.nodes.append(_node(folder / name, name, etcd_port, user))
        for node in cluster.nodes:
            node.start()
        cluster.wait(cluster.is_whole, "a primary and its standby")
        _make_database(cluster)
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(folder, ignore_errors=True)


def _give(path: Path, user: Owner) -> None:
    if user.uid is not None and user.gid is not None:
        os.chown(path, user.uid, user.gid)


def _start_etcd(cluster: Cluster, user: Owner) -> int:
    client, peer = free_port(), free_port()
    with (cluster.home / "etcd.log").open("wb") as log:
        cluster.etcd = subprocess.Popen(
            [
                "etcd", "--name=judge", f"--data-dir={cluster.home / 'etcd'}",
                f"--listen-client-urls=http://127.0.0.1:{client}", f"--advertise-client-urls=http://127.0.0.1:{client}",
                f"--listen-peer-urls=http://127.0.0.1:{peer}", f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
                f"--initial-cluster=judge=http://127.0.0.1:{peer}", "--unsafe-no-fsync",
            ],
            user=user.uid, group=user.gid, extra_groups=[] if user.gid is not None else None,
            cwd=cluster.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    return client


def _node(home: Path, name: str, etcd_port: int, user: Owner) -> Node:
    home.mkdir()
    node = Node(name=name, home=home, port=free_port(), rest=free_port(), owner=user)
    config = home / "patroni.yml"
    config.write_text(json.dumps(_config(node, etcd_port), indent=1), encoding="ascii")  # JSON is YAML
    for path in (home, config):
        _give(path, user)
    return node


def _config(node: Node, etcd_port: int) -> dict[str, Any]:
    user = {"username": "myosotis", "password": PASSWORD}
    return {
        "scope": "chaos",
        "name": node.name,
        "restapi": {"listen": f"127.0.0.1:{node.rest}", "connect_address": f"127.0.0.1:{node.rest}"},
        "etcd3": {"hosts": f"127.0.0.1:{etcd_port}"},
        "bootstrap": {
            "dcs": {
                "ttl": TTL,
                "loop_wait": 2,
                "retry_timeout": 5,
                "synchronous_mode": True,
                "postgresql": {
                    "use_pg_rewind": True,
                    "parameters": {"max_connections": 100, "wal_log_hints": "on", "hot_standby": "on"},
                },
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
            "pg_hba": [
                "host replication replicator 127.0.0.1/32 scram-sha-256",
                "host all all 127.0.0.1/32 scram-sha-256",
            ],
        },
        "postgresql": {
            "listen": f"127.0.0.1:{node.port}",
            "connect_address": f"127.0.0.1:{node.port}",
            "data_dir": str(node.data),
            "bin_dir": str(find_binaries()),
            "pgpass": str(node.home / "pgpass"),
            "authentication": {
                "superuser": user,
                "rewind": user,
                "replication": {"username": "replicator", "password": PASSWORD},
            },
            "parameters": {"unix_socket_directories": str(node.home), "password_encryption": "scram-sha-256"},
        },
    }


def _make_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url.replace("/myosotis?", "/postgres?"), autocommit=True) as server:
        server.execute("CREATE DATABASE myosotis")
