"""`myosotis inbound`: bounces and replies by LMTP on loopback, or one by a pipe."""

import argparse

from myosotis.ops.installation import bring_up


def arguments(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--listen", default="127.0.0.1:8024", help="where LMTP listens (%(default)s)")
    how.add_argument(
        "--pipe", action="store_true", help="read one e-mail from standard input, as a mail server hands it"
    )
    parser.add_argument("--to", default="", help="with --pipe: the address it came to, if the mail server says so")


def run(given: argparse.Namespace) -> int:
    bring_up()
    from myosotis.ops.inbound import listen, take_one

    return take_one(given.to) if given.pipe else listen(given.listen)
