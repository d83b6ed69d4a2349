"""An owner invites somebody to the staff of the practice, sends the invitation again, or takes it back."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from myosotis.domain.words import Language, Role, StaffTopic, SubjectType
from myosotis.flows import found, records, staff_letters
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.staff_letters import ByHand
from myosotis.store.models import Doctor, Message, Practice, StaffLetter
from myosotis.value_class import value_class

LASTS: Final = timedelta(days=7)
AT_MOST: Final = 50
"""Invitations of a practice in a day: a form that writes to any address is not for anybody to abuse."""


@value_class
class Invited:
    """An invitation, and the message by which it goes."""

    letter: StaffLetter
    message: Message


@transaction.atomic
def invite(
    *,
    practice: Practice,
    email: str,
    name: str,
    role: Role,
    doctor_id: int | None,
    language: Language,
    actor: Actor,
    now: datetime,
    by_hand: ByHand | None = None,
) -> Invited:
    """Invite a checked e-mail address; an earlier invitation to it that was not taken up is taken back.

    `by_hand`: nothing is sent, the link is handed over. Raises Invalid (email, doctor), NotFound (doctor) and Conflict
    (`already_staff`, `no_provider`, `too_many_letters`).
    """
    Practice.objects.select_for_update(no_key=True).get(pk=practice.pk)  # so that nobody invites beside us
    if practice.memberships.filter(user__email__iexact=email).exists():
        raise Conflict("already_staff")
    doctor = doctor_for(practice, role, doctor_id)
    _check(practice, now, by_hand)
    for earlier in pending(practice, now).filter(email__iexact=email):
        _withdraw(earlier, now)
    letter = StaffLetter.objects.create(
        practice=practice,
        topic=StaffTopic.INVITATION,
        email=email.lower(),
        name=name.strip(),
        role=role,
        doctor=doctor,
        language=language,
        made_by_id=actor.staff_user_id,
        created_at=now,
        expires_at=now + LASTS,
    )
    records.audit(practice, f"staff.invited.{role}", "staff_letter", letter.pk, now=now, actor=actor)
    return Invited(letter=letter, message=staff_letters.write(letter, now, by_hand))


@transaction.atomic
def resend(
    *, practice: Practice, letter_id: int, actor: Actor, now: datetime, by_hand: ByHand | None = None
) -> Invited:
    """Send an invitation once more; it is good for another 7 days. Raises NotFound, Conflict (as `invite`)."""
    rows = invitations(practice).filter(pk=letter_id, used_at=None, withdrawn_at=None)
    letter = found.one(rows.select_for_update(no_key=True), "invitation")
    _check(practice, now, by_hand)
    letter.expires_at = now + LASTS
    letter.save(update_fields=["expires_at"])
    records.audit(practice, "staff.invited_again", "staff_letter", letter.pk, now=now, actor=actor)
    return Invited(letter=letter, message=staff_letters.write(letter, now, by_hand))


@transaction.atomic
def withdraw(*, practice: Practice, letter_id: int, actor: Actor, now: datetime) -> StaffLetter:
    """Take an invitation back: its links stop working, and it does not leave any more. Raises NotFound."""
    rows = invitations(practice).filter(pk=letter_id, used_at=None, withdrawn_at=None)
    letter = found.one(rows.select_for_update(no_key=True), "invitation")
    _withdraw(letter, now)
    records.audit(practice, "staff.invitation_withdrawn", "staff_letter", letter.pk, now=now, actor=actor)
    return letter


def invitations(practice: Practice) -> "QuerySet[StaffLetter]":
    return practice.staff_letters.filter(topic=StaffTopic.INVITATION).order_by()


def pending(practice: Practice, now: datetime) -> "QuerySet[StaffLetter]":
    """Invitations that can still be taken up at `now` (UTC)."""
    return invitations(practice).filter(used_at=None, withdrawn_at=None, expires_at__gt=now)


def doctor_for(practice: Practice, role: Role, doctor_id: int | None) -> Doctor | None:
    """Whose calendars somebody sees: wanted of a doctor, possible for an owner who is one, nothing for a receptionist.

    Raises Invalid (`doctor_needed`), NotFound.
    """
    if role is Role.RECEPTIONIST or (doctor_id is None and role is Role.OWNER):
        return None
    if doctor_id is None:
        raise Invalid("doctor", "doctor_needed")
    return found.one(practice.doctors.filter(pk=doctor_id).order_by(), "doctor")


def _check(practice: Practice, now: datetime, by_hand: ByHand | None) -> None:
    if by_hand is None and not staff_letters.can_mail(practice):
        raise Conflict("no_provider")
    written = Message.objects.filter(
        practice=practice, subject_type=SubjectType.STAFF, created_at__gt=now - timedelta(days=1)
    )
    if written.count() >= AT_MOST:
        raise Conflict("too_many_letters")


def _withdraw(letter: StaffLetter, now: datetime) -> None:
    letter.withdrawn_at = now
    letter.save(update_fields=["withdrawn_at"])
