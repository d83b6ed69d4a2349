"""`myosotis up`: migrates, then runs web server and dispatcher on one machine until told to stop."""

import argparse
import os
import sys

from myosotis.ops.installation import bring_up
from myosotis.ops.ports import answers, is_free, split
from myosotis.ops.supervisor import Child, StartError, Supervisor


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none: the settings say it all."""


def run(_given: argparse.Namespace) -> int:
    config = bring_up()
    host, port = split(config.bind)
    if not is_free(port, host):
        print(f"myosotis: {config.bind} is taken by another program; set MYOSOTIS_BIND to a free one", file=sys.stderr)
        return 1
    from myosotis.ops.commands.migrate import migrate
    from myosotis.ops.commands.staff import begin_words

    with Supervisor(environment=os.environ, say=_say) as supervisor:
        try:
            migrate()
            supervisor.start(
                Child(name="web server", arguments=("web",), ready=lambda: answers(port, host)),
                Child(name="dispatcher", arguments=("dispatcher",)),
            )
        except StartError as error:
            if not supervisor.stopping:
                print(f"myosotis: {error}", file=sys.stderr)
            return 0 if supervisor.stopping else 1
        print(f"Myosotis runs at {config.public_url} (listening on {config.bind}). Ctrl-C stops it.", flush=True)
        print(begin_words(), end="", flush=True)
        supervisor.watch()
    print("Stopped.", flush=True)
    return 0


def _say(text: str) -> None:
    print(f"myosotis: {text}", file=sys.stderr, flush=True)
