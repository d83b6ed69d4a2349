"""The hashes of messages' links, by which a page finds its message (docs/rules.md 5)."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from myosotis.domain.words import Channel, Kind

Hashes = tuple[bytes | None, bytes | None, bytes | None, bytes | None]
"""Of the links of a message: open, read, unsubscribe, image."""
MakeHashes = Callable[[UUID, Kind, Channel], Hashes]
COLUMNS: Final = ("message_id", "practice_id", "open_hash", "read_hash", "unsubscribe_hash", "image_hash")
"""Of their table; what is there already stays: a link is the same however often it is made."""
