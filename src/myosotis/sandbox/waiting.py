"""Waiting until dispatchers and peers, in processes of their own, have nothing left to do."""

import time
from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext

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
        text = gettext("A dispatcher took %(count)d messages and does not go on. Is it running?")
    elif work.due:
        text = gettext("%(count)d messages are due and no dispatcher takes them. Start one: myosotis dispatcher")
    else:
        text = gettext("%(count)d reports of the sandbox are due and nobody sends them. Is it running?")
    return text % {"count": work.claimed or work.due or work.reports}
