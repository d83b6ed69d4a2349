"""Waiting until dispatchers and peers, in processes of their own, have nothing left to do."""

import time
from collections.abc import Callable
from typing import Final

from myosotis.sandbox.time import ClockError, Work

LOOK_SECONDS: Final = 0.01
PATIENCE_SECONDS: Final = 60.0
"""Longer than a provider's time-out in the sandbox: a peer that never answers is no reason to give up."""


def wait_for_others(work: Callable[[], Work], *, patience: float = PATIENCE_SECONDS) -> None:
    """Return when no work is left. Raises ClockError when nothing got done for `patience` (real seconds)."""
    last, since = None, time.monotonic()
    while (present := work()).left:
        if present != last:
            last, since = present, time.monotonic()
        elif time.monotonic() - since > patience:
            raise ClockError(_stuck(present))
        time.sleep(LOOK_SECONDS)


def _stuck(work: Work) -> str:
    if work.claimed:
        return (
            f"{work.claimed} messages are claimed by a dispatcher that does not go on; "
            "run the clock (`myosotis clock run`) so that they are rescued, or start a dispatcher"
        )
    if work.due:
        return f"{work.due} messages are due and nobody takes them: is `myosotis dispatcher` running?"
    return f"{work.reports} reports of the sandbox are due and nobody sends them: is `myosotis sandbox` running?"
