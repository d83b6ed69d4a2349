"""What each process of `booking` does with visits of its own: books them, then moves them, then cancels them."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from myosotis import clock
from myosotis.domain.words import Party, Via
from myosotis.flows import visit_booked, visit_cancelled, visit_moved
from myosotis.flows.actor import SYSTEM
from myosotis.store.models import Practice

A_SECOND: Final = 200
"""Of all processes together."""
WARM: Final = 20
"""Of each act in each process, not counted."""
AHEAD: Final = timedelta(days=300)
LATER: Final = timedelta(days=100)
"""By so much a visit moves, to where nobody is."""
APART: Final = timedelta(minutes=20)


class Appointments:
    """Visits of one of `processes` processes, each with a patient of its own; they are counted from 0."""

    def __init__(self, practice_id: int, number: int, processes: int) -> None:
        self._practice = practice = Practice.objects.get(pk=practice_id)
        self._patients = list(practice.patients.order_by("pk").values_list("pk", flat=True))[number::processes]
        calendars = list(practice.calendars.order_by("pk").values_list("pk", flat=True))
        self._calendars = [calendars[(turn * processes + number) % len(calendars)] for turn in range(len(calendars))]
        self._first = (clock.wall() + AHEAD).replace(hour=8, minute=0, second=0, microsecond=0)
        self._visits: list[int] = []

    @property
    def acts(self) -> Mapping[str, Callable[[int], object]]:
        """What can be done with the n-th visit; it is booked before anything else."""
        return {"booking": self._book, "move": self._move, "cancellation": self._cancel}

    def _book(self, turn: int) -> None:
        booked = visit_booked.book(
            practice=self._practice, calendar_id=self._calendars[turn % len(self._calendars)],
            patient_id=self._patients[turn], start=self._first + APART * turn, by=Party.PRACTICE, via=Via.DESK,
            actor=SYSTEM, now=clock.wall(),
        )  # fmt: skip
        self._visits.append(booked.visit.pk)

    def _move(self, turn: int) -> None:
        visit_moved.move(
            practice=self._practice, visit_id=self._visits[turn], start=self._first + LATER + APART * turn,
            by=Party.PRACTICE, via=Via.DESK, actor=SYSTEM, now=clock.wall(),
        )  # fmt: skip

    def _cancel(self, turn: int) -> None:
        visit_cancelled.cancel(
            practice=self._practice, visit_id=self._visits[turn], by=Party.PRACTICE, via=Via.DESK, actor=SYSTEM,
            now=clock.wall(),
        )  # fmt: skip


def carry_out(practice_id: int, number: int, processes: int, each: int) -> None:
    """Whatever acts are named to us, each as often: warm up, begin at the moment that is said, tell how long each took.

    In milliseconds; beside it the seconds of CPU for all of them.
    """
    acts = Appointments(practice_id, number, processes).acts
    for line in iter(sys.stdin.readline, ""):
        act = acts[line.strip()]
        for turn in range(WARM):
            act(turn)
        print("ready", flush=True)
        began, worked, took = float(input()), time.process_time(), []
        for turn in range(each):
            planned = began + (turn * processes + number) / A_SECOND
            time.sleep(max(planned - time.monotonic(), 0))
            act(WARM + turn)
            took.append((time.monotonic() - planned) * 1e3)
        print(json.dumps([took, time.process_time() - worked]), flush=True)
