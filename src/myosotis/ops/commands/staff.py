"""`myosotis staff`: who works here, and links by hand where no e-mail goes out; each is shown once."""

import argparse
import sys
from typing import TYPE_CHECKING

from myosotis.ops.installation import bring_up

if TYPE_CHECKING:
    from myosotis.store.models import Message, Practice

ROLES = ("owner", "doctor", "receptionist")


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    what.add_parser("begin-key", help="the key with which the first owner gets in")
    listed = what.add_parser("list", help="the staff of a practice")
    listed.add_argument("practice", type=int, help="id of the practice (`myosotis practice list`)")
    add = what.add_parser("add", help="invite somebody; prints the link")
    add.add_argument("practice", type=int, help="id of the practice")
    add.add_argument("email")
    add.add_argument("--name", default="")
    add.add_argument("--role", choices=ROLES, default="receptionist", help="(%(default)s)")
    add.add_argument("--doctor", type=int, help="id of the doctor whose calendars a doctor sees")
    reset = what.add_parser("reset", help="a link to set a new password; prints it")
    reset.add_argument("email")
    reset.add_argument("--without-second-factor", action="store_true", help="app, passkeys and codes are gone, too")


def run(given: argparse.Namespace) -> int:
    bring_up()
    if given.what == "begin-key":
        return _begin_key()
    if given.what == "reset":
        return _reset(given)
    from myosotis.store.models import Practice

    practice = Practice.objects.filter(pk=given.practice).first()
    if practice is None:
        print(f"myosotis: there is no practice {given.practice}; see `myosotis practice list`", file=sys.stderr)
        return 2
    return _list(practice) if given.what == "list" else _add(practice, given)


def begin_words() -> str:
    """What to do first, while nobody works here; else nothing."""
    from django.conf import settings

    from myosotis.flows import practice_begun

    if practice_begun.is_begun():
        return ""
    return (
        f"Nobody works here yet. Open {settings.MYOSOTIS.public_url}/desk/begin and type this key, which lets the first "
        f"owner in:\n\n    {practice_begun.key()}\n"
    )


def _begin_key() -> int:
    words = begin_words()
    print(words or "Somebody works here already: the key opens nothing any more. See `myosotis staff add`.")
    return 0 if words else 1


def _list(practice: "Practice") -> int:
    for row in practice.memberships.select_related("user", "doctor").order_by("id"):
        doctor = f"\t{row.doctor.name}" if row.doctor else ""
        print(f"{row.role}\t{row.user.email}\t{row.user.name}{doctor}")
    return 0


def _add(practice: "Practice", given: argparse.Namespace) -> int:
    from myosotis import clock
    from myosotis.domain.words import Language, Role
    from myosotis.flows import staff_invited
    from myosotis.flows.actor import SYSTEM
    from myosotis.flows.errors import Conflict, FlowError
    from myosotis.intake import ValueRefusedError
    from myosotis.intake.emails import parse_email
    from myosotis.web.links import hash_of_staff_link

    try:
        invited = staff_invited.invite(
            practice=practice,
            email=parse_email(given.email),
            name=given.name,
            role=Role(given.role),
            doctor_id=given.doctor,
            language=Language(practice.language),
            actor=SYSTEM,
            now=clock.now(),
            by_hand=hash_of_staff_link,
        )
    except ValueRefusedError:
        print("myosotis: must be an e-mail address", file=sys.stderr)
        return 2
    except FlowError as error:
        word = error.code if isinstance(error, Conflict) else str(error)
        print(f"myosotis: {word.replace('_', ' ')}", file=sys.stderr)
        return 2
    _print(invited.message, "7 days")
    return 0


def _reset(given: argparse.Namespace) -> int:
    from myosotis import clock
    from myosotis.flows import password_forgotten, second_factor_lost
    from myosotis.flows.actor import SYSTEM
    from myosotis.store.models import Membership
    from myosotis.web.links import hash_of_staff_link

    rows = Membership.objects.filter(user__email__iexact=given.email).select_related("user", "practice")
    membership = rows.order_by("pk").first()
    if membership is None:
        print("myosotis: nobody on any staff has this address", file=sys.stderr)
        return 2
    if given.without_second_factor:
        second_factor_lost.drop(membership=membership, actor=SYSTEM, now=clock.now())
    message = password_forgotten.send(membership=membership, actor=SYSTEM, now=clock.now(), by_hand=hash_of_staff_link)
    _print(message, "2 hours")
    return 0


def _print(message: "Message", lasts: str) -> None:
    from django.conf import settings

    from myosotis.links import Purpose
    from myosotis.web.links import path_of

    print(f"Link (shown only now; works once, for {lasts}):")
    print(f"{settings.MYOSOTIS.public_url}{path_of(message, Purpose.STAFF)}")
