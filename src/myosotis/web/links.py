"""From a link in a message to the message: by the hash of its token, one purpose at a time (docs/rules.md 5)."""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from myosotis import clock
from myosotis.links import Purpose, hash_token, looks_like_token
from myosotis.store.models import Message

COLUMNS = {
    Purpose.OPEN: "open_hash",
    Purpose.READ: "read_hash",
    Purpose.UNSUBSCRIBE: "unsubscribe_hash",
    Purpose.IMAGE: "image_hash",
}
TRIES = 60
"""Openings a minute from one address: more than a household needs, far fewer than guessing would."""
WINDOW = 60


def message_of(token: str, purpose: Purpose) -> Message | None:
    """The message with this link, with all that its page shows; None for a token that never was or was erased."""
    if not looks_like_token(token):
        return None
    return (
        Message.objects.filter(**{COLUMNS[purpose]: hash_token(token)})
        .select_related(
            "practice",
            "patient",
            "visit__patient",
            "visit__service",
            "visit__calendar__doctor",
            "visit__calendar__address",
        )
        .first()
    )


def too_many(request: HttpRequest) -> bool:
    """Whether this address has opened too many links in this minute; counted in memory, kept nowhere."""
    name = f"links:{remote_address(request)}:{int(clock.wall().timestamp()) // WINDOW}"
    cache.add(name, 0, timeout=2 * WINDOW)
    return cache.incr(name) > TRIES


def remote_address(request: HttpRequest) -> str:
    """Where a request comes from; what a proxy says is believed only of trusted proxies."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if peer not in settings.MYOSOTIS.trusted_proxies:
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if hop not in settings.MYOSOTIS.trusted_proxies), peer)
