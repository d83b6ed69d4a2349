"""`myosotis explain VISIT`: what was and will be sent for a visit, and why. Ids and times only, no name or address."""

import argparse
import sys

from myosotis.ops.installation import bring_up


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("visit", help="id, external id or UID of the visit")
    parser.add_argument("--language", choices=("pl", "en"), default="pl")
    parser.add_argument("--history", action="store_true", help="also each step of every message")


def run(given: argparse.Namespace) -> int:
    bring_up()
    from myosotis.ops.explain import find, lines

    visits = find(given.visit)
    if not visits:
        print(f"myosotis: there is no visit {given.visit}", file=sys.stderr)
        return 1
    for visit in visits:
        for line in lines(visit, given.language, history=given.history):
            print(line)
    return 0
