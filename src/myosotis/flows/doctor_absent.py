"""A doctor is not there: calendars are closed, and the visits in that time cancelled or moved, a few at a time.

Each visit is dealt with in a transaction of its own, so that nobody waits for a day full of them, and what was broken
off is taken up again. All of it can be taken back within the undo time of the first (docs/rules.md 2).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Min, QuerySet

from myosotis.domain.told import UNDO
from myosotis.domain.window import instant
from myosotis.domain.words import AbsenceOutcome, AbsenceWay, Party, Via
from myosotis.flows import calendar_changed, found, records, slots, visit_cancelled, visit_moved
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.patient_acts import OPEN
from myosotis.store import absences
from myosotis.store.absences import Times
from myosotis.store.models import Absence, AbsenceCalendar, AbsenceVisit, Calendar, Practice, Visit
from myosotis.value_class import value_class

AT_A_TIME: Final = 10
"""So many visits are dealt with before whoever waits is told how far it has come."""
FURTHEST: Final = 366
"""Days: how far visits are moved, and how long an absence may be."""
DONE: Final = (AbsenceOutcome.CANCELLED, AbsenceOutcome.MOVED)
"""What can be taken back."""


@value_class
class Plan:
    """Who is away from when to when, and what is to become of the visits."""

    calendar_ids: tuple[int, ...]
    times: Times
    way: AbsenceWay
    days: int | None = None
    """For MOVE_DAYS: by how many local days, the time on the wall stays."""
    to_calendar_id: int | None = None
    """For MOVE_CALENDAR."""
    why: str = ""
    """For the staff alone."""
    message: str = ""
    """What patients read as the reason of a cancellation."""


@transaction.atomic
def begin(
    *, practice: Practice, plan: Plan, otherwise: Mapping[int, AbsenceWay], actor: Actor, now: datetime
) -> Absence:
    """Close the calendars and note which visits are to be dealt with, and how: by `plan`, or as `otherwise` says by id.

    `go_on` deals with them. Raises NotFound and Invalid (calendars, last_day, until_time, days, to_calendar).
    """
    _check(practice, plan, otherwise, now)
    calendars = [found.calendar_of(practice, one) for one in sorted(set(plan.calendar_ids))]
    slots.lock_calendars(practice, [calendar.pk for calendar in calendars])
    ways = {plan.way, *otherwise.values()}
    absence = Absence.objects.create(
        practice=practice,
        first_day=plan.times.first_day,
        last_day=plan.times.last_day,
        from_time=plan.times.from_time,
        until_time=plan.times.until_time,
        why=plan.why,
        way=plan.way,
        days=plan.days if AbsenceWay.MOVE_DAYS in ways else None,
        to_calendar_id=plan.to_calendar_id if AbsenceWay.MOVE_CALENDAR in ways else None,
        message=plan.message,
        created_at=now,
        staff_user_id=actor.staff_user_id,
    )
    for calendar in calendars:
        _close(absence, calendar, plan.times, actor, now)
    zones = {calendar.pk: calendar.address.zone for calendar in calendars}
    AbsenceVisit.objects.bulk_create(
        _row(absence, visit, otherwise.get(visit.pk, plan.way), now)
        for visit in absences.affected(practice, zones, plan.times, now)
    )
    records.audit(practice, "absence.begun", "absence", absence.pk, now=now, actor=actor)
    return absence


def _check(practice: Practice, plan: Plan, otherwise: Mapping[int, AbsenceWay], now: datetime) -> None:
    if not plan.calendar_ids:
        raise Invalid("calendars", "missing")
    times, ways = plan.times, {plan.way, *otherwise.values()}
    if not timedelta() <= times.last_day - times.first_day <= timedelta(days=FURTHEST):
        raise Invalid("last_day", "before_start" if times.last_day < times.first_day else "out_of_range")
    if (
        times.first_day == times.last_day
        and times.from_time
        and times.until_time
        and times.from_time >= times.until_time
    ):
        raise Invalid("until_time", "before_start")
    if times.last_day < (now - timedelta(days=1)).date():
        raise Invalid("last_day", "in_past")
    if AbsenceWay.MOVE_DAYS in ways and not 1 <= (plan.days or 0) <= FURTHEST:
        raise Invalid("days", "out_of_range" if plan.days else "missing")
    if AbsenceWay.MOVE_CALENDAR in ways:
        if plan.to_calendar_id is None:
            raise Invalid("to_calendar", "missing")
        if plan.to_calendar_id in plan.calendar_ids:
            raise Invalid("to_calendar", "absent_too")
        found.calendar_of(practice, plan.to_calendar_id)


def _close(absence: Absence, calendar: Calendar, times: Times, actor: Actor, now: datetime) -> None:
    start, end = times.span(calendar.address.zone)
    blocked = calendar_changed.block(
        practice=absence.practice, calendar_id=calendar.pk, start=start, end=end, actor=actor, now=now
    )
    AbsenceCalendar.objects.create(practice=absence.practice, absence=absence, calendar=calendar, blocked=blocked)


def _row(absence: Absence, visit: Visit, way: AbsenceWay, now: datetime) -> AbsenceVisit:
    left = way is AbsenceWay.LEAVE
    return AbsenceVisit(
        practice_id=absence.practice_id,
        absence=absence,
        visit=visit,
        start=visit.start,
        revision=visit.revision,
        way=way,
        outcome=AbsenceOutcome.LEFT if left else AbsenceOutcome.WAITING,
        handled_at=now if left else None,
    )


def go_on(*, practice: Practice, absence_id: int, actor: Actor, now: datetime, most: int = AT_A_TIME) -> int:
    """Deal with the next visits, each in its own transaction; how many are left. Raises NotFound."""
    absence = absence_of(practice, absence_id)
    rows = _open_rows(absence).order_by("start", "id")
    for row_id in list(rows.values_list("id", flat=True)[:most]):
        _deal_with(practice, absence, row_id, actor, now)
    return _open_rows(absence).count()


def absence_of(practice: Practice, absence_id: int) -> Absence:
    """An absence of the practice, or NotFound."""
    return found.one(practice.absences.filter(id=absence_id).select_related("practice", "to_calendar"), "absence")


def _open_rows(absence: Absence) -> "QuerySet[AbsenceVisit]":
    """What is still to be done: visits to be dealt with, or to be taken back."""
    outcomes = (AbsenceOutcome.WAITING,) if absence.undone_at is None else DONE
    return absence.visits.filter(outcome__in=outcomes)


@transaction.atomic
def _deal_with(practice: Practice, absence: Absence, row_id: int, actor: Actor, now: datetime) -> None:
    row = _open_rows(absence).filter(id=row_id).order_by().select_for_update(no_key=True).first()
    if row is None:
        return  # another tab was quicker
    try:
        with transaction.atomic():
            row.outcome = _taken_back(row, actor, now) if absence.undone_at else _dealt_with(absence, row, actor, now)
    except Conflict as conflict:
        row.outcome = AbsenceOutcome.TOO_LATE if conflict.code == "undo_time_over" else AbsenceOutcome.CHANGED
    row.revision = found.visit_of(practice, row.visit_id).revision if row.outcome in DONE else row.revision
    row.handled_at = row.handled_at if absence.undone_at else now
    row.save(update_fields=["outcome", "revision", "handled_at"])


def _dealt_with(absence: Absence, row: AbsenceVisit, actor: Actor, now: datetime) -> AbsenceOutcome:
    if row.way == AbsenceWay.CANCEL:
        done = visit_cancelled.cancel(
            practice=absence.practice, visit_id=row.visit_id, by=Party.PRACTICE, via=Via.DESK, actor=actor, now=now,
            reason=absence.message, expected_revision=row.revision,
        )  # fmt: skip
        return AbsenceOutcome.CANCELLED if done.changed else AbsenceOutcome.CHANGED
    return _moved(absence, row, actor, now)


def _moved(absence: Absence, row: AbsenceVisit, actor: Actor, now: datetime) -> AbsenceOutcome:
    practice, elsewhere = absence.practice, row.way == AbsenceWay.MOVE_CALENDAR
    visit = found.visit_of(practice, row.visit_id)
    target = (absence.to_calendar if elsewhere else None) or visit.calendar
    slots.lock_calendars(practice, {visit.calendar_id, target.pk})
    visit = found.visit_of(practice, row.visit_id)
    if visit.revision != row.revision or visit.status not in OPEN:
        return AbsenceOutcome.CHANGED
    start = _new_start(visit, target, 0 if elsewhere else absence.days or 0)
    if not slots.is_free(
        target, start, start + (visit.end - visit.start), break_minutes=slots.break_after(visit.service), now=now,
        without_visit=visit.pk,
    ):  # fmt: skip
        return AbsenceOutcome.NO_ROOM
    visit_moved.move(
        practice=practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=actor, now=now,
        start=start, calendar_id=target.pk, expected_revision=row.revision,
    )  # fmt: skip
    return AbsenceOutcome.MOVED


def _new_start(visit: Visit, target: Calendar, days: int) -> datetime:
    """The same time on the wall, so many local days later, at the address of the target (UTC)."""
    local = visit.start.astimezone(visit.calendar.address.zone)
    return instant(local.date() + timedelta(days=days), local.time(), target.address.zone).astimezone(UTC)


@transaction.atomic
def undo(*, practice: Practice, absence_id: int, actor: Actor, now: datetime) -> Absence:
    """Take an absence back: its calendars are open again at once, and `go_on` takes back what was done with visits.

    Raises NotFound and Conflict (`nothing_to_undo`, `undo_time_over`).
    """
    absence = _locked(practice, absence_id)
    if absence.undone_at is not None:
        raise Conflict("nothing_to_undo")
    if now >= undo_until(absence):
        raise Conflict("undo_time_over")
    absence.undone_at = now
    absence.save(update_fields=["undone_at"])
    absence.visits.filter(outcome=AbsenceOutcome.WAITING).update(outcome=AbsenceOutcome.TAKEN_BACK)
    _open_again(absence, actor, now)
    records.audit(practice, "absence.undone", "absence", absence.pk, now=now, actor=actor)
    return absence


def undo_until(absence: Absence) -> datetime:
    """Until when (UTC) all of it can be taken back: before anybody is told."""
    first = absence.visits.filter(outcome__in=DONE).aggregate(first=Min("handled_at"))["first"]
    return (first or absence.created_at) + UNDO


def _taken_back(row: AbsenceVisit, actor: Actor, now: datetime) -> AbsenceOutcome:
    practice = row.practice
    if found.visit_of(practice, row.visit_id).revision != row.revision:
        return AbsenceOutcome.CHANGED
    if row.outcome == AbsenceOutcome.CANCELLED:
        visit_cancelled.restore(practice=practice, visit_id=row.visit_id, actor=actor, now=now)
    else:
        visit_moved.undo(practice=practice, visit_id=row.visit_id, actor=actor, now=now)
    return AbsenceOutcome.TAKEN_BACK


@transaction.atomic
def reopen(*, practice: Practice, absence_id: int, actor: Actor, now: datetime) -> Absence:
    """The doctor is back: the time that is still closed is open again; what became of the visits stays. Raises NotFound."""
    absence = _locked(practice, absence_id)
    _open_again(absence, actor, now)
    records.audit(practice, "absence.reopened", "absence", absence.pk, now=now, actor=actor)
    return absence


def _locked(practice: Practice, absence_id: int) -> Absence:
    return found.one(practice.absences.filter(id=absence_id).order_by().select_for_update(no_key=True), "absence")


def _open_again(absence: Absence, actor: Actor, now: datetime) -> None:
    for closed in absence.calendars.exclude(blocked=None).order_by("calendar_id"):
        if closed.blocked_id is not None:
            calendar_changed.unblock(practice=absence.practice, blocked_id=closed.blocked_id, actor=actor, now=now)
