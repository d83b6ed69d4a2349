"""E-mails to staff: each is a message like any other, its subject a `StaffLetter` (docs/rules.md 7.1)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import Max, QuerySet

from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, SubjectType
from myosotis.flows.errors import Conflict
from myosotis.store.models import Message, MessageLinks, Practice, StaffLetter
from myosotis.store.providers import channels_of

ByHand = Callable[[UUID], bytes]
"""What the database keeps of the link of a message: links are made by the doors, flows know none."""


def can_mail(practice: Practice) -> bool:
    """Whether the practice can send e-mail at all, by its own account or the installation's."""
    return Channel.EMAIL in channels_of([practice.pk])[practice.pk]


def mails_by_installation(practice: Practice) -> bool:
    """Whether its e-mail goes by the installation's account, of which no practice sees what it sends."""
    return not practice.provider_accounts.filter(channel=Channel.EMAIL).exists()


def write(letter: StaffLetter, now: datetime, by_hand: ByHand | None = None, *, due: datetime | None = None) -> Message:
    """Plan the e-mail of a letter, `due` (UTC) or now; again, it is the next copy, with a link of its own.

    `by_hand`: its link is shown once instead, to be handed over, and nothing is sent.
    """
    uuid = uuid4()
    planned = {"status": MessageStatus.PLANNED, "due_at": due or now}
    handed = {"status": MessageStatus.SKIPPED, "reason": Reason.NO_PROVIDER, "finished_at": now}
    last: int | None = messages_of(letter).aggregate(last=Max("copy"))["last"]
    message = Message.objects.create(
        practice_id=letter.practice_id,
        subject_type=SubjectType.STAFF,
        subject_id=letter.pk,
        revision=1,
        kind=Kind.STAFF,
        channel=Channel.EMAIL,
        copy=0 if last is None else last + 1,
        uuid=uuid,
        expires_at=letter.expires_at,
        created_at=now,
        **(planned if by_hand is None else handed),
    )
    if by_hand is not None:
        MessageLinks.objects.create(message=message, practice_id=letter.practice_id, open_hash=by_hand(uuid))
    return message


def messages_of(letter: StaffLetter) -> "QuerySet[Message]":
    """Its e-mails, resent ones too."""
    return Message.objects.filter(practice_id=letter.practice_id, subject_type=SubjectType.STAFF, subject_id=letter.pk)


def open_letters(now: datetime) -> "QuerySet[StaffLetter]":
    """Letters whose link works at `now` (UTC)."""
    return StaffLetter.objects.filter(used_at=None, withdrawn_at=None, expires_at__gt=now)


def use(letter: StaffLetter, now: datetime) -> StaffLetter:
    """Its link is followed to the end: locked, and marked as used. Raises Conflict (`link_over`)."""
    row = open_letters(now).select_for_update(no_key=True).filter(pk=letter.pk).first()
    if row is None:
        raise Conflict("link_over")
    row.used_at = now
    row.save(update_fields=["used_at"])
    return row
