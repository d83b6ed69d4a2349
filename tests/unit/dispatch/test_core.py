"""A dispatcher keeps to the core that others leave free, moves when they do not, and does without where it cannot choose."""

import os
from pathlib import Path

import pytest

from myosotis.dispatch.core import Core

TICKS = os.sysconf("SC_CLK_TCK")


class Machine:
    """What the kernel tells of three cores and one thread, and where that thread was put."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.moves: list[int] = []
        self._idle, self._waited = [0.0, 0.0, 0.0], 0.0
        (folder / "self/task/4711").mkdir(parents=True)
        monkeypatch.setattr(os, "sched_setaffinity", self._move, raising=False)

    def _move(self, thread: int, cores: set[int]) -> None:
        assert thread == 4711
        self.moves += cores

    def passes(self, *, idle: tuple[float, float, float], waited: float = 0.0) -> None:
        """A second, in which cores were idle for so long, and our thread waited."""
        self._waited += waited
        self._idle = [before + more for before, more in zip(self._idle, idle, strict=True)]
        lines = ["cpu  9 9 9 9 9 9 9", *(f"cpu{n} 1 1 1 {int(s * TICKS)} 0 1 1" for n, s in enumerate(self._idle))]
        (self.folder / "stat").write_text("\n".join([*lines, "intr 5", ""]), encoding="ascii")
        (self.folder / "self/schedstat").write_text(f"123 {int(self._waited * 1e9)} 5\n", encoding="ascii")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def seen(
    machine: Machine, *seconds: tuple[tuple[float, float, float], float], allowed: tuple[int, ...], turn: int = 0
) -> list[int]:
    """Where the dispatcher was put, one look a second."""
    core = Core(machine.folder, allowed, turn)
    machine.passes(idle=(0, 0, 0))
    core.look(100.0)
    for number, (idle, waited) in enumerate(seconds):
        machine.passes(idle=idle, waited=waited)
        core.look(101.0 + number)
    return machine.moves


def test_it_takes_the_freest_core_that_it_may_use(machine: Machine) -> None:
    assert seen(machine, ((0.1, 0.5, 0.9), 0), allowed=(0, 1)) == [1]


def test_those_that_begin_together_choose_different_ones(machine: Machine) -> None:
    for turn in range(3):
        seen(machine, ((0.9, 0.8, 0.9), 0), allowed=(0, 1, 2), turn=turn)
    assert machine.moves == [0, 1, 2]


def test_it_stays_while_it_need_not_wait(machine: Machine) -> None:
    assert seen(machine, ((0.1, 0.5, 0.9), 0), ((0.9, 0.9, 0.0), 0.09), allowed=(0, 1, 2)) == [2]


def test_it_moves_when_others_keep_it_waiting_and_elsewhere_is_room(machine: Machine) -> None:
    assert seen(machine, ((0.1, 0.5, 0.9), 0), ((0.6, 0.3, 0.0), 0.5), allowed=(0, 1, 2)) == [2, 0]


def test_it_stays_where_it_is_no_better_elsewhere(machine: Machine) -> None:
    assert seen(machine, ((0.1, 0.5, 0.9), 0), ((0.1, 0.1, 0.0), 0.5), allowed=(0, 1, 2)) == [2]


async def test_one_core_is_no_choice(machine: Machine) -> None:
    await Core(machine.folder, (0,)).run()
    assert not machine.moves


async def test_a_system_that_hides_its_figures_is_left_alone(tmp_path: Path) -> None:
    await Core(tmp_path, (0, 1)).run()


async def test_a_system_that_hides_some_of_its_cores_is_left_alone(machine: Machine) -> None:
    machine.passes(idle=(0, 0, 0))
    await Core(machine.folder, (0, 7)).run()
    assert not machine.moves
