"""Somebody of the staff changes what concerns themselves alone: name, language, and what reaches them by e-mail."""

from datetime import datetime, time

from django.db import transaction

from myosotis.domain.words import Digest, Language
from myosotis.flows import actor as actors
from myosotis.flows import records
from myosotis.flows.errors import Invalid
from myosotis.store.models import Membership, StaffUser


@transaction.atomic
def introduce(*, membership: Membership, name: str, language: Language, now: datetime) -> StaffUser:
    """Change name and language, in all practices at once. Raises Invalid (name)."""
    if not name.strip():
        raise Invalid("name", "missing")
    user = membership.user
    user.name, user.language = name.strip(), language
    user.save(update_fields=["name", "language"])
    _audit(membership, "staff.introduced", now)
    return user


@transaction.atomic
def wish_digest(*, membership: Membership, digest: Digest, at: time, now: datetime) -> Membership:
    """Choose whether the day's notices of this practice come by e-mail, and when (local time of its first address)."""
    membership.digest, membership.digest_at = digest, at
    membership.save(update_fields=["digest", "digest_at"])
    _audit(membership, f"staff.digest.{digest}", now)
    return membership


def _audit(membership: Membership, what: str, now: datetime) -> None:
    actor = actors.staff(membership.user_id)
    records.audit(membership.practice_id, what, "membership", membership.pk, now=now, actor=actor)
