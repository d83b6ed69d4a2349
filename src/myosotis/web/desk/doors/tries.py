"""Under which names tries to sign in are counted: the table of counts tells neither addresses nor places."""

import hmac

from django.conf import settings


def disguised(key: str, prefix: str, version: int) -> str:
    """The name of a count, as nobody reads it without the server key (`CACHES`, `KEY_FUNCTION`)."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{prefix}:{version}:{key}".encode(), "sha256").hex()
