"""What other processes of this machine use, by /proc: the gateway and PostgreSQL beside the dispatcher. Linux only."""

import os
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def used(pid: int) -> float:
    """Seconds of CPU that a process and its children have used; 0 where that cannot be seen."""
    family = {pid, *_children(pid)}
    return sum(_ticks(member) for member in family) / TICKS


def parent_of(pid: int) -> int:
    """The process that started another one; 0 where that cannot be seen."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def resident(pid: int) -> float:
    """Memory that a process holds now, in MB."""
    for line in (PROC / str(pid) / "status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


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


def _children(pid: int) -> list[int]:
    numbers = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()] if PROC.is_dir() else []
    return [number for number in numbers if parent_of(number) == pid]
