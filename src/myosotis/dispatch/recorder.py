"""Writing outcomes in batches, apart from sending: a slow database delays the record, not the patients' messages."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog
from django.db import InterfaceError, OperationalError

from myosotis.channels.breaker import Breaker
from myosotis.dispatch import breakers
from myosotis.dispatch.database import Database
from myosotis.dispatch.job import Job
from myosotis.dispatch.line import Line
from myosotis.dispatch.outcomes import is_trouble
from myosotis.domain.lifecycle import Event
from myosotis.domain.outcomes import Outcome
from myosotis.metrics import sending
from myosotis.store.queue import claim, record
from myosotis.store.queue.claims import Held
from myosotis.store.queue.hand_over import Note
from myosotis.store.queue.record import Result
from myosotis.value_class import value_class

BATCH: Final = 500
LINGER: Final = 0.02
"""Seconds to wait for company before a batch is written, and again while some comes."""
LONGEST_LINGER: Final = 0.2
"""Writing few costs nearly as much as writing many."""
PAUSE: Final = 0.5
"""Seconds before a batch is tried again that the database did not take."""
PASSING: Final = (OperationalError, InterfaceError)
"""The database is away, or two transactions stood in each other's way: the same batch may go well next time."""

log = structlog.get_logger(__name__)


@value_class(kw_only=False)
class _Batch:
    """What is written at once."""

    results: list[Result]
    released: list[Held]
    news: list[tuple[Line, Sequence[Outcome]]]
    """For the breakers."""
    over: list[Note]


class Recorder:
    """Collects results and writes them. What it holds is lost only with the process; then the rescuer speaks."""

    def __init__(self, database: Database, *, now: Callable[[], datetime], written: asyncio.Event) -> None:
        """`written` is set whenever something was written: there may be room, or something due."""
        self._database = database
        self._now = now
        self._results: list[Result] = []
        self._released: list[Held] = []
        self._news: list[tuple[Line, Sequence[Outcome]]] = []
        self._over: list[Note] = []
        self._answers: list[sending.Answered] = []
        self._lost: set[int] = set()
        """Ids of messages that could not be recorded: the notes that they were handed over must stay."""
        self._wanted = asyncio.Event()
        self.written = written
        self._writing = False
        self._ending = False
        self.recorded = 0
        """How many results were written so far."""

    @property
    def busy(self) -> bool:
        return self._writing or bool(self._results or self._released or self._news or self._over)

    def add(self, result: Result) -> None:
        """Record this soon."""
        self._results.append(result)
        self._wanted.set()

    def answered(self, answer: sending.Answered) -> None:
        """Count this with the next batch, for those who watch."""
        self._answers.append(answer)

    def note(self, line: Line, outcomes: Sequence[Outcome]) -> None:
        """Take outcomes into the account's breaker. Good news of an account without trouble is no news."""
        if line.troubled or any(is_trouble(outcome) for outcome in outcomes):
            line.troubled = True
            self._news.append((line, outcomes))
            self._wanted.set()

    def over(self, note: Note) -> None:
        """The results of all messages that were noted together have been added."""
        self._over.append(note)
        self._wanted.set()

    def release(self, jobs: Sequence[Job]) -> None:
        """Give these back untried, soon."""
        self._released.extend(job.message.held for job in jobs)
        self._wanted.set()

    def end(self) -> None:
        """Nothing will be added any more: `run` writes what is left and returns."""
        self._ending = True
        self._wanted.set()

    async def run(self) -> None:
        """Write until the `end`. Cancelled, it may lose a batch whose turn in the database has not come."""
        while self.busy or not self._ending:
            await self._wanted.wait()
            await self._linger()
            self._wanted.clear()
            await self._write()

    async def _linger(self) -> None:
        until = time.monotonic() + LONGEST_LINGER
        while len(self._results) < BATCH and time.monotonic() < until and not self._ending:
            before = len(self._results)
            await asyncio.sleep(LINGER)
            if len(self._results) == before:
                return

    async def drain(self) -> None:
        """Write what is left."""
        while self.busy:
            await self._write()

    async def _write(self) -> None:
        answers, self._answers = self._answers, []
        sending.count(answers)
        batch = self._batch()
        if self._results:
            self._wanted.set()
        self._writing = True
        try:
            await self._database(self._to_database, batch)
        except PASSING as error:
            sending.record_failures.inc()
            log.warning("record_delayed", error=type(error).__name__, messages=len(batch.results))
            self._put_back(batch)
            self._wanted.set()
            await asyncio.sleep(PAUSE)
        except Exception as error:  # noqa: BLE001 - the next batch must be written, whatever this one brought up
            sending.record_failures.inc()
            log.error("batch_not_recorded", messages=len(batch.results), error=type(error).__name__)
            self._lost |= {result.message_id for result in batch.results}
        else:
            self.recorded += len(batch.results)
            sending.recorded.inc(len(batch.results))
            sending.retries.inc(sum(result.event is Event.PUT_BACK and result.tried for result in batch.results))
            self.written.set()
        finally:
            self._writing = False

    def _batch(self) -> "_Batch":
        results, self._results = self._results[:BATCH], self._results[BATCH:]
        released, self._released = self._released, []
        news, self._news = self._news, []
        over: list[Note] = []
        if not self._results:  # else some of what the notes speak of is still to be written
            over, self._over = self._over, []
        return _Batch(results, released, news, over)

    def _put_back(self, batch: "_Batch") -> None:
        self._results = batch.results + self._results
        self._released = batch.released + self._released
        self._news = batch.news + self._news
        self._over = batch.over + self._over

    def _to_database(self, batch: "_Batch") -> None:
        now = self._now()
        if batch.results or batch.over:
            with sending.record_seconds.time():
                self._record(batch.results, batch.over, now)
        by_line: dict[Line, list[Outcome]] = {}
        for line, outcomes in batch.news:
            by_line.setdefault(line, []).extend(outcomes)
        for line, said in by_line.items():
            line.breaker = breakers.apply(line.account, said, now)
            line.troubled = line.breaker != Breaker()
        if (
            batch.released
        ):  # after the breakers: else they could be claimed again before it is known that they must rest
            claim.release(batch.released)

    def _record(self, results: list[Result], over: list[Note], now: datetime) -> None:
        done = [note for note in over if note.messages.isdisjoint(self._lost)]
        try:
            record.record(results, now=now, over=done)
        except PASSING:
            raise
        except Exception:
            if not results:
                raise
            if len(results) == 1:
                self._record_bare(results[0], now)
            else:  # one of them is what the database cannot take: it must not keep the others
                for result in results:
                    self._record([result], [], now)
            if over:
                self._record([], over, now)

    def _record_bare(self, result: Result, now: datetime) -> None:
        """What happened without what was said: the text is worth less than knowing that it went."""
        bare = replace(result, text=None, detail="", provider_id="", dead_address=None)
        try:
            record.record([bare], now=now)
        except PASSING:
            raise
        except Exception as error:  # noqa: BLE001 - the message stays claimed, and the next dispatcher's rescuer finds it
            log.error("not_recorded", message=result.message_id, error=type(error).__name__)  # private text
            self._lost.add(result.message_id)
        else:
            log.error("recorded_without_text", message=result.message_id)
