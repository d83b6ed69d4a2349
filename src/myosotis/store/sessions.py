"""Sessions of staff that are over."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session


def prune(now: datetime) -> int:
    """Remove sessions that ended before `now`, which is real time, and where they were; how many rows."""
    over, _ = Session.objects.filter(expire_date__lt=now).delete()
    gone, _ = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    count: int = over + gone
    return count
