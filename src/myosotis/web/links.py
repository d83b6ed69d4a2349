"""From a link in a message to the message: by the hash of its token, one purpose at a time (docs/rules.md 5)."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from myosotis.domain.words import Kind
from myosotis.links import Purpose, hash_token, looks_like_token, token
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Message
from myosotis.store.sealing import derived_key

COLUMNS: Final = {
    Purpose.OPEN: "open_hash",
    Purpose.READ: "read_hash",
    Purpose.UNSUBSCRIBE: "unsubscribe_hash",
    Purpose.IMAGE: "image_hash",
    Purpose.STAFF: "open_hash",
}
PREFIXES: Final = {
    Purpose.OPEN: "",
    Purpose.READ: "r/",
    Purpose.UNSUBSCRIBE: "u/",
    Purpose.IMAGE: "i/",
    Purpose.STAFF: "desk/welcome/",
}

SHOWN: Final = ("links", "practice", "patient", "visit__service", "visit__calendar__doctor", "visit__calendar__address")


@contextmanager
def followed(token: str, purpose: Purpose) -> Iterator[Message | None]:
    """The message with this link, if there is one, and the rows of its practice in reach."""
    message = message_of(token, purpose)
    with nullcontext() if message is None else scope.of_practice(message.practice_id):
        yield message


def message_of(token: str, purpose: Purpose) -> Message | None:
    """The message with this link, with all that its page shows.

    None for a token that never was, whose message is gone, or whose patient was erased. Messages that concern no
    patient (a test to oneself) have links too.
    """
    rows = _with_link(token, purpose)
    with scope.across(Why.LINK):
        practice_id = rows.values_list("practice_id", flat=True).first()
    if practice_id is None:
        return None
    with scope.of_practice(practice_id):
        message = rows.select_related(*SHOWN).first()
    erased = message is not None and message.patient is not None and message.patient.erased_at is not None
    return None if erased else message


def _with_link(token: str, purpose: Purpose) -> "QuerySet[Message]":
    if not looks_like_token(token):
        return Message.objects.none()
    of_staff = Q(kind=Kind.STAFF)
    rows = Message.objects.filter(of_staff if purpose is Purpose.STAFF else ~of_staff)
    return rows.filter(**{f"links__{COLUMNS[purpose]}": hash_token(token)})


def path_of(message: Message, purpose: Purpose) -> str:
    """Where the link of a message leads on this server; empty if the message has none of this purpose."""
    links = getattr(message, "links", None)  # none: it was never claimed
    if getattr(links, COLUMNS[purpose], None) is None:
        return ""
    return f"/{PREFIXES[purpose]}{token(derived_key('links'), message.uuid, purpose)}"


def hash_of_staff_link(uuid: UUID) -> bytes:
    """What the database keeps of the link of a mail to staff that is handed over instead of sent."""
    return hash_token(token(derived_key("links"), uuid, Purpose.STAFF))
