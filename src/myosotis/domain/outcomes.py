"""What became of handing a message to a provider: a value, matched exhaustively (docs/rules.md 7.4)."""

from enum import StrEnum

from myosotis.domain.words import Reason
from myosotis.value_class import value_class


class Trouble(StrEnum):
    """Whom a passing trouble concerns; the circuit breaker of an account asks (`channels.breaker`)."""

    MESSAGE = "message"
    """This message only: greylisting, a full mailbox, one push service of many."""
    PROVIDER = "provider"
    """The provider or the way to it: connection refused, busy, internal error."""
    ACCOUNT = "account"
    """Our account: login refused, no credit, address not allowed. Every message would meet the same; staff must act."""


@value_class
class Accepted:
    """The provider took it over."""

    provider_id: str = ""
    parts: int | None = None
    """SMS parts as the provider counts them."""
    price: str | None = None
    """As the provider says it (its own unit), a decimal number."""


@value_class
class Deferred:
    """Surely not taken, but worth trying again (busy, limit reached, 4xx at SMTP, connection refused)."""

    detail: str = ""
    """For staff and logs; never contains an address or text."""
    retry_after: float | None = None
    """Seconds, if the provider said so."""
    trouble: Trouble = Trouble.PROVIDER


@value_class
class Refused:
    """Surely not taken, and never will be."""

    reason: Reason = Reason.PROVIDER_REFUSED
    detail: str = ""
    address_dead: bool = False
    """The address itself is refused: mark it, remove the subscription, use the next channel."""


@value_class
class Unclear:
    """Sent, no answer: it may have been taken. Repeated only where the provider refuses repeats by our key."""

    detail: str = ""


Outcome = Accepted | Deferred | Refused | Unclear
