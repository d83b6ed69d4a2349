"""The last look at a lot, just before it is handed over: its facts are read, what may go is put into words, and noted.

Words are found here, for the whole lot at once: between one hand-over and the next they would take longer,
because neither the text's machinery nor the facts are in the processor's cache any more.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from myosotis.dispatch import checker, renderer, tokens
from myosotis.dispatch.job import Broken, Checked, Ready
from myosotis.dispatch.renderer import Letter
from myosotis.domain.recheck import Hold, Stop
from myosotis.store.queue import hand_over
from myosotis.store.queue.claim import Claimed
from myosotis.store.queue.claims import Held
from myosotis.store.queue.hand_over import Note
from myosotis.value_class import value_class

FRESH_SECONDS: Final = 1.0
"""What was read longer ago than this is read again before anything is handed over (docs/rules.md 3)."""
QUICK: Final = FRESH_SECONDS / 8
SLOW: Final = FRESH_SECONDS / 2
TOO_SLOW: Final = FRESH_SECONDS * 3 / 4
FEW: Final = 32
"""A database that takes its time for each answer, however short, is not quicker for fewer than these."""
LANES: Final = 2


Found = Letter | Stop | Hold | Broken
"""What becomes of a message."""


@value_class
class Look:
    """What was seen. Times in seconds of `time.monotonic`."""

    found: Mapping[int, Found]
    """By message id."""
    note: Note | None
    lost: Collection[Held]
    """Another has these now, or this dispatcher by another claim: they do not go, and nothing is said of them."""
    read_at: float
    """When reading began: what was committed before is seen."""
    took: float

    @property
    def good_until(self) -> float:
        return self.read_at + FRESH_SECONDS


def take(messages: Sequence[Claimed], now: datetime, worker: str, default_sender: str = "") -> Look:
    """Look at a lot at `now` (UTC), in the thread of the database: the time spent waiting for it makes no facts old.

    What another dispatcher took for left behind meanwhile is lost to us.
    `default_sender`: the e-mail address that the account sends from where a practice has none of its own.
    """
    read_at = time.monotonic()
    checked = checker.check(messages, now)
    found = {
        message.id: _found(message, checked[message.id], now, default_sender, read_at + FRESH_SECONDS)
        for message in messages
    }
    going = [message for message in messages if isinstance(found[message.id], Letter)]
    is_fresh = time.monotonic() - read_at < FRESH_SECONDS
    note = hand_over.note(going, worker=worker, hashes=tokens.hashes) if is_fresh else None
    lost = hand_over.lost(going) if note is not None else frozenset()
    if note is not None and len(lost) == len(going):
        hand_over.forget([note])  # nothing of it will be recorded
        note = None
    return Look(found=found, note=note, lost=lost, read_at=read_at, took=time.monotonic() - read_at)


def _found(message: Claimed, checked: Checked, now: datetime, default_sender: str, good_until: float) -> Found:
    """What may go, in words; if those cannot be found it fails alone."""
    if not isinstance(checked, Ready):
        return checked
    try:
        return renderer.write(message, checked, now, default_sender=default_sender, good_until=good_until)
    except Exception as error:  # noqa: BLE001 - whatever a damaged row brings up must not stop the others
        return checker.broken(message, error)


class LotSize:
    """How many to look at together: fewer while the database is slow, so that some go before their facts are old."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.now = most

    @property
    def at_once(self) -> int:
        """How many lots of one account to look at together: of a slow database one, of which something is to be learnt."""
        return LANES if self.now == self._most else 1

    def learn(self, messages: int, took: float) -> None:
        """Take notice that looking at so many took so many seconds."""
        if took > SLOW:
            least = 1 if took > TOO_SLOW else min(self.now, FEW)
            self.now = max(least, min(self.now, messages) // 2)
        else:
            more = self.now if took < QUICK else self.now // 4 + 1
            self.now = min(self._most, self.now + more)
