"""Staff note whether a visit took place: done, no-show, or neither after all."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from myosotis.domain.words import Party, Via, VisitStatus
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.replanning import replan
from myosotis.store.models import Practice, Visit


class Mark(StrEnum):
    """What staff note of a visit that has begun."""

    NO_SHOW = "no_show"
    DONE = "done"
    NONE = "none"
    """Back to what it was before it was marked."""


STATUS_OF = {Mark.NO_SHOW: VisitStatus.NO_SHOW, Mark.DONE: VisitStatus.DONE}
MARKED = frozenset(STATUS_OF.values())


@transaction.atomic
def mark(*, practice: Practice, visit_id: int, mark: Mark, via: Via, actor: Actor, now: datetime) -> Visit:
    """Mark a visit that has begun; `review` and `rebook` follow from it, of its siblings too.

    Raises NotFound and Conflict (`visit_cancelled`, `not_started`).
    """
    visit, affected = found.locked_visit(practice, visit_id, now)
    if visit.status == VisitStatus.CANCELLED:
        raise Conflict("visit_cancelled")
    if mark is not Mark.NONE and now < visit.start:
        raise Conflict("not_started")
    wanted = STATUS_OF.get(mark) or _unmarked(visit)
    if visit.status == wanted:
        return visit
    was = records.before(visit)
    visit.status = wanted
    visit.save(update_fields=["status"])
    what = records.Happened.UNMARKED if mark is Mark.NONE else records.Happened(mark.value)
    records.log_visit(visit, what, now=now, by=Party.PRACTICE, via=via, actor=actor, was=was)
    replan(practice, affected, now)
    return visit


def _unmarked(visit: Visit) -> VisitStatus:
    """The status before the first of the marks that follow one another."""
    if visit.status not in MARKED:
        return VisitStatus(visit.status)
    marks = visit.log.filter(what__in=(records.Happened.NO_SHOW, records.Happened.DONE)).order_by("-id")
    before = (VisitStatus(entry.before["status"]) for entry in marks)
    return next((status for status in before if status not in MARKED), VisitStatus.BOOKED)
