"""Which processes of this machine have a file open: whether a service still runs on a SQLite database."""

import os
from pathlib import Path
from typing import Final

PROCESSES: Final = Path("/proc")


def users_of(file: Path) -> list[int]:
    """The numbers of other processes that have `file` open; of those that we may look into, and on Linux alone."""
    try:
        wanted = file.stat()
    except OSError:
        return []
    others = [int(entry.name) for entry in PROCESSES.glob("[0-9]*") if int(entry.name) != os.getpid()]
    return [pid for pid in others if _has_open(pid, (wanted.st_dev, wanted.st_ino))]


def _has_open(pid: int, wanted: tuple[int, int]) -> bool:
    try:
        return any(_same(entry, wanted) for entry in (PROCESSES / str(pid) / "fd").iterdir())
    except OSError:  # it ended, or is somebody else's
        return False


def _same(entry: Path, wanted: tuple[int, int]) -> bool:
    try:
        held = entry.stat()
    except OSError:  # closed meanwhile
        return False
    return (held.st_dev, held.st_ino) == wanted
