"""Handing over: concurrently, within the limits of each account, with no connection and no transaction held.

Facts are read for a whole lot; what may go then stands ready, and as many coroutines as the account can use ("hands") each
hand over one message after the other, until nothing is ready any more. A task or a timer for each message would cost more
than handing it over.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog
from django.db import Error as DatabaseTrouble

from myosotis.channels.base import Outgoing, TooLateError
from myosotis.channels.breaker import State, after, state
from myosotis.dispatch import last_look, outcomes
from myosotis.dispatch.clocks import Clocks, ClocksApartError
from myosotis.dispatch.database import Database
from myosotis.dispatch.job import Broken, Job
from myosotis.dispatch.last_look import Found, Look, LotSize
from myosotis.dispatch.line import Going, Line, Lot
from myosotis.dispatch.patience import Patience
from myosotis.dispatch.places import Places
from myosotis.dispatch.recorder import Recorder
from myosotis.dispatch.renderer import Letter
from myosotis.domain.outcomes import Deferred, Outcome, Trouble, Unclear
from myosotis.domain.words import Channel
from myosotis.metrics import sending
from myosotis.store import rations

SHORTEST_PAUSE: Final = 0.001
"""Seconds; the event loop's timers are no finer."""

NOT_REACHED: Final = Deferred(detail="no connection in time", trouble=Trouble.MESSAGE)

log = structlog.get_logger(__name__)


