"""What goes first when more is due than can be sent at once (docs/rules.md 7.3)."""

from typing import Final

from myosotis.domain.words import Kind

AT_ONCE: Final = 0
"""Somebody waits for it, or acts on what is no longer true."""
SOON: Final = 1
ANY_TIME: Final = 2

URGENCY: Final = {Kind.REMINDER: SOON, Kind.REVIEW: ANY_TIME, Kind.REBOOK: ANY_TIME}


def urgency(kind: Kind) -> int:
    """The smaller, the sooner: news and answers, then reminders, then invitations."""
    return URGENCY.get(kind, AT_ONCE)
