"""A link's token is derived, never stored: a retry carries the same link, a stolen table opens nothing.

The database holds `hash_token(token)` alone; the token itself comes from the server key and the message's random uuid.
"""

import hashlib
import hmac
import re
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
LENGTH: Final = 17
"""Base62 characters that hold 96 bits; fixed, so that the length of a link can be promised."""
TOKEN_BYTES: Final = 12
HASH_BYTES: Final = 16
KEY_BYTES: Final = 32
_SHAPE: Final = re.compile(r"[0-9A-Za-z]{17}", re.ASCII)


class Purpose(StrEnum):
    """What a token is good for; one message has a separate token for each."""

    OPEN = "open"
    READ = "read"
    UNSUBSCRIBE = "unsubscribe"
    IMAGE = "image"
    STAFF = "staff"
    """Of a mail to staff: taking up an invitation, setting a password."""


def token(key: bytes, uuid: UUID, purpose: Purpose) -> str:
    """The token of a message for one purpose: 17 characters of base62 (docs/rules.md 5).

    Raises ValueError for a server key shorter than 32 bytes: a short key could be found by trying.
    """
    if len(key) < KEY_BYTES:
        raise ValueError(f"the key of links has at least {KEY_BYTES} bytes")
    code = _keyed(key).copy()
    code.update(uuid.bytes + purpose.encode("ascii"))
    return _base62(int.from_bytes(code.digest()[:TOKEN_BYTES], "big"))


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> hmac.HMAC:
    """The code before anything is said: to begin one takes longer than to go on with a copy, and every message has some."""
    return hmac.new(key, digestmod="sha256")


def hash_token(token: str) -> bytes:
    """What the database keeps of a token: the first 16 bytes of its SHA-256.

    A token has 96 random bits, so neither salt nor stretching is needed. Raises ValueError for what cannot be a token.
    """
    if not looks_like_token(token):
        raise ValueError("not a token")
    return hashlib.sha256(token.encode("ascii")).digest()[:HASH_BYTES]


def looks_like_token(text: str) -> bool:
    """Whether `text` has the shape of a token: a cheap test before the database is asked."""
    return _SHAPE.fullmatch(text) is not None


def matches(token: str, kept: bytes) -> bool:
    """Whether `kept` is the hash of `token`, compared in constant time."""
    return looks_like_token(token) and hmac.compare_digest(hash_token(token), kept)


def _base62(number: int) -> str:
    """Four digits at a time, and of these two: small numbers divide quickly, and every message has up to four tokens."""
    digits = ""
    for _ in range(LENGTH // 4):
        number, four = divmod(number, len(_PAIRS) ** 2)
        first, last = divmod(four, len(_PAIRS))
        digits = _PAIRS[first] + _PAIRS[last] + digits
    return ALPHABET[number] + digits
