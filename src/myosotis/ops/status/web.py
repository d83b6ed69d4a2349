"""The figures of all web processes together, at a port of their parent's: patients' pages are on another one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any, Final

import structlog

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Environment: where the processes of one server keep their figures; counts and times, nothing else."""

log = structlog.get_logger(__name__)


@contextmanager
def shown(config: Any) -> Iterator[None]:
    """Around the run of the web server; before anything is counted."""
    if not config.web_status_bind:
        yield
        return
    with TemporaryDirectory(prefix="myosotis-figures-") as directory:
        os.environ[SHARED] = directory  # for the worker processes
        server = _serve(config, directory)
        try:
            yield
        finally:
            if server is not None:
                server.close()


def _serve(config: Any, directory: str) -> Any:
    """The server, or None where its port is taken: pages that nobody watches are better than none."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    from myosotis.ops.status.figures import Build
    from myosotis.ops.status.server import METRICS, StatusServer, figures

    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=directory)  # type: ignore[no-untyped-call] # the library leaves it untyped
    registry.register(Build("web"))
    try:
        return StatusServer(config.web_status_bind, {METRICS: lambda: figures(registry)}, token=config.status_token)
    except OSError as error:
        log.error("status_port_not_open", bind=config.web_status_bind, error=error.strerror)
        return None
