"""Messages that belong to no visit: answers to incoming SMS, and tests; what no flow writes yet fails as unrenderable."""

from collections.abc import Sequence
from datetime import datetime

from myosotis.dispatch.job import Broken, Checked
from myosotis.store.queue.claim import Claimed


def check(messages: Sequence[Claimed], now: datetime) -> dict[int, Checked]:
    """What may become of each message, by its id."""
    return {message.id: Broken("no_subject") for message in messages}
