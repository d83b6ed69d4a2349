"""The app on a phone, and who is on it: memberships hold only while the phone that joined is the one in force.

A membership belongs to no address; its days are those of the zone that addresses have unless said otherwise.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.cards import in_force_on, phone_on
from myosotis.store.models import Address, Installation, Member, PushSubscription
from myosotis.store.sealing import hash_secret

UNUSED_FOR: Final = timedelta(days=365)
"""Longer unused, an installation is removed."""
_ZONE: Final = ZoneInfo(str(Address._meta.get_field("time_zone").get_default()))


def local_day(now: datetime) -> date:
    """The day by which memberships begin and end."""
    return now.astimezone(_ZONE).date()


def find(key: str) -> Installation | None:
    """The installation with this secret, if there is one."""
    return Installation.objects.filter(key_hash=hash_secret(key)).first() if key else None


def holds(member: Member, day: date) -> bool:
    """Whether somebody still is on this phone: alive, not erased, and the phone that joined is the one on the card.

    With the hand-over the guardian's memberships end, even where child and guardian have one number.
    """
    patient = member.patient
    if patient.deceased or patient.erased_at is not None:
        return False
    same_side = in_force_on(day, member.joined_at, patient.guardian_until)
    return same_side and member.phone == phone_on(day, patient)


def members(installation: Installation, now: datetime) -> Sequence[Member]:
    """The people on this phone at `now` (UTC), in the order in which they joined; with their cards and practices."""
    with scope.of_practices(practices_of(installation.pk)):
        rows = installation.members.select_related("practice", "patient").order_by("id")
        return [member for member in rows if holds(member, local_day(now))]


def practices_of(installation_id: int) -> set[int]:
    """The practices whose patients are, or were, on an installation."""
    with scope.across(Why.PHONE):
        return set(Member.objects.filter(installation=installation_id).values_list("practice_id", flat=True))


def push_is_on(installation: Installation) -> bool:
    return installation.members.filter(push_subscriptions__isnull=False).exists()


def prune(now: datetime) -> int:
    """Remove installations that nobody has opened for a year, with their memberships; none that pushes still reach."""
    unused = Installation.objects.filter(seen_on__lt=local_day(now - UNUSED_FOR))
    count, _ = unused.filter(~Exists(PushSubscription.objects.filter(member__installation=OuterRef("pk")))).delete()
    return count
