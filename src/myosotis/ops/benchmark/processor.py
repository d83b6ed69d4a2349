"""What processes of this machine use, by /proc. Linux only."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def used(pid: int) -> float:
    """Seconds of CPU that a process and those it started have used; 0 where that cannot be seen."""
    return sum(_ticks(member) for member in _family(pid)) / TICKS


def parent_of(pid: int) -> int:
    """The process that started another one; 0 where that cannot be seen."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def resident(pid: int) -> float:
    """Memory that a process holds now, in MB; 0 of one that is gone."""
    try:
        lines = (PROC / str(pid) / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def _stat(pid: int) -> list[str]:
    """The fields after the name: state, parent, ..."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _ticks(pid: int) -> int:
    """User and system time, of the process itself and of its children that have ended."""
    return sum(map(int, _stat(pid)[11:15]))


def _family(pid: int) -> Iterator[int]:
    """A process, its children, theirs, and so on."""
    children: dict[int, list[int]] = {}
    for number in (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()) if PROC.is_dir() else ():
        children.setdefault(parent_of(number), []).append(number)
    return _descended(pid, children)


def _descended(pid: int, children: Mapping[int, Sequence[int]]) -> Iterator[int]:
    yield pid
    for child in children.get(pid, ()):
        yield from _descended(child, children)
