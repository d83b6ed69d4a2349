"""Whose turn it is to do what all dispatchers share, and what the last turn came to."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from myosotis.store.models import Upkeep


def take(name: str, every: timedelta, now: datetime) -> bool:
    """Whether this turn is ours: the last began at least `every` before `now` (UTC), and nobody else took it meanwhile.

    Whoever dies over it leaves the rest to the next turn.
    """
    _, made = Upkeep.objects.get_or_create(name=name, defaults={"begun_at": now})
    return made or bool(Upkeep.objects.filter(name=name, begun_at__lte=now - every).update(begun_at=now))


def ended(name: str, counts: Mapping[str, int], now: datetime) -> None:
    """Note that a turn came to its end, and how many rows of what it removed."""
    Upkeep.objects.filter(name=name).update(ended_at=now, counts=dict(counts))
