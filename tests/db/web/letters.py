"""Messages that have left, with their links, as the dispatcher makes both; and the time at which pages are opened."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from myosotis import clock
from myosotis.dispatch import tokens
from myosotis.domain.words import Channel, Kind
from myosotis.store.models import Message, MessageLinks, Visit
from myosotis.value_class import value_class
from tests.db.make import NOW, messages, send_due, sent

LEFT = NOW + timedelta(seconds=61)
"""When what staff did at NOW has left: the undo time is over."""


@value_class
class Letter:
    """A message that has left, and the paths of its links."""

    message: Message
    open: str
    read: str
    unsubscribe: str
    image: str


def letter(message: Message) -> Letter:
    """Write the hashes, as the claim does, and derive the links, as the renderer does."""
    kind, channel = Kind(message.kind), Channel(message.channel)
    columns = ("open_hash", "read_hash", "unsubscribe_hash", "image_hash")
    made = dict(zip(columns, tokens.hashes(message.uuid, kind, channel), strict=True))
    MessageLinks.objects.update_or_create(message=message, defaults={"practice_id": message.practice_id, **made})
    links = tokens.links(message.uuid, kind, channel, image=True)
    return Letter(
        message=message,
        open=urlsplit(links.open).path,
        read=urlsplit(links.read).path,
        unsubscribe=urlsplit(links.unsubscribe).path,
        image=urlsplit(links.image).path,
    )


def letters(visit: Visit, now: datetime) -> dict[tuple[str, str], Letter]:
    """Send what is due by `now`; the letters by kind and channel."""
    return {(row.kind, row.channel): letter(row) for row in send_due(visit, now)}


def force(visit: Visit, now: datetime, **given: Any) -> Letter:
    """A message of a visit, sent now whatever it is due; its plan may be any."""
    return letter(sent(messages(visit, **given)[0], now))


class Hand:
    """The product's clock in the hand of a test."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def set(self, now: datetime) -> datetime:
        clock.set_virtual(self.file, now, frozen=True)
        return now


def take_clock(folder: Path, patch: pytest.MonkeyPatch) -> Hand:
    file = folder / "clock.json"
    patch.setenv("MYOSOTIS_CLOCK_FILE", str(file))
    return Hand(file)
