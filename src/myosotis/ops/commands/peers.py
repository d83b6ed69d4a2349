"""`myosotis peers`: the fake providers of a sandbox, started by `myosotis sandbox`."""

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ledger", type=Path, required=True, help="file for what they receive")
    parser.add_argument("--token", required=True, help="the bearer token of the SMS gateway")
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--bounces-to", default="", help="lmtp://host:port for bounces")


def run(given: argparse.Namespace) -> int:
    from myosotis.sandbox.peers.run import run as run_peers
    from myosotis.sandbox.peers.world import Options

    run_peers(
        Options(
            ledger=given.ledger,
            token=given.token,
            http_port=given.http_port,
            smtp_port=given.smtp_port,
            bounces_to=given.bounces_to,
        )
    )
    return 0
