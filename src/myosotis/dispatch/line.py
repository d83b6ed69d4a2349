"""The messages of one account, in the order in which they are due, and how the account is reached."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from myosotis import clock
from myosotis.channels.base import Ability, Check, Finding, Outgoing, Provider
from myosotis.channels.breaker import Breaker
from myosotis.channels.limits import Limit
from myosotis.channels.registry import ConfigError, open_limit, open_provider
from myosotis.dispatch.accounts import AccountSettings
from myosotis.dispatch.flight import Flight
from myosotis.dispatch.job import Job
from myosotis.dispatch.ration import Ration
from myosotis.dispatch.renderer import Letter
from myosotis.domain.outcomes import Deferred, Outcome, Trouble
from myosotis.store.queue.hand_over import Note

log = structlog.get_logger(__name__)

AHEAD_SECONDS = 5.0
"""An account is given no more than it can send in that long, so that a slow one does not keep others from being claimed."""


class Unusable:
    """Stands in for an account whose settings cannot be used: nothing leaves, and its breaker opens until staff act."""

    abilities: frozenset[Ability] = frozenset()

    def __init__(self, settings: AccountSettings) -> None:
        self.name = settings.provider
        self.channel = settings.account.channel

    async def send(self, outgoing: Outgoing) -> Outcome:
        del outgoing
        return Deferred(detail="the settings of the account cannot be used", trouble=Trouble.ACCOUNT)

    async def check(self) -> Check:
        return Check(ok=False, finding=Finding.MISCONFIGURED, detail="the settings of the account cannot be used")

    async def close(self) -> None:
        """Nothing was opened."""


@dataclass(kw_only=True, slots=True, eq=False)
class Lot:
    """Messages whose facts were read together."""

    good_until: float
    """Seconds of `time.monotonic`."""
    note: Note | None
    left: int
    """So many of those that may go have not gone yet."""


class Going(NamedTuple):
    """A message that may go while the facts of its lot are good."""

    job: Job
    letter: Letter
    lot: Lot


class Line:
    """One account in this process: claimed messages queue, those whose facts are read are ready, some are under way."""

    def __init__(self, settings: AccountSettings) -> None:
        self.settings = settings
        self.account = settings.account
        self.provider, self.limit = _opened(settings)
        self.ration = Ration(self.limit.per_second)
        self.flight = Flight(self.limit.in_flight)
        self.abilities = self.provider.abilities
        self.default_sender = settings.settings.get("from_address", "")
        self.breaker = Breaker()
        self.troubled = False
        """The database knows of trouble: then good news counts too."""
        self.queue: deque[Job] = deque()
        self.ready: deque[Going] = deque()
        self.under_way = 0
        """Taken from the queue and not yet with the recorder."""
        self.reading = 0
        """Of these, so many whose facts are being read."""
        self.lanes = 0
        """Lots being read."""
        self.hands = 0
        """Coroutines that hand messages over, each one at a time."""
        self.backlog = False
        """More is due than it can send soon: it is claimed for by its share only."""

    @property
    def quota(self) -> int:
        return max(int(self.limit.per_second * AHEAD_SECONDS), 2)

    @property
    def load(self) -> int:
        return len(self.queue) + self.under_way

    @property
    def ahead(self) -> int:
        """Claimed, and not on the way to the provider."""
        return self.load - self.hands

    @property
    def room(self) -> int:
        return self.quota - self.load

    @property
    def share(self) -> int:
        """How many to claim for it next: nothing before half of its quota is free, so that claims are not many and small."""
        return self.room if self.room >= self.quota / 2 else 0

    def put(self, jobs: Iterable[Job]) -> None:
        self.queue.extend(jobs)

    def put_first(self, jobs: Iterable[Job]) -> None:
        self.queue.extendleft(reversed(list(jobs)))

    def wants_lot(self, most: int) -> bool:
        """Whether facts should be read now: early enough that none waits for them, late enough that they stay fresh."""
        enough = min(most, self.ration.portion)
        return bool(self.queue) and len(self.ready) + self.reading <= enough

    def take(self, most: int) -> list[Job]:
        """A lot that can go out while its facts are fresh."""
        return [self.queue.popleft() for _ in range(min(most, self.ration.portion, len(self.queue)))]


def _opened(settings: AccountSettings) -> tuple[Provider, Limit]:
    """The provider and its limits."""
    try:
        given = settings.settings
        return open_provider(settings.provider, given, wall=clock.wall), open_limit(settings.provider, given)
    except ConfigError as error:
        log.error("account_unusable", account=settings.account.key, provider=settings.provider, problems=str(error))
    except Exception as error:  # noqa: BLE001 - whatever an account brings up must not stop those of others
        log.error(
            "account_unusable", account=settings.account.key, provider=settings.provider, error=type(error).__name__
        )
    return Unusable(settings), Limit(per_second=1, in_flight=1)
