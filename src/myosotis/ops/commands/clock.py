"""`myosotis clock`: the clock of a sandbox, also while it runs."""

import argparse
import sys
from pathlib import Path

from myosotis.ops.bench_at_hand import DIRECTORY, at_hand


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "turn",
        nargs="?",
        default="",
        help="a step (+30s, +90m, +4h, +1d), an instant with its offset, next, freeze or run; nothing: say what time it is",
    )
    parser.add_argument("--dir", type=Path, default=DIRECTORY, help="the sandbox's directory (%(default)s)")


def run(given: argparse.Namespace) -> int:
    if not at_hand(given.dir):
        return 1
    from django.utils import translation

    from myosotis import clock
    from myosotis.sandbox.phone import hands
    from myosotis.sandbox.time import ClockError

    translation.activate("en")
    if given.turn:
        try:
            hands.turn(given.turn)
        except (ClockError, ValueError) as error:
            print(f"myosotis: {error}", file=sys.stderr)
            return 1
    print(clock.now().isoformat(timespec="seconds"))
    return 0