class Sender:
    """Takes claimed messages and sees them through to the recorder."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        clocks: Clocks,
        *,
        now: Callable[[], datetime],
        in_flight: int,
        lot: int,
        lease: float,
        worker: str,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._clocks = clocks
        self._now = now
        self._worker = worker
        self._places = Places(in_flight)
        self._lot = LotSize(lot)
        self._hold = lease / 2
        """Seconds after the claim beyond which nothing is handed over any more: another may soon take it for lost."""
        self._patience = Patience(self._hold)
        self._tasks: set[asyncio.Task[None]] = set()
        self._paused: dict[Line, asyncio.TimerHandle] = {}
        """Lines that may begin nothing before a moment."""
        self._moved_on = asyncio.Event()
        self._cut_short = asyncio.Event()
        self.stopping = False

    @property
    def busy(self) -> bool:
        return bool(self._tasks or self._paused)

    async def finished(self) -> None:
        """Until nothing is under way any more; if we are stopping, without the pauses that limits ask for."""
        while self.busy:
            if self.stopping:
                self._cut_short.set()
                for line in list(self._paused):
                    self._go_on(line)
            self._moved_on.clear()
            await self._moved_on.wait()

    def take(self, line: Line, jobs: Sequence[Job]) -> None:
        """Put claimed messages into an account's line and see that it moves."""
        line.put(jobs)
        self._read_ahead(line)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._moved_on.set()

    def _read_ahead(self, line: Line) -> None:
        while line.lanes < self._lot.at_once and line.wants_lot(self._lot.now):
            jobs = line.take(self._lot.now)
            line.lanes += 1
            line.reading += len(jobs)
            line.under_way += len(jobs)
            self._begin(self._prepare(line, jobs))

    async def _prepare(self, line: Line, jobs: list[Job]) -> None:
        """Read the facts of a lot, and put what may go to the others that are ready."""
        going: list[Going] = []
        try:
            going = await self._look_at(line, jobs)
        except Exception as error:  # noqa: BLE001 - they stay claimed, and the rescuer knows what was handed over
            log.error("lot_broken", error=type(error).__name__, messages=[job.message.id for job in jobs])
        line.lanes -= 1
        line.reading -= len(jobs)
        line.under_way -= len(jobs) - len(going)
        line.ready.extend(going)
        self._hire(line)
        self._read_ahead(line)
        if not going:
            self._recorder.written.set()  # there is room again, although nothing came of it

    async def _look_at(self, line: Line, jobs: list[Job]) -> list[Going]:
        """What may go; the rest is settled, or given back."""
        try:
            if not await self._has_turn(line, jobs):
                self._recorder.release(jobs)
                return []
            now = self._now()
            await self._clocks.ensure()
            look = await self._database(
                last_look.take, [job.message for job in jobs], now, self._worker, line.default_sender
            )
        except (DatabaseTrouble, ClocksApartError) as error:
            log.warning("facts_not_read", error=type(error).__name__, messages=len(jobs))
            self._recorder.release(jobs)
            return []
        self._lot.learn(len(jobs), look.took)
        if look.took > last_look.SLOW:
            log.warning("facts_slow", seconds=round(look.took, 2), messages=len(jobs))
        self._settle(jobs, look.found, now)
        return _going(jobs, look)

    def _may_go(self, line: Line, job: Job, at: float) -> bool:
        """Whether we go on at all, the claim is young enough, and the account takes it now."""
        if self.stopping or at - job.claimed_at > self._hold:
            return False
        if line.breaker.open_until is None:  # the clock is read only where it matters
            return True
        return job.probe or state(line.breaker, self._now()) is State.CLOSED

    def _may_all_go(self, line: Line, jobs: Sequence[Job]) -> bool:
        at = time.monotonic()
        return all(self._may_go(line, job, at) for job in jobs)

    async def _has_turn(self, line: Line, jobs: Sequence[Job]) -> bool:
        """Whether they may go, once it is our turn to send with the account."""
        if not self._may_all_go(line, jobs):
            return False
        more = line.ration.use(len(jobs), time.monotonic())
        if not more:
            return True
        wait = await self._database(rations.take, line.account.key, line.ration.seconds(more), self._clocks.real)
        line.ration.taken(more, time.monotonic() + wait)
        if wait < SHORTEST_PAUSE:
            return True
        await self._rest(wait)
        return self._may_all_go(line, jobs)

    async def _rest(self, seconds: float) -> None:
        """So long; less if we are to stop meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._cut_short.wait(), seconds)

    def _settle(self, lot: Sequence[Job], found: Mapping[int, Found], now: datetime) -> None:
        """Record what does not go."""
        for job in lot:
            match found[job.message.id]:
                case Letter():
                    continue
                case Broken(error=error):
                    result = outcomes.of_broken(job.message, error, now)
                case verdict:
                    result = outcomes.of_verdict(job.message, verdict, now)
            self._recorder.add(result)

    def _hire(self, line: Line) -> None:
        """Put to work as many hands as the line can use now; one at least, to see when it can."""
        if line in self._paused:
            return
        room = max(line.limit.room(time.monotonic()), 1)
        wanted = min(line.flight.allowed - line.hands, len(line.ready), room)
        for _ in range(self._places.take(line, wanted)):
            line.hands += 1
            self._begin(self._work(line))

    async def _work(self, line: Line) -> None:
        """Hand over one after the other, while something is ready and may begin."""
        try:
            while line.ready and line.hands <= line.flight.allowed and not self._places.owed_by(line):
                began = time.monotonic()
                if not self._may_begin(line, began):
                    return
                going = line.ready.popleft()
                if self._is_good(line, going, began):
                    await self._send(line, going, began)
                    self._passed(line, going.lot)
                else:
                    self._put_back(line, going, began)
                if line.hands < line.flight.allowed and line.ready:
                    self._hire(line)
                if line.queue:
                    self._read_ahead(line)
        finally:
            line.hands -= 1
            self._leave(line)

    def _leave(self, line: Line) -> None:
        """One pair of hands is free: for the line whose turn it is, and if there is none, for its own."""
        waiting = self._places.leave(line)
        if waiting is not None:
            self._hire(waiting)
        if not line.hands:
            self._hire(line)
            if not line.ready:
                self._recorder.written.set()  # there is room again, also if nothing came of it

    def _may_begin(self, line: Line, at: float) -> bool:
        """Whether the limit lets one more begin now; if not, the line pauses until it does."""
        if self.stopping:  # nothing is handed over any more, only given back
            return True
        if line in self._paused:
            return False
        wait = line.limit.take(at)
        if wait > 0:
            pause = max(wait, SHORTEST_PAUSE)
            self._paused[line] = asyncio.get_running_loop().call_later(pause, self._go_on, line)
        return wait <= 0

    def _go_on(self, line: Line) -> None:
        self._paused.pop(line).cancel()
        self._hire(line)
        self._moved_on.set()

    def _is_good(self, line: Line, going: Going, at: float) -> bool:
        return at <= going.lot.good_until and self._may_go(line, going.job, at)

    def _put_back(self, line: Line, going: Going, at: float) -> None:
        """It goes back to the head of the queue, and with it what follows in the same case: their order stays."""
        back = [going]
        while line.ready and line.ready[0].lot is going.lot and not self._is_good(line, line.ready[0], at):
            back.append(line.ready.popleft())
        line.put_first([one.job for one in back])
        for one in back:
            self._passed(line, one.lot)

    def _passed(self, line: Line, lot: Lot) -> None:
        """One less of a lot is under way."""
        line.under_way -= 1
        lot.left -= 1
        if not lot.left and lot.note is not None:
            self._recorder.over(lot.note)

    async def _send(self, line: Line, going: Going, began: float) -> None:
        """Hand one over and settle it; if it grew too old meanwhile, it waits for new facts."""
        outgoing = going.letter.outgoing
        try:
            if len(outgoing) == 1:  # nearly always; a task of its own would cost as much as the rest of the hand-over
                self._settle_said(line, going, [await self._hand_over(line, outgoing[0])], began)
            else:
                self._settle_said(line, going, await self._hand_over_all(line, outgoing), began)
        except TooLateError:
            line.put_first([going.job])
        except Exception as error:  # noqa: BLE001 - it stays claimed; the rescuer knows that it may have left
            log.error("message_stuck", message=going.job.message.id, error=type(error).__name__)

    def _settle_said(self, line: Line, going: Going, said: Sequence[Outcome], began: float) -> None:
        """Record what the provider answered, and learn from it how the account does."""
        message, letter, at = going.job.message, going.letter, self._now()
        outcome = outcomes.merged(said)
        line.flight.answered(began, time.monotonic(), line.hands, trouble=outcomes.is_trouble(outcome))
        line.breaker = after(line.breaker, said, at)
        sent = outcomes.HandedOver(
            message=message,
            letter=letter,
            provider=line.provider.name,
            abilities=line.abilities,
            dead_subscriptions=outcomes.dead_subscriptions(letter, said) if message.channel is Channel.PUSH else (),
        )
        self._recorder.add(outcomes.of_outcome(sent, outcome, at))
        self._recorder.answered(
            sending.Answered(line.provider.name, message.channel, type(outcome).__name__, message.due_at, at)
        )
        self._recorder.note(line, said)

    async def _hand_over_all(self, line: Line, outgoing: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Together: the second installation must not get what the first one's slow push service has made old.

        Raises TooLateError if all were too late. If some were, they count as not reached: the others have the message.
        """
        said = await asyncio.gather(*(self._hand_over(line, one) for one in outgoing), return_exceptions=True)
        late = [answer for answer in said if isinstance(answer, TooLateError)]
        if late and len(late) == len(said):
            raise late[0]
        return [NOT_REACHED if isinstance(answer, BaseException) else answer for answer in said]

    async def _hand_over(self, line: Line, outgoing: Outgoing) -> Outcome:
        """One call of the provider. Raises TooLateError.

        That it raises nothing else and answers in time is its promise; here it is made sure.
        """
        try:
            return await self._patience.wait(line.provider.send(outgoing))
        except TooLateError:
            raise
        except TimeoutError:
            return Unclear(detail="no answer in time")
        except Exception as error:  # noqa: BLE001 - it may have been taken: the one safe reading is "unclear"
            log.error("provider_raised", provider=line.provider.name, error=type(error).__name__)
            return Unclear(detail=f"provider raised {type(error).__name__}")


def _going(jobs: Sequence[Job], look: Look) -> list[Going]:
    """Those of a lot that may go."""
    lot = Lot(good_until=look.good_until, note=look.note, left=0)
    ready = [job for job in jobs if job.message.held not in look.lost] if look.lost else jobs
    going = [Going(job, letter, lot) for job in ready if isinstance(letter := look.found[job.message.id], Letter)]
    lot.left = len(going)
    return going
