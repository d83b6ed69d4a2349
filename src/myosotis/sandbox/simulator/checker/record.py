"""What is left of a practice after a simulation, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from zoneinfo import ZoneInfo

from myosotis.sandbox.simulator.evidence import Noted, Received
from myosotis.value_class import value_class


@value_class
class Row:
    """One row of the message table. Words are the table's own."""

    id: int
    practice_id: int
    visit_id: int | None
    subject_type: str
    subject_id: int
    patient_id: int | None
    revision: int
    kind: str
    channel: str
    wave: str
    copy: int
    key: str
    status: str
    reason: str
    fallback: str
    due_at: datetime | None
    expires_at: datetime | None
    sent_at: datetime | None


@value_class
class Entry:
    """One line of a visit's log: how it stands from then on."""

    at: datetime
    what: str
    by: str
    via: str
    revision: int
    start: datetime


@value_class
class Life:
    """A visit from its booking on."""

    id: int
    practice_id: int
    patient_id: int
    doctor_id: int
    zone: ZoneInfo
    minutes: int
    online: bool
    log: Sequence[Entry]

    def at(self, moment: datetime) -> Entry | None:
        """How it stood at an instant, by what had happened until then."""
        return next((entry for entry in reversed(self.log) if entry.at <= moment), None)

    def cancelled(self, moment: datetime) -> bool:
        """Whether it was cancelled then."""
        changes = [e.what for e in self.log if e.at <= moment and e.what in ("cancelled", "restored")]
        return bool(changes) and changes[-1] == "cancelled"

    def start_of(self, revision: int) -> datetime:
        """Its start in a revision."""
        return next(entry.start for entry in reversed(self.log) if entry.revision == revision)


@value_class
class Asked:
    """One who was asked about a freed slot."""

    id: int
    visit_id: int
    patient_id: int
    visit_start: datetime
    answer: str
    answered_at: datetime | None


@value_class
class Freed:
    """One offer, with those who were asked."""

    id: int
    start: datetime
    closes_at: datetime
    closed_at: datetime | None
    asked: Sequence[Asked]


@value_class
class Record:
    """All that is known of one practice."""

    practice_id: int
    lives: Mapping[int, Life]
    rows: Mapping[int, Row]
    received: Sequence[Received]
    noted: Sequence[Noted]
    offers: Sequence[Freed]
    addresses: Mapping[int, frozenset[str]]
    """Of each patient of this practice."""
    rows_of: Mapping[int, Sequence[Row]] = field(default_factory=dict)
    """By visit; those of offers at the visit that was asked about."""
