"""A session ends after 12 hours in which nobody did anything (docs/adr/0033)."""

from typing import Any, Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest

from myosotis import clock

SEEN: Final = "seen"
"""In the session: when something was last done, in seconds since 1970."""
KEEP_EVERY: Final = 10 * 60
"""Seconds: a session that is written more often would cost each page a write."""


def begin(request: HttpRequest, **_: Any) -> None:
    """Somebody signs in (a receiver of Django's signal)."""
    request.session[SEEN] = int(clock.wall().timestamp())


def end(request: HttpRequest) -> None:
    """Sign out whoever was not there for so long: saying what is new, a page keeps its session anew by itself."""
    seen = request.session.get(SEEN)
    lasting = settings.SESSION_COOKIE_AGE + KEEP_EVERY  # the last act is noted that late
    if seen is not None and int(clock.wall().timestamp()) - seen > lasting:
        logout(request)


def touch(request: HttpRequest) -> None:
    """Note that somebody signed in is there. What a page asks for by itself is no sign of that."""
    if request.method == "GET" and request.headers.get("HX-Request"):
        return
    now = int(clock.wall().timestamp())
    if now - request.session.get(SEEN, 0) < KEEP_EVERY:
        return
    request.session[SEEN] = now
    UserSession.objects.create_from_request(request)
