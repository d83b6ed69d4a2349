"""`myosotis dispatcher`: send what is due, until told to stop. Several may run at once, on one or more machines."""

import argparse
import sys
from typing import Final

from myosotis.ops.installation import bring_up

WEB_ROLE: Final = (
    "myosotis: this is the web's user of the database, which sees nothing due; set dispatcher_database_url"
)


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none: the settings say it all."""


def run(_given: argparse.Namespace) -> int:
    config = bring_up()
    from myosotis.dispatch.run import run as dispatch
    from myosotis.ops.status.dispatcher import Watch
    from myosotis.store.apart.carried import sees_by_practice

    if sees_by_practice():
        print(WEB_ROLE, file=sys.stderr)
        return 1
    with Watch(config) as watch:
        dispatch(started=watch.started)
    return 0
