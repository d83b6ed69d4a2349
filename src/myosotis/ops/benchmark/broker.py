"""A RabbitMQ of our own on loopback, whose queue outlives it; with its own port mapper, so that nothing of it stays."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from myosotis.ops.ports import answers, free_port
from myosotis.value_class import value_class

PROGRAM: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS: Final = 60.0
FAREWELL: Final = 20.0


@value_class
class Broker:
    """One that answers."""

    url: str
    pid: int


def installed() -> bool:
    return PROGRAM.exists() and shutil.which("epmd") is not None


@contextmanager
def started(folder: Path) -> Iterator[Broker]:
    """Keeps everything in `folder`. Raises RuntimeError if it does not start."""
    port, mapper_port = free_port(), free_port()
    environment = _environment(folder, port, mapper_port)
    mapper = subprocess.Popen(["epmd", "-address", "127.0.0.1", "-port", str(mapper_port)])  # noqa: S603, S607 - Erlang's own
    server = subprocess.Popen([str(PROGRAM)], env=environment, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - as installed
    try:
        _await(server, port)
        yield Broker(url=f"amqp://guest:guest@127.0.0.1:{port}//", pid=server.pid)
    finally:
        for process in (server, mapper):
            process.terminate()
            process.wait(FAREWELL)


def _environment(folder: Path, port: int, mapper_port: int) -> Mapping[str, str]:
    return os.environ | {
        "HOME": str(folder),  # where the nodes' shared secret is kept
        "RABBITMQ_NODENAME": "bench@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }


def _await(server: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while not answers(port):
        if time.monotonic() > until or server.poll() is not None:
            raise RuntimeError("RabbitMQ did not start")
        time.sleep(0.2)
