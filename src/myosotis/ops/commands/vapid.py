"""`myosotis vapid`: the key by which push services know this installation."""

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", type=Path, required=True, help="PEM file; made if there is none")


def run(given: argparse.Namespace) -> int:
    from myosotis.channels.config import ConfigError
    from myosotis.channels.providers.webpush.vapid import application_server_key, new_key, read_key

    if not given.key.exists():
        given.key.parent.mkdir(parents=True, exist_ok=True)
        given.key.touch(mode=0o600)
        given.key.write_text(new_key(), encoding="ascii")
        print(
            f"Made a key: {given.key} (keep it secret, and for good: with another no app is reached)", file=sys.stderr
        )
    try:
        key = read_key(given.key.read_text(encoding="ascii"))
    except ConfigError as error:
        print(f"myosotis: {given.key}: {error}", file=sys.stderr)
        return 2
    print(f"Public key, for apps: {application_server_key(key)}")
    return 0
