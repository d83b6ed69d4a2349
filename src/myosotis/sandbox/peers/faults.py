"""What can be made to go wrong with each peer."""

import sqlite3
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Peer(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    PUSH = "push"


class Fault(StrEnum):
    """One thing that goes wrong while it is switched on."""

    SLOW = "slow"
    """Every answer takes `SLOW_SECONDS` longer."""
    ERROR = "error"
    """HTTP 503, SMTP 451: nothing is taken."""
    REFUSES = "refuses"
    """Every recipient is refused for good: wrong number, unknown mailbox, dead subscription."""
    SILENT = "silent"
    """Takes the message and never answers."""
    BOUNCES = "bounces"
    """Takes the message and reports later that it could not be delivered."""
    NO_REPORTS = "no_reports"
    REPORTS_LATE = "reports_late"
    """Reports come six hours later."""
    REPORTS_TWICE = "reports_twice"
    REPORTS_REVERSED = "reports_reversed"
    """Of reports due close together the later one comes first."""


SLOW_SECONDS: Final = 2.0
COMMON: Final = (Fault.SLOW, Fault.ERROR, Fault.REFUSES, Fault.SILENT)
POSSIBLE: Final[Mapping[Peer, tuple[Fault, ...]]] = {
    Peer.SMS: (
        *COMMON,
        Fault.BOUNCES,
        Fault.NO_REPORTS,
        Fault.REPORTS_LATE,
        Fault.REPORTS_TWICE,
        Fault.REPORTS_REVERSED,
    ),
    Peer.EMAIL: (*COMMON, Fault.BOUNCES, Fault.REPORTS_LATE, Fault.REPORTS_TWICE),
    Peer.PUSH: COMMON,
}


def faults_of(database: sqlite3.Connection, peer: Peer) -> frozenset[Fault]:
    """The faults that are switched on."""
    rows = database.execute("SELECT fault FROM fault WHERE peer = ?", (peer.value,))
    return frozenset(Fault(fault) for (fault,) in rows)


def set_faults(database: sqlite3.Connection, peer: Peer, faults: Iterable[Fault]) -> None:
    """Switch on exactly these. Raises ValueError for one that this peer cannot have."""
    wanted = frozenset(faults)
    impossible = wanted - frozenset(POSSIBLE[peer])
    if impossible:
        raise ValueError(f"{peer}: no such fault; there are: {', '.join(POSSIBLE[peer])}")
    with database:
        database.execute("DELETE FROM fault WHERE peer = ?", (peer.value,))
        database.executemany("INSERT INTO fault VALUES (?, ?)", [(peer.value, fault.value) for fault in wanted])
