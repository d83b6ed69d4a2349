"""A visit is moved to another time, another calendar, or both; or its move is undone (docs/rules.md 1 and 2)."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from myosotis.domain.told import UNDO
from myosotis.domain.words import OfferEnd, Party, Via, VisitEvent, VisitStatus
from myosotis.flows import found, offer_closed, patient_acts, records, slot_freed, slots
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.replanning import replan
from myosotis.flows.slot_freed import Slot
from myosotis.flows.visit_booked import asking_overlaps, check_start, end_of, overlaps, service_of
from myosotis.store.inquiry import at_once, learn
from myosotis.store.models import Calendar, Practice, Service, Visit, VisitLog
from myosotis.value_class import value_class

WRITTEN: Final = (
    "start", "end", "calendar", "service", "previous_start", "booked_at", "status", "revision", "event", "event_at",
    "event_by", "event_via",
)  # fmt: skip
"""Of a visit, all that a move may change."""


@value_class
class Moved:
    """The visit after the move; `changed` is false where it stood there already."""

    visit: Visit
    changed: bool
    overlaps: tuple[int, ...] = ()


@transaction.atomic
def move(
    *,
    practice: Practice,
    visit_id: int,
    by: Party,
    via: Via,
    actor: Actor,
    now: datetime,
    start: datetime | None = None,
    calendar_id: int | None = None,
    minutes: int | None = None,
    service_id: int | None = None,
    expected_revision: int | None = None,
) -> Moved:
    """Move a visit; what is not given stays. `by` is who asked for it, which staff note.

    A move by the practice sets the status to booked, by the patient to confirmed. Another duration alone is no move:
    the revision stays and nobody is told. Raises NotFound, Invalid (start, minutes), and Conflict (`revision_changed`,
    `visit_cancelled`, `visit_over`; for the patient's own doors also `actions_off`, `after_cutoff`, and as
    `slots.require_free`).
    """
    visit, affected = slots.locked_visit(practice, visit_id, now, to=calendar_id)
    _check(visit, via, now, expected_revision)
    target = visit.calendar if calendar_id is None else found.calendar_of(practice, calendar_id)
    new_start = visit.start if start is None else start
    check_start(new_start, via, now)
    was, left = records.before(visit), Slot(calendar=visit.calendar, start=visit.start, end=visit.end)
    lasting = int((visit.end - visit.start) / timedelta(minutes=1)) if minutes is None else minutes
    new_end = end_of(new_start, lasting, None)
    moved = (new_start, target.pk) != (visit.start, visit.calendar_id)
    if not moved and new_end == visit.end and service_id is None:
        return Moved(visit=visit, changed=False)
    visit.service = _service_there(visit, target, service_id)
    if moved and via in patient_acts.OWN_DOORS:
        slots.require_free(
            target, new_start, minutes=lasting, break_minutes=slots.break_after(visit.service), now=now,
            without_visit=visit.pk,
        )  # fmt: skip
    if moved:
        note_move(visit, by=by, via=via, now=now)
    visit.start, visit.end, visit.calendar = new_start, new_end, target
    offers, overlapped = learn(
        at_once(
            offer_closed.asking_open(target.pk, new_start, new_end),
            asking_overlaps(practice.pk, target.pk, new_start, new_end),
        )
    )
    what = records.Happened.MOVED if moved else records.Happened.CHANGED
    records.log_visit(visit, what, now=now, by=by, via=via, actor=actor, was=was, changed=WRITTEN)
    offer_closed.close_these(practice, offers, now=now, actor=actor)
    replan(practice, affected, now)
    if moved:
        slot_freed.offer(left, visit, by=by, via=via, now=now, actor=actor)
    return Moved(visit=visit, changed=True, overlaps=tuple(sorted(set(overlapped) - {visit.pk})))


def _check(visit: Visit, via: Via, now: datetime, expected_revision: int | None) -> None:
    if expected_revision is not None and visit.revision != expected_revision:
        raise Conflict("revision_changed")
    patient_acts.require_open(visit)
    patient_acts.require_allowed(visit, via, now)


def _service_there(visit: Visit, target: Calendar, service_id: int | None) -> Service | None:
    """The service asked for; else the present one, or the one of the same name in another calendar."""
    if service_id is not None:
        return service_of(target, service_id)
    if visit.service is None or target.pk == visit.calendar_id:
        return visit.service
    return target.services.filter(name=visit.service.name).first()


def note_move(visit: Visit, *, by: Party, via: Via, now: datetime) -> None:
    """Note who moves a visit from where it stands: by the practice it is booked again, by the patient confirmed."""
    visit.previous_start = visit.start
    visit.booked_at = now
    visit.status = VisitStatus.BOOKED if by == Party.PRACTICE else VisitStatus.CONFIRMED
    visit.revision += 1
    visit.event, visit.event_at, visit.event_by, visit.event_via = VisitEvent.MOVED, now, by, via


@transaction.atomic
def undo(
    *, practice: Practice, visit_id: int, actor: Actor, now: datetime, expected_revision: int | None = None
) -> Moved:
    """Take back the last move at the desk: time, place, status and the moment of agreement are as before.

    Raises NotFound, and Conflict (`nothing_to_undo`, `undo_time_over`, `revision_changed`).
    """
    last = last_entry(found.visit_of(practice, visit_id))
    old = None if last is None else last.old_calendar
    visit, affected = slots.locked_visit(practice, visit_id, now, to=None if old is None else old.pk)
    if expected_revision is not None and visit.revision != expected_revision:
        raise Conflict("revision_changed")
    if last is None or last.what != records.Happened.MOVED or last.revision != visit.revision:
        raise Conflict("nothing_to_undo")
    if last.via != Via.DESK or now >= last.at + UNDO:
        raise Conflict("undo_time_over")
    was, moved_from = records.before(visit), visit.start
    put_back(visit, last.before, now)
    visit.previous_start = moved_from
    visit.event, visit.event_by, visit.event_via = VisitEvent.MOVED, Party(last.by), Via.DESK
    visit.save()
    records.log_visit(
        visit, records.Happened.MOVE_UNDONE, now=now, by=Party(last.by), via=Via.DESK, actor=actor, was=was
    )
    offer_closed.close_where_taken(
        practice, visit.calendar_id, visit.start, visit.end, now=now, actor=actor, because=OfferEnd.UNDONE
    )
    replan(practice, affected, now)
    return Moved(visit=visit, changed=True, overlaps=overlaps(visit))


def last_entry(visit: Visit) -> VisitLog | None:
    """The last thing in a visit's log that changed when, where, whether or whose it is."""
    return visit.log.exclude(what=records.Happened.CHANGED).order_by("-id").first()


def put_back(visit: Visit, was: records.Before, now: datetime) -> None:
    """Bring back what a change replaced, as a new revision.

    What happened before is told anew from `now` on, unless the patient was told already; of a visit that is over
    nothing is told, and `review` and `rebook` go on as they were.
    """
    visit.status = was["status"]
    visit.start, visit.end = datetime.fromisoformat(was["start"]), datetime.fromisoformat(was["end"])
    visit.calendar_id, visit.service_id = was["calendar_id"], was["service_id"]
    visit.booked_at = datetime.fromisoformat(was["booked_at"])
    visit.event, visit.event_by, visit.event_via = was["event"], was["event_by"], was["event_via"]
    visit.event_at = now if now < visit.end else datetime.fromisoformat(was["event_at"])
    previous = was["previous_start"]
    visit.previous_start = None if previous is None else datetime.fromisoformat(previous)
    visit.revision += 1
