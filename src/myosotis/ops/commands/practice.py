"""`myosotis practice create`: a practice and its first API key, which is shown once."""

import argparse
import sys

from myosotis.ops.installation import bring_up


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    create = what.add_parser("create", help="set up a practice")
    create.add_argument("name")
    create.add_argument("--language", choices=("pl", "en"), default="pl")
    create.add_argument("--phone", default="", help="shown to patients, e.g. '22 123 45 67'")
    create.add_argument("--email-sender", default="", help="the address e-mails come from")
    create.add_argument("--sms-sender", default="", help="verified sender name or number")
    create.add_argument("--sms-can-receive", action="store_true", help="patients can answer to the sender")
    create.add_argument(
        "--consent",
        choices=("practice", "card"),
        default="card",
        help="basis for review and rebook: collected by the practice for all patients, or per patient (%(default)s)",
    )
    create.add_argument("--consent-chosen-by", default="", help="who decided that; wanted with --consent practice")
    what.add_parser("list", help="ids and names of all practices")


def run(given: argparse.Namespace) -> int:
    bring_up()
    return _list() if given.what == "list" else _create(given)


def _list() -> int:
    from myosotis.store.models import Practice

    for practice in Practice.objects.order_by("id"):
        print(f"{practice.pk}\t{practice.name}")
    return 0


def _create(given: argparse.Namespace) -> int:
    from django.db import transaction

    from myosotis import clock
    from myosotis.domain.words import ConsentBasis, Language
    from myosotis.flows import practice_changed
    from myosotis.flows.actor import SYSTEM
    from myosotis.flows.api_access import Scope, create_key
    from myosotis.flows.errors import Invalid
    from myosotis.intake import ValueRefusedError
    from myosotis.intake.emails import parse_email
    from myosotis.intake.phones import parse_phone

    if given.consent == "practice" and not given.consent_chosen_by:
        print("myosotis: --consent-chosen-by: say who decided that all patients consented", file=sys.stderr)
        return 2
    try:
        phone = parse_phone(given.phone).e164 if given.phone else ""
    except ValueRefusedError as error:
        print(f"myosotis: --phone: must be like {' or '.join(error.allowed)}", file=sys.stderr)
        return 2
    try:
        sender = parse_email(given.email_sender) if given.email_sender else ""
    except ValueRefusedError:
        print("myosotis: --email-sender: must be an e-mail address", file=sys.stderr)
        return 2
    now = clock.now()
    values = practice_changed.PracticeFields(
        name=given.name,
        language=Language(given.language),
        phone=phone,
        sms_sender=given.sms_sender,
        sms_can_receive=given.sms_can_receive,
        email_sender_name=given.name[:100],
        email_sender=sender,
    )
    try:
        with transaction.atomic():
            practice = practice_changed.add(values=values, actor=SYSTEM, now=now)
            if given.consent == ConsentBasis.PRACTICE:
                practice_changed.choose_consent_basis(
                    practice=practice,
                    basis=ConsentBasis.PRACTICE,
                    chosen_by=given.consent_chosen_by,
                    actor=SYSTEM,
                    now=now,
                )
            made = create_key(practice=practice, name="first key", scopes=list(Scope), actor=SYSTEM, now=now)
    except Invalid as error:
        print(f"myosotis: {error.field.replace('_', '-')}: {error.code.replace('_', ' ')}", file=sys.stderr)
        return 2
    print(f"Practice {practice.pk}: {practice.name}")
    print(f"API key (shown only now): {made.secret}")
    return 0
