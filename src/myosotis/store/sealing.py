"""Keys derived from the server key, and secrets sealed with one: what the database holds of a provider's token."""

import base64
import json
import zlib
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES: Final = 32
HASH_BYTES: Final = 16


class CannotUnseal(Exception):  # noqa: N818 - says what happened, as all of our exceptions do
    """Sealed with another server key, or damaged."""


def derived_key(purpose: str) -> bytes:
    """32 bytes made from the server key for one purpose (HKDF-SHA256): knowing one key tells nothing of another."""
    return _derived(settings.SECRET_KEY, purpose)


@lru_cache(maxsize=16)
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"myosotis " + purpose.encode()).derive(
        secret.encode()
    )


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key("sealing")))


def seal(secrets: Mapping[str, str]) -> bytes:
    """Secrets as they may be stored; nothing for nothing."""
    return _fernet().encrypt(json.dumps(dict(secrets), sort_keys=True).encode()) if secrets else b""


def unseal(sealed: bytes) -> dict[str, str]:
    """What was sealed. Raises CannotUnseal."""
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = json.loads(_fernet().decrypt(bytes(sealed)))
    except InvalidToken:
        raise CannotUnseal("sealed with another server key") from None
    return opened


def seal_file(data: bytes) -> bytes:
    """A file as it may be stored, packed and sealed."""
    return _fernet().encrypt(zlib.compress(data, level=1))


def unseal_file(sealed: bytes) -> bytes:
    """A file that was sealed. Raises CannotUnseal."""
    try:
        return zlib.decompress(_fernet().decrypt(bytes(sealed)))
    except InvalidToken:
        raise CannotUnseal("sealed with another server key") from None


def hash_secret(secret: str) -> bytes:
    """What the database keeps of a secret of our own making, which is random enough to need no salt."""
    return sha256(secret.encode()).digest()[:HASH_BYTES]
