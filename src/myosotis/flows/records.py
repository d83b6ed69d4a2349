"""What is written down beside a change: the visit's log and the audit log, with ids and times only."""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypedDict

from myosotis.domain.words import Party, Via
from myosotis.flows import digest_planned
from myosotis.flows.actor import Actor
from myosotis.store import single
from myosotis.store.models import AuditEntry, Practice, Visit, VisitLog


class Happened(StrEnum):
    """The words of a visit's log, and of the feed of events."""

    BOOKED = "booked"
    BOOKING_UNDONE = "booking_undone"
    IMPORTED = "imported"
    MOVED = "moved"
    MOVE_UNDONE = "move_undone"
    CANCELLED = "cancelled"
    RESTORED = "restored"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    NO_SHOW = "no_show"
    DONE = "done"
    UNMARKED = "unmarked"
    CHANGED = "changed"
    GIVEN_TO_OTHER = "given_to_other"
    CORRECTED = "corrected"
    GIVING_UNDONE = "giving_undone"


class Before(TypedDict, total=False):
    """What an undo brings back, as it is kept in the log; instants in ISO 8601."""

    status: str
    start: str
    end: str
    calendar_id: int
    service_id: int | None
    booked_at: str
    event: str
    event_at: str
    event_by: str
    event_via: str
    previous_start: str | None
    patient_id: int
    former_patient_id: int | None
    booked_by: str
    first_start: str
    first_calendar_id: int


NOTHING: Final[Before] = {}


def before(visit: Visit) -> Before:
    """What a visit is now, for an undo."""
    return Before(
        status=visit.status,
        start=visit.start.isoformat(),
        end=visit.end.isoformat(),
        calendar_id=visit.calendar_id,
        service_id=visit.service_id,
        booked_at=visit.booked_at.isoformat(),
        event=visit.event,
        event_at=visit.event_at.isoformat(),
        event_by=visit.event_by,
        event_via=visit.event_via,
        previous_start=None if visit.previous_start is None else visit.previous_start.isoformat(),
        patient_id=visit.patient_id,
        former_patient_id=visit.former_patient_id,
        booked_by=visit.booked_by,
        first_start=visit.first_start.isoformat(),
        first_calendar_id=visit.first_calendar_id,
    )


def log_visit(
    visit: Visit,
    what: Happened,
    *,
    now: datetime,
    by: Party,
    via: Via,
    actor: Actor,
    was: Before = NOTHING,
    batch_id: int | None = None,
    changed: tuple[str, ...] = (),
) -> None:
    """One line in the visit's log, with old and new time and place where `was` is given, and one in the audit log.

    What a patient did of themselves goes into the digests of staff who wish one. `changed`: fields of the visit itself,
    which are written in the same trip.
    """
    lines = lines_of(visit, what, now=now, by=by, via=via, actor=actor, was=was, batch_id=batch_id)
    single.add(*lines, then=[single.changed(visit, changed)] if changed else ())
    tell_staff(visit, by=by, via=via, now=now)


def lines_of(
    visit: Visit,
    what: Happened,
    *,
    now: datetime,
    by: Party,
    via: Via,
    actor: Actor,
    was: Before = NOTHING,
    batch_id: int | None = None,
) -> tuple[VisitLog, AuditEntry]:
    """The two lines of `log_visit`, for whoever writes them beside something else."""
    line = VisitLog(
        practice_id=visit.practice_id,
        visit=visit,
        at=now,
        what=what,
        by=by,
        via=via,
        staff_user_id=actor.staff_user_id,
        revision=visit.revision,
        old_start=datetime.fromisoformat(was["start"]) if was else None,
        new_start=visit.start,
        old_calendar_id=was["calendar_id"] if was else None,
        new_calendar_id=visit.calendar_id,
        before=was,
        batch_id=batch_id,
    )
    return line, _audited(visit.practice_id, f"visit.{what}", "visit", visit.pk, now, actor)


def tell_staff(visit: Visit, *, by: Party, via: Via, now: datetime) -> None:
    """Let what a patient did of themselves come into the digests of staff who wish one."""
    if by is Party.PATIENT and via not in (Via.DESK, Via.IMPORT):
        digest_planned.plan(visit.practice_id, now)


def audit(
    practice: Practice | int, action: str, object_type: str, object_id: int | None, *, now: datetime, actor: Actor
) -> None:
    """One line in the audit log: who did what to which thing."""
    practice_id = practice if isinstance(practice, int) else practice.pk
    single.add(_audited(practice_id, action, object_type, object_id, now, actor))


def _audited(
    practice_id: int, action: str, object_type: str, object_id: int | None, now: datetime, actor: Actor
) -> AuditEntry:
    return AuditEntry(
        practice_id=practice_id,
        at=now,
        actor=actor.name,
        action=action,
        object_type=object_type,
        object_id=object_id,
    )
