"""Virtual time in the hand: an advance stops wherever something is due, and goes on only when everybody is idle.

So what comes of it never depends on the size of the step: a day at once is the same as 24 hours one by one.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from myosotis import clock
from myosotis.domain.words import MessageStatus
from myosotis.sandbox.peers.ledger import connect, due_reports, next_report
from myosotis.sandbox.place import Place
from myosotis.store.models import BreakerState, Message, ProviderAccount, QueueEntry, QueueHorizon
from myosotis.value_class import value_class

FARTHEST: Final = timedelta(days=366)
AHEAD: Final = (MessageStatus.WAITING, MessageStatus.PLANNED)


class ClockError(Exception):
    """Time cannot be set so; the text says why and what to do."""


@value_class
class Work:
    """What is still to be done at the present virtual instant."""

    due: int
    claimed: int
    reports: int

    @property
    def left(self) -> int:
        return self.due + self.claimed + self.reports


Settle = Callable[[Callable[[], Work]], None]
"""Returns when no work is left; raises ClockError when it does not get less."""


class Bench:
    """The clock of a sandbox and everything that acts by it."""

    def __init__(self, place: Place, settle: Settle) -> None:
        self._place = place
        self._settle = settle
        self.ledger = connect(place.ledger)

    def close(self) -> None:
        self.ledger.close()

    def now(self) -> datetime:
        return clock.now()

    def frozen(self) -> bool:
        kept = clock.read_virtual(self._place.clock_file)
        return kept is not None and kept.frozen

    def freeze(self) -> None:
        """Let virtual time stand still."""
        with self._alone():
            self._set(self.now(), frozen=True)

    def run(self) -> None:
        """Let virtual time run on, a second a second."""
        with self._alone():
            self._set(self.now(), frozen=False)

    def advance(self, to: datetime) -> None:
        """Go on to an instant (UTC), stopping at everything due on the way. Raises ClockError."""
        with self._alone():
            self._advance(to, frozen_after=self.frozen())

    def advance_by(self, step: timedelta) -> None:
        """Go on by a time. Raises ClockError."""
        with self._alone():
            self._advance(self.now() + step, frozen_after=self.frozen())

    def advance_to_next(self) -> datetime | None:
        """Go on until the next message is due; None (and no change) if nothing is ahead. Raises ClockError."""
        with self._alone():
            moment = self.next_message()
            if moment is not None:
                self._advance(moment, frozen_after=self.frozen())
            return moment

    def next_message(self) -> datetime | None:
        """When the next planned message is due (UTC)."""
        return _earliest((MessageStatus.PLANNED,), self.now())

    def _advance(self, to: datetime, *, frozen_after: bool) -> None:
        now = self.now()
        if to < now:
            raise ClockError(gettext("Time goes forward only: what was sent cannot be taken back."))
        if to - now > FARTHEST:
            raise ClockError(gettext("At most a year at once."))
        self._set(now, frozen=True)
        self._settle(self._work)
        while (stop := self._next_stop(to)) is not None:
            self._set(stop, frozen=True)
            self._settle(self._work)
        self._set(to, frozen=True)
        self._settle(self._work)
        if not frozen_after:
            self._set(to, frozen=False)

    def _set(self, moment: datetime, *, frozen: bool) -> None:
        clock.set_virtual(self._place.clock_file, moment, frozen=frozen)
        wake()

    def _next_stop(self, to: datetime) -> datetime | None:
        """The first instant after now, and not after `to`, at which something is due."""
        now = self.now()
        report = next_report(self.ledger)
        ahead = (
            _earliest(AHEAD, now),
            QueueEntry.objects.filter(expires_at__gt=now).aggregate(at=Min("expires_at"))["at"],
            _earliest_reopening(now),
            report if report is not None and report > now else None,
        )
        return min((moment for moment in ahead if moment is not None and moment <= to), default=None)

    def _work(self) -> Work:
        """Reports are counted first: one that is done has already changed the messages that are counted then."""
        now = self.now()
        reports = len(due_reports(self.ledger, now))
        return Work(
            reports=reports,
            claimed=QueueEntry.objects.filter(claimed_at__isnull=False).count(),
            due=_due(now),
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One hand on the clock at a time. Raises ClockError while another holds it."""
        with (self._place.directory / "clock.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ClockError(gettext("The clock is being moved already; try again when that is done.")) from None
            yield


def _earliest(statuses: tuple[MessageStatus, ...], after: datetime) -> datetime | None:
    """When the first such message is due; or, having no due time, expires."""
    ahead = Message.objects.annotate(ahead=Coalesce("due_at", "expires_at")).filter(status__in=statuses)
    return ahead.filter(ahead__gt=after).order_by("ahead").values_list("ahead", flat=True).first()


def _due(now: datetime) -> int:
    """Messages that a dispatcher would deal with now; those behind an open breaker wait for its reopening.

    Until the queue reaches beyond now it is not known how many: then it is one at least.
    """
    if not QueueHorizon.objects.filter(fed_until__gt=now).exists():
        return int(Message.objects.filter(status__in=AHEAD).exists())
    own = set(ProviderAccount.objects.values_list("practice_id", "channel"))
    closed = set(BreakerState.objects.filter(open_until__gt=now).values_list("account", flat=True))
    expired = QueueEntry.objects.filter(expires_at__lte=now).count()
    waiting = QueueEntry.objects.filter(status=MessageStatus.PLANNED, due_at__lte=now).exclude(expires_at__lte=now)
    if not closed:
        return expired + waiting.count()
    accounts = (
        f"{practice_id if (practice_id, channel) in own else '*'}:{channel}"
        for practice_id, channel in waiting.values_list("practice_id", "channel")
    )
    return expired + sum(account not in closed for account in accounts)


def _earliest_reopening(now: datetime) -> datetime | None:
    """When a breaker lets a message through again, if messages wait behind it."""
    if not QueueEntry.objects.filter(status=MessageStatus.PLANNED, due_at__lte=now).exists():
        return None
    moment: datetime | None = BreakerState.objects.filter(open_until__gt=now).aggregate(at=Min("open_until"))["at"]
    return moment


def wake() -> None:
    """Tell dispatchers that time jumped: they look at the database when it changes, not at the clock."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            (version,) = cursor.execute("PRAGMA user_version").fetchone()
            cursor.execute(f"PRAGMA user_version = {(version + 1) % 2**31}")
        else:
            cursor.execute("NOTIFY myosotis_planned")
