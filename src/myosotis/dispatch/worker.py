"""Who we are among the dispatchers, and whether another one of this machine is still alive."""

import os
import secrets
from pathlib import Path


def _machine() -> str:
    """This boot of this machine (or container): process numbers mean something within it only."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot[:13]}.{Path('/proc/self/ns/pid').readlink().name.strip('pid:[]')}"
    except OSError:
        return secrets.token_hex(8)  # not Linux: nobody is ever known to be dead, the lease decides


def _started(pid: int) -> str | None:
    """When a process started, in clock ticks since the boot; None if there is none. Numbers of processes are used again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in ("Z", "X") else rest[18]


def _name(pid: int, nonce: str) -> str:
    return f"{_machine()}:{pid}:{_started(pid) or ''}:{nonce}"


def name() -> str:
    """A name for one dispatcher of this process, at most 64 characters."""
    return _name(os.getpid(), secrets.token_hex(3))


def is_dead(worker: str) -> bool:
    """Whether a dispatcher surely died: it ran on this machine, and its process is gone."""
    machine, _, rest = worker.partition(":")
    pid, _, rest = rest.partition(":")
    started = rest.partition(":")[0]
    return machine == _machine() and pid.isdecimal() and bool(started) and _started(int(pid)) != started
