"""Somebody of the staff has forgotten the password: a link goes to their address, and by it they set a new one."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from myosotis.domain.words import StaffTopic
from myosotis.flows import actor as actors
from myosotis.flows import records, sessions_ended, staff_letters
from myosotis.flows.actor import SYSTEM, Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.staff_letters import ByHand
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Membership, Message, StaffLetter, StaffUser

LASTS: Final = timedelta(hours=2)
AN_HOUR: Final = timedelta(hours=1)
AT_MOST: Final = 3
"""Letters to one address within an hour."""


def ask(*, email: str, now: datetime) -> None:
    """Send a link to set a new password, if somebody of the staff has this address. Says nothing either way.

    It goes by the first practice of theirs that can send e-mail, and after the third in an hour nothing more goes. Of
    several practices none sends it by an account of its own: who owns that one could read the link, and get into the others.
    """
    user = StaffUser.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        return
    with scope.of_practices(_known_to(user)):
        lately = user.letters.filter(topic=StaffTopic.PASSWORD, created_at__gt=now - AN_HOUR)
        if lately.count() >= AT_MOST:
            return
        memberships = list(user.memberships.select_related("practice").order_by("pk"))
        for membership in memberships:
            practice = membership.practice
            if staff_letters.can_mail(practice) and (
                len(memberships) == 1 or staff_letters.mails_by_installation(practice)
            ):
                send(membership=membership, actor=SYSTEM, now=now)
                return


def _known_to(user: StaffUser) -> set[int]:
    """The practices that somebody of the staff works in, or had a letter from."""
    with scope.across(Why.LETTERS):
        of_letters = user.letters.values_list("practice_id", flat=True)
        return {*of_letters, *user.memberships.values_list("practice_id", flat=True)}


@transaction.atomic
def send(*, membership: Membership, actor: Actor, now: datetime, by_hand: ByHand | None = None) -> Message:
    """Write the letter; earlier links to set a password stop working. `by_hand` as for an invitation."""
    user = membership.user
    with scope.of_practices(_known_to(user)):
        earlier = StaffLetter.objects.filter(user=user, topic=StaffTopic.PASSWORD, used_at=None, withdrawn_at=None)
        earlier.update(withdrawn_at=now)
    letter = StaffLetter.objects.create(
        practice_id=membership.practice_id,
        topic=StaffTopic.PASSWORD,
        email=user.email,
        name=user.name,
        language=user.language,
        user=user,
        created_at=now,
        expires_at=now + LASTS,
    )
    records.audit(membership.practice_id, "staff.password_asked", "staff", user.pk, now=now, actor=actor)
    return staff_letters.write(letter, now, by_hand)


@transaction.atomic
def reset(*, letter: StaffLetter, password: str, now: datetime) -> StaffUser:
    """Set the checked `password` by a letter's link; every session of theirs ends. Raises Conflict (`link_over`)."""
    row = staff_letters.use(letter, now)
    if row.user is None or not row.user.is_active:
        raise Conflict("link_over")
    row.user.set_password(password)
    row.user.save(update_fields=["password"])
    sessions_ended.end(user=row.user)
    actor = actors.staff(row.user.pk)
    records.audit(row.practice_id, "staff.password_set", "staff", row.user.pk, now=now, actor=actor)
    return row.user
