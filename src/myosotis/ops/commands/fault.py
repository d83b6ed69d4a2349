"""`myosotis fault`: switch the faults of a sandbox's peers."""

import argparse
import sys
from pathlib import Path

from myosotis.ops.bench_at_hand import DIRECTORY, at_hand


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("peer", nargs="?", choices=("sms", "email", "push"), help="whose; nothing: show all")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="exactly these are switched on; none: all off")
    parser.add_argument("--dir", type=Path, default=DIRECTORY, help="the sandbox's directory (%(default)s)")


def run(given: argparse.Namespace) -> int:
    if not at_hand(given.dir):
        return 1
    from myosotis.sandbox.peers.faults import POSSIBLE, Fault, Peer
    from myosotis.sandbox.phone import hands

    if given.peer:
        possible = POSSIBLE[Peer(given.peer)]
        unknown = set(given.faults) - set(possible)
        if unknown:
            print(f"myosotis: {given.peer} has no such fault; there are: {', '.join(possible)}", file=sys.stderr)
            return 2
        hands.switch(Peer(given.peer), frozenset(Fault(fault) for fault in given.faults))
    for peer, on in hands.faults().items():
        print(f"{peer.value}: {', '.join(sorted(on)) or 'works'}")
    return 0
