"""The booking form as it was typed, and what it says once everything in it is right."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from django.utils.translation import gettext as _

from myosotis.domain.words import ConsentBasis, Language
from myosotis.flows.visit_booked_online import Booker
from myosotis.intake.emails import parse_email
from myosotis.intake.names import not_shouted, tidy
from myosotis.intake.phones import Phone, parse_phone
from myosotis.intake.problems import ValueRefusedError
from myosotis.store.models import Practice
from myosotis.value_class import value_class

FIELDS: Final = ("first_name", "last_name", "phone", "email", "language", "whom", "consent")
LONGEST: Final = {"first_name": 100, "last_name": 100, "phone": 40, "email": 254}
TRAP: Final = "website"
"""A field that people do not see; programs that fill in whatever there is fill it too."""
FOR_OTHER: Final = "other"
CONSENTED: Final = "yes"
BETWEEN: Final = " -'’‘`."
"""What stands between the letters of a name."""
_HOST: Final = re.compile(r"\.[^\W\d_]{2}")
"""A dot within a word: mail programs make a link of it, and the address to which a message goes is not proven."""

MISSING, WRONG, TOO_LONG, FIXED_LINE = "missing", "wrong", "too_long", "fixed_line"


@value_class
class Form:
    """What was typed, what is wrong with it by field, and what it comes to if nothing is."""

    typed: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)
    booker: Booker | None = None


def typed_in(sent: Mapping[str, str]) -> dict[str, str]:
    """What a form sent of our fields, cut where nobody would type more."""
    return {name: sent.get(name, "")[: LONGEST.get(name, 20) + 1] for name in FIELDS}


def consent_wording(practice: Practice) -> str:
    """The words of the consent as they stand beside the box, in the language of the page; "" where it is not asked."""
    if practice.consent_basis != ConsentBasis.CARD:
        return ""
    return _(
        "I agree that %(practice)s sends me requests for an opinion after a visit and invitations to the next one, by SMS "
        "and e-mail. I can withdraw this at any time."
    ) % {"practice": practice.name}


def checked(typed: Mapping[str, str]) -> Form:
    """Look through everything that was typed; `typed` may hold the words of the consent as `wording`."""
    wrong: dict[str, str] = {}
    first, last = _name(typed, "first_name", wrong), _name(typed, "last_name", wrong)
    phone, email = _phone(typed, wrong), _email(typed, wrong)
    language = typed.get("language", "")
    if wrong or phone is None:
        return Form(typed=typed, wrong=wrong)
    booker = Booker(
        first_name=first,
        last_name=last,
        phone=phone.e164,
        email=email,
        language=Language(language) if language in set(Language) else Language.PL,
        for_other=typed.get("whom") == FOR_OTHER,
        consent_wording=typed.get("wording", "") if typed.get("consent") == CONSENTED else "",
    )
    return Form(typed=typed, booker=booker)


def _name(typed: Mapping[str, str], name: str, wrong: dict[str, str]) -> str:
    written = tidy(typed.get(name, ""))
    if not written:
        wrong[name] = MISSING
    elif len(written) > LONGEST[name]:
        wrong[name] = TOO_LONG
    elif not _is_name(written):
        wrong[name] = WRONG
    return not_shouted(written)


def _is_name(written: str) -> bool:
    """Letters of any alphabet with their marks, and what stands between them; neither numbers nor addresses."""
    kinds = {unicodedata.category(sign)[0] for sign in written if sign not in BETWEEN}
    return "L" in kinds and kinds <= {"L", "M"} and not _HOST.search(written)


def _phone(typed: Mapping[str, str], wrong: dict[str, str]) -> Phone | None:
    written = typed.get("phone", "").strip()
    if not written:
        wrong["phone"] = MISSING
        return None
    try:
        phone = parse_phone(written)
    except ValueRefusedError:
        wrong["phone"] = WRONG
        return None
    if not phone.is_mobile:
        wrong["phone"] = FIXED_LINE
    return phone


def _email(typed: Mapping[str, str], wrong: dict[str, str]) -> str:
    written = typed.get("email", "").strip()
    if not written:
        return ""
    try:
        return parse_email(written)
    except ValueRefusedError:
        wrong["email"] = WRONG
        return ""
