"""The push message: the same neutral words for every kind of visit message, and a payload of one size.

On a locked screen anybody reads it, and the push service sees its length (docs/rules.md 7.6; RFC 8291 pads for that).
"""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256

from myosotis.content.context import MessageContext
from myosotis.content.rendered import MissingLanguage, RenderedPush
from myosotis.content.texts import push_pieces
from myosotis.domain.words import Channel, Kind, Language

PAYLOAD_BYTES = 512
"""Every payload has this size, or the next multiple of it."""

URGENT = frozenset([Kind.REMINDER, Kind.MOVED, Kind.CANCELLED, Kind.OFFER])
"""What wakes a sleeping phone (RFC 8030 5.3)."""


def write_push(
    context: MessageContext, kind: Kind, language: Language, warnings: tuple[MissingLanguage, ...]
) -> RenderedPush:
    """Title, body and payload. The payload's `url` is opened by a tap, `click` is told of it by POST."""
    words, topic, token = push_pieces(kind, language), topic_of(context), token_of(context.links.open)
    payload = {
        "title": words["title"],
        "body": words["body"],
        "lang": language.value,
        "tag": topic,
        "url": f"/{token}" if token else "/",
        "click": f"/p/{token}" if token else "",
    }
    return RenderedPush(
        title=words["title"],
        body=words["body"],
        payload=padded(payload),
        topic=topic,
        urgency="high" if kind in URGENT else "normal",
        warnings=warnings,
    )


def topic_of(context: MessageContext) -> str:
    """One per visit, so that a newer message replaces a waiting one; it tells the push service nothing."""
    subject = context.visit.uuid.bytes if context.visit is not None else Channel.PUSH.encode()
    return urlsafe_b64encode(sha256(b"topic" + subject).digest()[:24]).decode("ascii")


def token_of(link: str) -> str:
    """The token at the end of a link: the service worker knows its own host."""
    return link.rpartition("/")[2]


def padded(payload: dict[str, str]) -> bytes:
    """JSON, filled up with `pad` to a multiple of `PAYLOAD_BYTES`."""
    bare = json.dumps({**payload, "pad": ""}, ensure_ascii=False, separators=(",", ":")).encode()
    return bare[:-2] + b"." * (-len(bare) % PAYLOAD_BYTES) + bare[-2:]
