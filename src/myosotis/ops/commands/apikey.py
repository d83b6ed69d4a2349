"""`myosotis apikey`: keys of a practice; a new one is shown once."""

import argparse
import sys
from typing import TYPE_CHECKING

from myosotis.ops.installation import bring_up

if TYPE_CHECKING:
    from myosotis.store.models import Practice


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    create = what.add_parser("create", help="make a key")
    create.add_argument("practice", type=int, help="id of the practice (`myosotis practice list`)")
    create.add_argument("--name", default="key", help="what it is for")
    create.add_argument("--scope", action="append", default=[], help="what it may do; repeat it; none: everything")
    for name, text in (("list", "the keys of a practice"), ("revoke", "end a key for good")):
        command = what.add_parser(name, help=text)
        command.add_argument("practice", type=int, help="id of the practice")
        if name == "revoke":
            command.add_argument("prefix", help="the first characters, as `list` shows them")


def run(given: argparse.Namespace) -> int:
    bring_up()
    from myosotis.store.models import Practice

    practice = Practice.objects.filter(pk=given.practice).first()
    if practice is None:
        print(f"myosotis: there is no practice {given.practice}; see `myosotis practice list`", file=sys.stderr)
        return 2
    return {"create": _create, "list": _list, "revoke": _revoke}[given.what](practice, given)


def _create(practice: "Practice", given: argparse.Namespace) -> int:
    from myosotis import clock
    from myosotis.flows.actor import SYSTEM
    from myosotis.flows.api_access import Scope, create_key
    from myosotis.flows.errors import Invalid

    scopes = given.scope or list(Scope)
    try:
        made = create_key(practice=practice, name=given.name, scopes=scopes, actor=SYSTEM, now=clock.now())
    except Invalid:
        print(f"myosotis: --scope: must be one of {', '.join(Scope)}", file=sys.stderr)
        return 2
    print(f"API key (shown only now): {made.secret}")
    return 0


def _list(practice: "Practice", _given: argparse.Namespace) -> int:
    for key in practice.api_keys.order_by("id"):
        state = "revoked" if key.revoked_at else "in force"
        print(f"{key.prefix}\t{state}\t{key.name}\t{', '.join(key.scopes)}")
    return 0


def _revoke(practice: "Practice", given: argparse.Namespace) -> int:
    from myosotis import clock
    from myosotis.flows.actor import SYSTEM
    from myosotis.flows.api_access import revoke_key

    key = practice.api_keys.filter(prefix=given.prefix).first()
    if key is None:
        print("myosotis: this practice has no such key", file=sys.stderr)
        return 2
    revoke_key(practice=practice, key_id=key.pk, actor=SYSTEM, now=clock.now())
    print(f"{key.prefix} is revoked")
    return 0
