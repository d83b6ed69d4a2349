"""The first start of an installation: a key that only its operator sees makes the first owner (docs/adr/0035)."""

import hmac
from base64 import b32encode
from datetime import datetime
from typing import Final

from django.db import transaction

from myosotis.domain.words import Language, Role
from myosotis.flows import actor as actors
from myosotis.flows import found, practice_changed, records
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store import turns
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Membership, Practice, StaffUser
from myosotis.store.sealing import derived_key

BYTES: Final = 10
GROUP: Final = 4


def is_begun() -> bool:
    """Whether somebody works here already: from then on the key opens nothing."""
    return StaffUser.objects.exists()


def key() -> str:
    """The key as it is printed: made from the server key, so that it is kept nowhere; 80 bits in groups of 4."""
    text = b32encode(derived_key("begin")[:BYTES]).decode("ascii")
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def fits(typed: str) -> bool:
    """Whether the key was typed, in constant time; small letters, spaces and missing dashes do no harm."""
    bare = "".join(char for char in typed.upper() if char.isalnum())
    return hmac.compare_digest(bare.encode(), key().replace("-", "").encode())


@transaction.atomic
def begin(
    *,
    email: str,
    name: str,
    password: str,
    language: Language,
    practice_name: str,
    practice_id: int | None,
    now: datetime,
) -> Membership:
    """The first owner, with a checked address and password, of a new practice, or of one made by command before.

    Raises Conflict (`begun`), Invalid (name, practice_name) and NotFound.
    """
    turns.take("begin")
    if is_begun():
        raise Conflict("begun")
    if not name.strip():
        raise Invalid("name", "missing")
    user = StaffUser(email=email.lower(), name=name.strip(), language=language)
    user.set_password(password)
    user.save()
    actor = actors.staff(user.pk)
    if practice_id is not None:
        with scope.across(Why.FIRST_START):
            practice = found.one(Practice.objects.filter(pk=practice_id), "practice")
    elif practice_name.strip():
        values = practice_changed.PracticeFields(name=practice_name.strip(), language=language)
        practice = practice_changed.add(values=values, actor=actor, now=now)
    else:
        raise Invalid("practice_name", "missing")
    with scope.of_practice(practice.pk):
        membership = Membership.objects.create(practice=practice, user=user, role=Role.OWNER)
        records.audit(practice, "practice.begun", "membership", membership.pk, now=now, actor=actor)
    return membership
