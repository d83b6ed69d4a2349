"""The links of a message: derived from the server key, so that a retry carries the same (docs/rules.md 5)."""

from functools import lru_cache
from uuid import UUID

from django.conf import settings

from myosotis.content.context import Links
from myosotis.content.values import ONE_CLICK_KINDS
from myosotis.domain.words import Channel, Kind
from myosotis.links import Purpose, hash_token, token
from myosotis.store.queue.links import Hashes
from myosotis.store.sealing import derived_key
from myosotis.value_class import value_class


def purposes(kind: Kind, channel: Channel) -> tuple[Purpose, ...]:
    """For what a message has links at all; the first is the one that all of its texts carry."""
    if kind is Kind.STAFF:
        return (Purpose.STAFF,)
    if channel is not Channel.EMAIL:
        return (Purpose.OPEN,)
    one_click = (Purpose.UNSUBSCRIBE,) if kind in ONE_CLICK_KINDS else ()
    return (Purpose.OPEN, Purpose.READ, Purpose.IMAGE, *one_click)


@lru_cache(maxsize=8192)
def _token(key: bytes, uuid: UUID, purpose: Purpose) -> str:
    return token(key, uuid, purpose)


def hashes(uuid: UUID, kind: Kind, channel: Channel) -> Hashes:
    """What is written before it is handed over: open (of a mail to staff, its only link), read, unsubscribe, image."""
    key = derived_key("links")
    opens, read, unsubscribe, image = [
        None if purpose is None else hash_token(_token(key, uuid, purpose)) for purpose in _hashed(kind, channel)
    ]
    return opens, read, unsubscribe, image


@lru_cache(maxsize=64)
def _hashed(kind: Kind, channel: Channel) -> tuple[Purpose | None, ...]:
    """Of the link of which purpose each of a message's hashes is."""
    main, *more = purposes(kind, channel)
    beside = (Purpose.READ, Purpose.UNSUBSCRIBE, Purpose.IMAGE)
    return main, *(purpose if purpose in more else None for purpose in beside)


@value_class(kw_only=False)
class Linker:
    """Makes links with one key, under one address; asked for once for many messages, as looking up settings is slow."""

    key: bytes
    root: str

    def links(self, uuid: UUID, kind: Kind, channel: Channel, *, image: bool) -> Links:
        """The full addresses; `image` if the patient consented to it."""
        key, root = self.key, self.root
        if kind is Kind.STAFF:
            return Links(open=f"{root}/desk/welcome/{_token(key, uuid, Purpose.STAFF)}")
        if channel is not Channel.EMAIL:
            return Links(open=f"{root}/{_token(key, uuid, Purpose.OPEN)}")
        made = {purpose: _token(key, uuid, purpose) for purpose in purposes(kind, channel)}
        unsubscribe = made.get(Purpose.UNSUBSCRIBE)
        return Links(
            open=f"{root}/{made[Purpose.OPEN]}",
            read=f"{root}/r/{made[Purpose.READ]}",
            unsubscribe=f"{root}/u/{unsubscribe}" if unsubscribe else "",
            image=f"{root}/i/{made[Purpose.IMAGE]}.gif" if image else "",
        )


def linker() -> Linker:
    """With the installation's own key and address."""
    return Linker(derived_key("links"), settings.MYOSOTIS.public_url)


def links(uuid: UUID, kind: Kind, channel: Channel, *, image: bool) -> Links:
    """The full addresses of one message."""
    return linker().links(uuid, kind, channel, image=image)
