"""What really happened in a simulation, noted where it happened and not where the product wrote it down."""

from datetime import datetime

from myosotis.domain.words import Channel
from myosotis.value_class import value_class


@value_class
class Received:
    """One message as a provider took it. Of its text only the times of day that stand in it are kept."""

    channel: Channel
    message_id: int
    key: str
    address: str
    """E.164, an e-mail address, or the endpoint of a push subscription."""
    at: datetime
    """Virtual, UTC."""
    times: tuple[str, ...] = ()
    """`9:30`, as the text says it, without a leading zero."""


@value_class
class Noted:
    """What somebody really did or told, for who checks what followed."""

    at: datetime
    what: str
    """The deed, or `dies`."""
    practice_id: int
    patient_id: int | None
    message_id: int | None = None
    kind: str = ""
