"""What a digest has to tell: the notices that its reader has neither seen at the desk nor been sent before."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max

from myosotis.domain.words import Digest, Kind, Role, StaffTopic, SubjectType
from myosotis.store import notices
from myosotis.store.models import Membership, Message, StaffLetter
from myosotis.store.notices import Count

LONGEST: Final = timedelta(days=7)
"""A digest after a pause does not tell more."""


def contents(letter: StaffLetter, now: datetime) -> Count | None:
    """What the letter tells at `now` (UTC); None where its reader left the practice or wishes no digest any more."""
    members = Membership.objects.filter(practice_id=letter.practice_id, user_id=letter.user_id, digest=Digest.DAILY)
    member = members.select_related("practice").first()
    if member is None:
        return None
    since = max(filter(None, (now - LONGEST, member.seen_at, _last(letter))))
    doctor_id = (member.doctor_id or 0) if member.role == Role.DOCTOR else None
    return notices.counted(member.practice, since, now, doctor_id=doctor_id)


def _last(letter: StaffLetter) -> datetime | None:
    """When the one before left."""
    others = StaffLetter.objects.filter(
        practice_id=letter.practice_id, user_id=letter.user_id, topic=StaffTopic.DIGEST
    ).exclude(id=letter.pk)
    sent = Message.objects.filter(
        practice_id=letter.practice_id, subject_type=SubjectType.STAFF, subject_id__in=others.values("id"),
        kind=Kind.STAFF,
    )  # fmt: skip
    last: datetime | None = sent.aggregate(last=Max("sent_at"))["last"]
    return last
