"""`myosotis web`: granian, as WSGI."""

import argparse
import sys

from myosotis.ops.installation import bring_up
from myosotis.ops.ports import is_free, split

THREADS = 4
"""Of one process: they wait for the database, not for the processor."""


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none: the settings say it all."""


def run(_given: argparse.Namespace) -> int:
    from granian import Granian
    from granian.constants import Interfaces

    from myosotis.ops.status import web

    config = bring_up()
    host, port = split(config.bind)
    if not is_free(port, host):
        print(f"myosotis: {config.bind} is taken by another program; set MYOSOTIS_BIND to a free one", file=sys.stderr)
        return 1
    server = Granian(
        "myosotis.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=config.workers,
        blocking_threads=THREADS,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        log_enabled=False,
        websockets=False,
    )
    with web.shown(config):
        server.serve()
    return 0
