"""Something happened that staff may want to hear of by e-mail: the day's digest is planned, once for each who wishes it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from myosotis.domain.window import instant
from myosotis.domain.words import Digest, StaffTopic
from myosotis.flows import staff_letters
from myosotis.store.home import home_zone
from myosotis.store.models import Membership, StaffLetter

LASTS: Final = timedelta(hours=12)
"""After that the morning's work has begun, and the desk shows it anyway."""


def plan(practice_id: int, now: datetime) -> None:
    """Plan the next digest of everybody in the practice who wishes one, unless it stands already.

    Called in the transaction of what happened at `now` (UTC); one query where nobody wishes any. Whether there is
    something to tell is seen when it goes.
    """
    wishing = Membership.objects.filter(practice_id=practice_id, digest=Digest.DAILY, user__is_active=True)
    members = list(wishing.select_related("user").order_by("id"))
    if not members:
        return
    zone = home_zone(practice_id)
    for member in members:
        _plan(member, *following(now, member.digest_at, zone), now)


def following(now: datetime, at: time, zone: ZoneInfo) -> tuple[date, datetime]:
    """The local day of the next digest after `now` (UTC), and when it goes (UTC).

    A time that the clock change skips means the next existing moment, one that it repeats the first of the two.
    """
    today = now.astimezone(zone).date()
    due = instant(today, at, zone)
    if due > now:
        return today, due.astimezone(UTC)
    tomorrow = today + timedelta(days=1)
    return tomorrow, instant(tomorrow, at, zone).astimezone(UTC)


def _plan(member: Membership, day: date, due: datetime, now: datetime) -> None:
    letter, new = StaffLetter.objects.get_or_create(
        practice_id=member.practice_id,
        user=member.user,
        day=day,
        topic=StaffTopic.DIGEST,
        defaults={
            "email": member.user.email,
            "language": member.user.language,
            "name": member.user.name,
            "created_at": now,
            "expires_at": due + LASTS,
        },
    )
    if new:
        staff_letters.write(letter, now, due=due)
