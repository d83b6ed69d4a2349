"""Somebody takes up an invitation: with a new account, or with the one they have."""

from datetime import datetime

from django.db import transaction

from myosotis.domain.words import Language
from myosotis.flows import actor as actors
from myosotis.flows import records, staff_letters
from myosotis.flows.errors import Invalid
from myosotis.store.models import Membership, StaffLetter, StaffUser


def account_of(letter: StaffLetter) -> StaffUser | None:
    """Who has the address of an invitation already."""
    return StaffUser.objects.filter(email__iexact=letter.email, is_active=True).first()


@transaction.atomic
def join(*, letter: StaffLetter, name: str, password: str, language: Language, now: datetime) -> Membership:
    """Take up an invitation; `name`, the checked `password` and `language` are for a new account only.

    Whoever is on the staff already keeps the role and doctor they have. Raises Invalid (name), Conflict (`link_over`).
    """
    row = staff_letters.use(letter, now)
    user = account_of(row) or _account(row, name, password, language)
    membership, made = Membership.objects.get_or_create(
        practice_id=row.practice_id, user=user, defaults={"role": row.role, "doctor_id": row.doctor_id}
    )
    if made:
        actor = actors.staff(user.pk)
        records.audit(row.practice_id, "staff.joined", "membership", membership.pk, now=now, actor=actor)
    return membership


def _account(letter: StaffLetter, name: str, password: str, language: Language) -> StaffUser:
    if not name.strip():
        raise Invalid("name", "missing")
    user = StaffUser(email=letter.email, name=name.strip(), language=language)
    user.set_password(password)
    user.save()
    return user
