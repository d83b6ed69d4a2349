"""`myosotis openapi`: the description of the REST API, as docs/openapi.json holds it."""

import argparse

from myosotis.ops.installation import bring_up


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_given: argparse.Namespace) -> int:
    bring_up()
    from myosotis.api.app import description

    print(description())
    return 0
