"""`myosotis dispatcher`: send what is due, until told to stop. Several may run at once, on one or more machines."""

import argparse

from myosotis.ops.installation import bring_up


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none: the settings say it all."""


def run(_given: argparse.Namespace) -> int:
    config = bring_up()
    from myosotis.dispatch.run import run as dispatch
    from myosotis.ops.status.dispatcher import Watch

    with Watch(config) as watch:
        dispatch(started=watch.started)
    return 0
