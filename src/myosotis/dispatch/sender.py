"""Handing over: concurrently, within the limits of each account, with no connection and no transaction held."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import structlog
from django.db import Error as DatabaseTrouble

from myosotis.channels.base import Outgoing, TooLateError
from myosotis.channels.breaker import State, after, state
from myosotis.dispatch import checker, last_look, outcomes, renderer
from myosotis.dispatch.database import Database
from myosotis.dispatch.job import Broken, Checked, Job, Ready
from myosotis.dispatch.last_look import Look, LotSize
from myosotis.dispatch.line import Line
from myosotis.dispatch.patience import Patience
from myosotis.dispatch.recorder import Recorder
from myosotis.domain.outcomes import Deferred, Outcome, Trouble, Unclear
from myosotis.metrics import sending

LANES: Final = 2
"""Lots of one account at once: while one is sent, the facts of the next are read."""

NOT_REACHED: Final = Deferred(detail="no connection in time", trouble=Trouble.MESSAGE)

log = structlog.get_logger(__name__)


class _Going(NamedTuple):
    job: Job
    ready: Ready


@dataclass(frozen=True, kw_only=True, slots=True)
class _Batch:
    """A lot whose facts were read at `now` (UTC), and are good until then (seconds of `time.monotonic`)."""

    line: Line
    going: Iterator[_Going]
    good_until: float
    now: datetime
    stale: list[Job]
    """What could not be handed over while the facts were fresh."""


class Sender:
    """Takes claimed messages and sees them through to the recorder."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        *,
        now: Callable[[], datetime],
        in_flight: int,
        lot: int,
        lease: float,
        worker: str,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._now = now
        self._worker = worker
        self._places = asyncio.Semaphore(in_flight)
        self._lot = LotSize(lot)
        self._hold = lease / 2
        """Seconds after the claim beyond which nothing is handed over any more: another may soon take it for lost."""
        self._patience = Patience(self._hold)
        self._lanes: set[asyncio.Task[None]] = set()
        self.stopping = False

    @property
    def busy(self) -> bool:
        return bool(self._lanes)

    async def finished(self) -> None:
        """Until no lot is under way any more."""
        while self._lanes:
            await asyncio.wait(self._lanes)

    def take(self, line: Line, jobs: Sequence[Job]) -> None:
        """Put claimed messages into an account's line and see that it moves."""
        line.put(jobs)
        for _ in range(min(LANES - line.lanes, len(line.queue))):
            line.lanes += 1
            lane = asyncio.create_task(self._work(line))
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)

    async def _work(self, line: Line) -> None:
        try:
            while line.queue:
                lot = line.take(self._lot.now)
                line.under_way += len(lot)
                try:
                    await self._send_lot(line, lot)
                except Exception as error:  # noqa: BLE001 - they stay claimed, and the rescuer knows what was handed over
                    log.error("lot_broken", error=type(error).__name__, messages=[job.message.id for job in lot])
                finally:
                    line.under_way -= len(lot)
        finally:
            line.lanes -= 1
            self._recorder.written.set()  # there is room again, also if nothing came of it

    async def _send_lot(self, line: Line, lot: list[Job]) -> None:
        if not self._may_go(line, lot, time.monotonic()):
            self._recorder.release(lot)
            return
        now = self._now()
        try:
            look = await self._database(last_look.take, [job.message for job in lot], now, self._worker)
        except DatabaseTrouble as error:
            log.warning("facts_not_read", error=type(error).__name__, messages=len(lot))
            self._recorder.release(lot)
            return
        self._lot.learn(len(lot), look.took)
        if look.took > last_look.SLOW:
            log.warning("facts_slow", seconds=round(look.took, 2), messages=len(lot))
        self._settle(lot, look.checked, now)
        stale = await self._go(line, lot, look, now)
        if look.note is not None:
            self._recorder.over(look.note)
        line.put_first(sorted(stale, key=lambda job: (job.message.due_at, job.message.id)))

    async def _go(self, line: Line, lot: Sequence[Job], look: Look, now: datetime) -> list[Job]:
        """Hand over what may go; what could not be while its facts were good."""
        going = [_Going(job, ready) for job in lot if isinstance(ready := look.checked[job.message.id], Ready)]
        batch = _Batch(line=line, going=iter(going), good_until=look.good_until, now=now, stale=[])
        await asyncio.gather(*(self._one_by_one(batch) for _ in range(min(len(going), line.in_flight))))
        return batch.stale

    def _may_go(self, line: Line, lot: Sequence[Job], at: float) -> bool:
        """Whether we go on at all, the claims are young enough, and the account takes anything now."""
        oldest = min([job.claimed_at for job in lot])
        if self.stopping or at - oldest > self._hold:
            return False
        if line.breaker.open_until is None:  # the clock is read only where it matters
            return True
        return all(job.probe for job in lot) or state(line.breaker, self._now()) is State.CLOSED

    def _settle(self, lot: Sequence[Job], checked: Mapping[int, Checked], now: datetime) -> None:
        """Record what does not go."""
        for job in lot:
            match checked[job.message.id]:
                case Ready():
                    continue
                case Broken(error=error):
                    result = outcomes.of_broken(job.message, error, now)
                case verdict:
                    result = outcomes.of_verdict(job.message, verdict, now)
            self._recorder.add(result)

    async def _one_by_one(self, batch: _Batch) -> None:
        """Hand over one after the other, as places become free; several of these run at once."""
        line = batch.line
        async with line.limit.places:
            for job, ready in batch.going:
                await line.limit.turn()
                async with self._places:
                    at = time.monotonic()
                    if at > batch.good_until or not self._may_go(line, (job,), at):
                        batch.stale.append(job)
                        continue
                    try:
                        await self._send(batch, job, ready)
                    except Exception as error:  # noqa: BLE001 - it stays claimed; the rescuer knows that it may have left
                        log.error("message_stuck", message=job.message.id, error=type(error).__name__)

    async def _send(self, batch: _Batch, job: Job, ready: Ready) -> None:
        message, line = job.message, batch.line
        try:
            letter = renderer.write(
                message, ready, batch.now, default_sender=line.default_sender, good_until=batch.good_until
            )
        except Exception as error:  # noqa: BLE001 - whatever a damaged row brings up must not stop the others
            result = outcomes.of_broken(message, checker.broken(message, error).error, batch.now)
            self._recorder.add(result)
            return
        try:
            said = await self._hand_over_all(line, letter.outgoing)
        except TooLateError:
            batch.stale.append(job)
            return
        at = self._now()
        line.breaker = after(line.breaker, said, at)
        sent = outcomes.HandedOver(
            message=message,
            ready=ready,
            letter=letter,
            provider=line.provider.name,
            abilities=line.abilities,
            dead_subscriptions=outcomes.dead_subscriptions(letter, said),
        )
        outcome = outcomes.merged(said)
        self._recorder.add(outcomes.of_outcome(sent, outcome, at))
        self._recorder.answered(
            sending.Answered(line.provider.name, message.channel, type(outcome).__name__, message.due_at, at)
        )
        self._recorder.note(line, said)

    async def _hand_over_all(self, line: Line, outgoing: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Together: the second installation must not get what the first one's slow push service has made old.

        Raises TooLateError if all were too late. If some were, they count as not reached: the others have the message.
        """
        if len(outgoing) == 1:  # nearly always; a task of its own would cost as much as the rest of the hand-over
            return [await self._hand_over(line, outgoing[0])]
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
