"""How much one practice may send by an account that practices share, whatever else it has due (docs/adr/0078).

What it has beyond that is not claimed: it waits in the queue, and in nobody's memory.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.conf import settings

from myosotis.dispatch.accounts import AccountSettings
from myosotis.domain.words import Channel
from myosotis.store import rations
from myosotis.store.queue.claim import Account, Claimed

AT_ONCE_SECONDS: Final = 1.0
"""So much of its rate a practice may use in one claim, at least one message."""
LONGEST_SECONDS: Final = 600.0
"""Nobody waits longer, whatever the table says."""

_Practice = tuple[Channel, int]


def used_up(real: datetime) -> Mapping[Account, float]:
    """Practices that have sent what they may for now, each as if it had an account of its own; for how many more seconds.

    `real`: the real instant (UTC), the same for all dispatchers.
    """
    if settings.MYOSOTIS.practice_per_second is None:
        return {}
    return {_account(key): seconds for key, seconds in rations.ahead("*:%:%", LONGEST_SECONDS, real).items()}


def beyond(
    messages: Sequence[Claimed], accounts: Mapping[int, AccountSettings | None], real: datetime
) -> list[Claimed]:
    """Of what was claimed, the messages that their practices may not send yet; the others are counted. `real` as above."""
    per_second = settings.MYOSOTIS.practice_per_second
    if per_second is None:
        return []
    most = max(int(per_second * AT_ONCE_SECONDS), 1)
    counts: Counter[_Practice] = Counter()
    back = []
    for message in messages:
        by = accounts[message.id]
        if by is None or by.account.practice_id is not None:
            continue
        practice = (message.channel, message.practice_id)
        if counts[practice] == most:
            back.append(message)
        else:
            counts[practice] += 1
    if counts:
        rations.take_each({_key(*practice): count / per_second for practice, count in counts.items()}, real)
    return back


def _key(channel: Channel, practice_id: int) -> str:
    return f"{Account(channel, None).key}:{practice_id}"


def _account(key: str) -> Account:
    _, channel, practice_id = key.split(":")
    return Account(Channel(channel), int(practice_id))
