"""The phone is gone, and the recovery codes too: the operator takes the second factor off an account."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from myosotis.flows import records
from myosotis.flows.actor import Actor
from myosotis.store.models import Membership


@transaction.atomic
def drop(*, membership: Membership, actor: Actor, now: datetime) -> None:
    """App, passkeys and recovery codes of somebody open nothing any more; the password alone does, until they set new ones."""
    Authenticator.objects.filter(user_id=membership.user_id).delete()
    records.audit(
        membership.practice_id, "staff.second_factor_dropped", "staff", membership.user_id, now=now, actor=actor
    )
