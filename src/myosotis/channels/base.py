"""What a provider is: it takes an `Outgoing` and answers with an outcome; its own words stop at its folder.

What is a patient's (addresses, names, texts) is left out of every `repr`, so that no log and no traceback shows it.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from myosotis.domain.outcomes import Outcome
from myosotis.domain.words import Channel
from myosotis.value_class import value_class


@value_class
class SmsContent:
    text: str = field(repr=False)


Pieces = tuple[str, ...]
"""A text, cut so that what all messages of a kind say comes as the same pieces each time: they need to be encoded only once."""


@value_class
class EmailContent:
    subject: str = field(repr=False)
    text_pieces: Pieces = field(repr=False)
    html_pieces: Pieces = field(default=(), repr=False)
    calendar: bytes = field(default=b"", repr=False)
    """The .ics, or nothing."""
    calendar_method: str = ""
    """REQUEST, CANCEL or PUBLISH: the same word as in the file (RFC 6047)."""
    unsubscribe_url: str = field(default="", repr=False)
    """One-click address (RFC 8058); empty on messages about a visit."""

    @property
    def text(self) -> str:
        return "".join(self.text_pieces)

    @property
    def html(self) -> str:
        return "".join(self.html_pieces)


@value_class
class PushContent:
    payload: bytes = field(repr=False)
    """JSON for the service worker, neutral on a locked screen."""
    topic: str
    """At most 32 base64url characters; a waiting message of the same topic is replaced (RFC 8030)."""
    urgency: str = "normal"


Content = SmsContent | EmailContent | PushContent


@value_class
class Subscription:
    """One push subscription of an installation (RFC 8030, 8291)."""

    id: int
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


@value_class
class Outgoing:
    """One message on its way, with everything a provider needs."""

    message_id: int
    key: str
    """Random and the same at every try: the provider's `idx`, the Message-ID's left part."""
    address: str = field(default="", repr=False)
    """E.164 for SMS, an address for e-mail; empty for push."""
    name: str = field(default="", repr=False)
    """The recipient's name, for the To header."""
    subscription: Subscription | None = None
    sender: str = ""
    """The practice's sender: SMS sender name or number; for e-mail the display name."""
    sender_email: str = ""
    reply_to: str = ""
    content: Content
    expires_at: datetime
    """UTC; a provider that can forget a message after a time is told this."""
    now: datetime
    """UTC, as the product's clock says; validity periods are counted from it."""
    good_until: float = math.inf
    """In seconds of `time.monotonic`: what was read of the patient and the visit is too old after that."""

    @property
    def too_late(self) -> bool:
        return time.monotonic() > self.good_until


class TooLateError(Exception):
    """Not handed over: what is known of it grew too old while it waited, for a connection as a rule. Nothing left."""


class Ability(StrEnum):
    """What a provider can do; the matrix in the docs is generated from it."""

    REFUSES_REPEATS = "refuses_repeats"
    """A second hand-over with the same key is refused or replaces the first: a retry is safe."""
    REPEAT_ONCE = "repeat_once"
    """After `Unclear` one repeat is allowed: it carries the same Message-ID, by which mail programs know it."""
    DELIVERY_REPORTS = "delivery_reports"
    """Reports what became of each message."""
    FAILURE_REPORTS = "failure_reports"
    """Reports failures only (bounces); silence says nothing."""
    INCOMING = "incoming"
    """Takes answers of patients."""
    PRICE = "price"
    """Says what a message cost."""
    PARTS = "parts"
    """Says in how many parts a message went."""
    EXPIRY = "expiry"
    """Forgets a message that it could not deliver in time."""


class Provider(Protocol):
    """One connection to one account of a provider. Used by one event loop; `send` is called concurrently."""

    name: str
    channel: Channel
    abilities: frozenset[Ability]

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one message over. Raises nothing for anything that a provider or a network can do.

        Raises TooLateError if `outgoing.too_late` once there is a connection, which is kept for the next one.
        """
        ...

    async def check(self) -> "Check":
        """Try the connection and the account without sending anything to a patient."""
        ...

    async def close(self) -> None: ...


class Finding(StrEnum):
    """What "check connection" found, for pages to put into words."""

    WORKS = "works"
    UNREACHABLE = "unreachable"
    NOT_TRUSTED = "not_trusted"
    """TLS: no encryption offered, or a certificate that is not trusted."""
    LOGIN_REFUSED = "login_refused"
    NO_CREDIT = "no_credit"
    MISCONFIGURED = "misconfigured"
    ANSWER_NOT_UNDERSTOOD = "answer_not_understood"


@value_class
class Check:
    ok: bool
    detail: str
    """What was found, and what to do about it; no secrets."""
    finding: Finding
    credit: str = ""
    """What is left on the account, in the provider's own unit, if it says so."""


class ReceiptEvent(StrEnum):
    """What a provider reports later, in our words."""

    DELIVERED = "delivered"
    FAILED = "failed"
    ADDRESS_DEAD = "address_dead"
    """Failed, and the address will never work (hard bounce, number not in service)."""
    STOPPED = "stopped"
    """The recipient opted out at the provider."""


@value_class
class Receipt:
    """One report about one message. Found by our `key` where the provider returns it, else by `provider_id`."""

    event: ReceiptEvent
    key: str = ""
    provider_id: str = ""
    detail: str = ""
    """The provider's own status word or code, for the timeline."""
    parts: int | None = None
    price: str | None = None


@value_class
class IncomingSms:
    """A text that a patient sent. Never logged."""

    sender: str = field(repr=False)
    """E.164."""
    to: str
    text: str = field(repr=False)
    provider_id: str = ""


Settings = Mapping[str, str]
"""Settings of a provider account, secrets included, as plain strings; each provider's `Config` checks them."""
