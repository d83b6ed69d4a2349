"""Somebody of the staff looked at the notices of the desk."""

from datetime import datetime

from django.db import transaction

from myosotis.flows import found
from myosotis.store.models import Membership, Practice


@transaction.atomic
def see(*, practice: Practice, membership_id: int, until: datetime, now: datetime) -> Membership:
    """Note that all notices up to `until` (UTC) were seen, never later than `now`; it does not go back. Raises NotFound."""
    rows = practice.memberships.filter(id=membership_id).order_by().select_for_update(no_key=True)
    membership = found.one(rows, "membership")
    seen = min(until, now)
    if membership.seen_at is None or membership.seen_at < seen:
        membership.seen_at = seen
        membership.save(update_fields=["seen_at"])
    return membership
