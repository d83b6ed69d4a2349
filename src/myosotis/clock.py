"""The only reader of the wall clock; in the sandbox, of the virtual clock.

The virtual clock is a small file shared by all processes of a sandbox. It says: at the real instant R the virtual
instant was V, and virtual time runs (or is frozen). Without `MYOSOTIS_CLOCK_FILE` the wall clock is read.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from myosotis.value_class import value_class


@value_class
class VirtualClock:
    """At the real instant `real` the virtual instant was `virtual`; it stands still if `frozen`."""

    real: datetime
    virtual: datetime
    frozen: bool

    def at(self, real: datetime) -> datetime:
        """The virtual instant at a real one (both UTC)."""
        return self.virtual if self.frozen else self.virtual + (real - self.real)


def wall() -> datetime:
    """The real instant, in UTC, also in the sandbox: for TLS, VAPID, DKIM, sessions."""
    return datetime.now(UTC)


def clock_file() -> Path | None:
    """Where the virtual clock is kept, or None when the wall clock rules."""
    path = os.environ.get("MYOSOTIS_CLOCK_FILE")
    return Path(path) if path else None


def now() -> datetime:
    """The instant by which the product acts, in UTC."""
    file = clock_file()
    virtual = read_virtual(file) if file is not None else None
    return wall() if virtual is None else virtual.at(wall())


def reader() -> Callable[[], datetime]:
    """`now` for a process that asks for it with each message: which clock rules is found out once."""
    return wall if clock_file() is None else now


def read_virtual(file: Path) -> VirtualClock | None:
    """The virtual clock kept in `file`, or None if there is none yet."""
    try:
        kept = json.loads(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    return VirtualClock(
        real=datetime.fromisoformat(kept["real"]),
        virtual=datetime.fromisoformat(kept["virtual"]),
        frozen=kept["frozen"],
    )


def set_virtual(file: Path, virtual: datetime, *, frozen: bool) -> None:
    """Set the virtual clock (UTC) for every process that shares `file`; a reader never sees half of it."""
    if virtual.utcoffset() != timedelta(0):
        raise ValueError("virtual time is an aware datetime in UTC")
    kept = {"real": wall().isoformat(), "virtual": virtual.isoformat(), "frozen": frozen}
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(kept), encoding="ascii")
    part.replace(file)
