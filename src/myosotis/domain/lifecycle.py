"""The life of a message: one table of transitions, one function (docs/rules.md 7).

What the table does not name changes nothing: a late or repeated event, a report about a message that has ended.
"Delivered" and "failed" may overtake our own record of "accepted". Taking back a message that never left
(REVIVABLE) is no event of its life but a new plan: `domain.difference`.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from myosotis.domain.values import ExistingMessage
from myosotis.domain.words import MessageStatus as Status
from myosotis.domain.words import Reason


class Event(StrEnum):
    """What happens to a message."""

    RELEASED = "released"
    """A waiting fallback was given its due time."""
    CLAIMED = "claimed"
    PUT_BACK = "put_back"
    """Surely not taken by the provider (or repeating it is harmless): due again."""
    ACCEPTED = "accepted"
    UNANSWERED = "unanswered"
    """Handed over, no answer came."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Refused by the provider, or reported as failed later."""
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    EXPIRED = "expired"


_WITHDRAWN: Final = {
    Event.CANCELLED: Status.CANCELLED,
    Event.SKIPPED: Status.SKIPPED,
    Event.EXPIRED: Status.EXPIRED,
}
_REPORTED: Final = {Event.DELIVERED: Status.DELIVERED, Event.FAILED: Status.FAILED}

TRANSITIONS: Final[Mapping[Status, Mapping[Event, Status]]] = MappingProxyType(
    {
        Status.WAITING: {Event.RELEASED: Status.PLANNED, **_WITHDRAWN},
        # A worker thought dead may still record what it did with a message that was put back meanwhile.
        Status.PLANNED: {
            Event.CLAIMED: Status.CLAIMED,
            Event.ACCEPTED: Status.SENT,
            Event.UNANSWERED: Status.UNCLEAR,
            **_REPORTED,
            **_WITHDRAWN,
        },
        Status.CLAIMED: {
            Event.PUT_BACK: Status.PLANNED,
            Event.ACCEPTED: Status.SENT,
            Event.UNANSWERED: Status.UNCLEAR,
            **_REPORTED,
            **_WITHDRAWN,
        },
        Status.SENT: {**_REPORTED},
        Status.UNCLEAR: {Event.ACCEPTED: Status.SENT, **_REPORTED},
        Status.DELIVERED: {},
        Status.FAILED: {},
        Status.CANCELLED: {},
        Status.SKIPPED: {},
        Status.EXPIRED: {},
    }
)

FINAL: Final = frozenset(status for status, exits in TRANSITIONS.items() if not exits)
"""Where a message's life has ended."""
PENDING: Final = frozenset({Status.WAITING, Status.PLANNED})
"""Ahead of us: may be changed or cancelled by the next plan."""
LEFT: Final = frozenset({Status.CLAIMED, Status.SENT, Status.DELIVERED, Status.UNCLEAR})
"""It reached the patient, may have done so, or is being handed over at this moment."""
ACCEPTED: Final = frozenset({Status.SENT, Status.DELIVERED})
"""A provider took it, and did not report it as failed later."""
REVIVABLE: Final = frozenset({Status.CANCELLED, Status.SKIPPED})
"""Withdrawn; unless it was ever handed over, the next plan may want it after all."""

WHY_THEN: Final = frozenset(
    {
        Reason.HELD_FOR_WINDOW,
        Reason.BROUGHT_FORWARD_FOR_WINDOW,
        Reason.OUTSIDE_WINDOW,
        Reason.FIRST_WAVE_UNREAD,
        Reason.FIRST_WAVE_FAILED,
    }
)
"""Why a message goes at its time and no other. Still asked about, and still true, once it has gone."""


def reason_kept(reason: str, status: Status) -> str:
    """What remains of a message's reason at a status that brings none of its own; empty: nothing."""
    return reason if status in ACCEPTED and reason in WHY_THEN else ""


def may_be_revived(message: ExistingMessage) -> bool:
    """Whether a message was withdrawn and for certain never handed over: tries that the provider put off are none."""
    return message.status in REVIVABLE and message.sent_at is None


def after(status: Status, event: Event) -> Status:
    """The status of a message after an event; the same status if the event changes nothing."""
    return TRANSITIONS[status].get(event, status)


def changes(status: Status, event: Event) -> bool:
    """Whether an event changes a message of this status at all."""
    return event in TRANSITIONS[status]
