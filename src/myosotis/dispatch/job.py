"""A claimed message on its way through dispatch."""

from decimal import Decimal

from myosotis.channels.base import Subscription
from myosotis.content.context import MessageContext
from myosotis.domain.recheck import Hold, Stop
from myosotis.domain.values import Appointment
from myosotis.domain.words import SmsLetters
from myosotis.store.queue.claim import Claimed
from myosotis.value_class import value_class


@value_class(kw_only=False)
class Job:
    """A message that is ours, and since when (seconds of `time.monotonic`)."""

    message: Claimed
    claimed_at: float
    probe: bool = False
    """It tries out an account that had trouble."""


@value_class
class Ready:
    """It may be handed over: everything that was read for it in one go."""

    context: MessageContext
    address: str = ""
    """E.164 or an e-mail address; empty for push."""
    name: str = ""
    """The recipient's, for the To header."""
    subscriptions: tuple[Subscription, ...] = ()
    letters: SmsLetters = SmsLetters.STRIP_TO_SAVE
    sms_price: Decimal = Decimal(0)
    sender: str = ""
    sender_email: str = ""
    reply_to: str = ""
    told: Appointment | None = None
    """What it will have told."""
    has_fallback: bool = False
    """An SMS waits for what becomes of it."""


@value_class(kw_only=False)
class Broken:
    """Its facts cannot be made sense of: it fails alone. `error` is the kind of the trouble, never its text."""

    error: str


Checked = Ready | Stop | Hold | Broken
