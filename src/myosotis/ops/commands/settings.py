"""`myosotis settings`: every setting with its default, as docs/settings.md holds it."""

import argparse

from myosotis.ops.installation import bring_up


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_given: argparse.Namespace) -> int:
    config = bring_up()
    from myosotis.ops.settings_page import page

    print(page(type(config)), end="")
    return 0
