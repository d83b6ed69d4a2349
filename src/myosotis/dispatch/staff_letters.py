"""E-mails to staff: invitations, new passwords, digests. The letter says whom and in which language."""

from datetime import datetime
from typing import Final, assert_never

from django.conf import settings

from myosotis.content.context import Links, MessageContext, StaffText
from myosotis.content.digest import digest_text
from myosotis.dispatch import tokens
from myosotis.dispatch.answers import ready
from myosotis.dispatch.job import Checked
from myosotis.domain.recheck import Stop
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, StaffTopic
from myosotis.naming import Practices
from myosotis.store import digests
from myosotis.store.models import StaffLetter
from myosotis.store.queue.claim import Claimed

NOTICES: Final = "/desk/notices"
"""Where the link of a digest leads; whoever is not signed in signs in first."""


def check(message: Claimed, practice: Practices, now: datetime) -> Checked:
    """Whether the letter may still go at `now` (UTC), and what it says."""
    letter = StaffLetter.objects.filter(id=message.subject_id, practice_id=message.practice_id).first()
    if letter is None:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.ERASED)
    if letter.withdrawn_at is not None:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.TAKEN_BACK)
    if letter.used_at is not None:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.REPLANNED)
    if now >= letter.expires_at:
        return Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    match StaffTopic(letter.topic):
        case StaffTopic.INVITATION | StaffTopic.PASSWORD as topic:
            staff = StaffText(topic=topic, name=letter.name)
        case StaffTopic.DIGEST:
            return _digest(message, letter, practice, now)
        case never:
            assert_never(never)
    context = MessageContext(
        kind=Kind.STAFF,
        language=letter.language,
        practice=practice.text,
        links=tokens.links(message.uuid, Kind.STAFF, Channel.EMAIL, image=False),
        staff=staff,
    )
    return ready(message, context, practice, letter.email)


def _digest(message: Claimed, letter: StaffLetter, practice: Practices, now: datetime) -> Checked:
    """What happened is counted now: nothing goes where all of it was seen at the desk meanwhile."""
    counts = digests.contents(letter, now)
    if counts is None:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.REPLANNED)
    if not counts.all:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.NOTHING_NEW)
    context = MessageContext(
        kind=Kind.STAFF,
        language=letter.language,
        practice=practice.text,
        links=Links(open=f"{settings.MYOSOTIS.public_url}{NOTICES}"),
        staff=digest_text(letter.name, counts.by_word, letter.language),
    )
    return ready(message, context, practice, letter.email)
