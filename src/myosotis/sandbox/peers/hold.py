"""Waiting, in real time: for a slow peer, and for one that never answers."""

import asyncio
from typing import Final

from myosotis.sandbox.peers.faults import SLOW_SECONDS, Fault

LONGEST_SECONDS: Final = 900.0
"""Longer than any client waits."""


async def slowed(faults: frozenset[Fault]) -> None:
    if Fault.SLOW in faults:
        await asyncio.sleep(SLOW_SECONDS)


async def hold() -> None:
    """Never answer: the caller hangs up first, which cancels this."""
    await asyncio.sleep(LONGEST_SECONDS)
