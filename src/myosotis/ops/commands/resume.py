"""`myosotis resume`: let messages out again after a restore, once somebody has looked (docs/rules.md 7.4)."""

import argparse

from myosotis.ops.installation import bring_up


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--look", action="store_true", help="only say what would go")


def run(given: argparse.Namespace) -> int:
    bring_up()
    from myosotis import clock
    from myosotis.domain.words import MessageStatus
    from myosotis.store import halts
    from myosotis.store.models import Message

    now = clock.now()
    standing = list(halts.standing())
    if not standing:
        print("Nothing holds messages back.")
        return 0
    due = Message.objects.filter(status=MessageStatus.PLANNED, due_at__lte=now).count()
    for halt in standing:
        print(f"Held back since {halt.begun_at:%Y-%m-%d %H:%M} UTC, after the restore of a backup.")
    if given.look:
        print(f"{due} messages are due, and go with `myosotis resume`.")
        return 0
    halts.end(now)
    print(f"Messages go again; {due} are due now.")
    return 0
