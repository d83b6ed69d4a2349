"""What a patient may do without calling: the switch of the actions, and the cut-off of the calendar (docs/rules.md 5)."""

from datetime import datetime, timedelta
from typing import Final

from myosotis.domain.words import Via, VisitStatus
from myosotis.flows.errors import Conflict
from myosotis.store.models import Visit

OWN_DOORS: Final = (Via.PORTAL, Via.SMS)
"""Doors at which the patient stands in person; staff and the practice's own systems are not held to the cut-off."""
OPEN: Final = (VisitStatus.BOOKED, VisitStatus.CONFIRMED)


def cutoff(visit: Visit) -> datetime:
    """Until when the patient may move or cancel the visit (UTC)."""
    return visit.start - timedelta(minutes=visit.calendar.change_cutoff_minutes)


def actions_offered(visit: Visit) -> bool:
    """Whether the link and TAK/NIE act at all, by the switch in force now."""
    return visit.own_switches.over(visit.calendar.switches).actions


def require_open(visit: Visit) -> None:
    """Raise Conflict unless the visit is booked or confirmed."""
    if visit.status == VisitStatus.CANCELLED:
        raise Conflict("visit_cancelled")
    if visit.status not in OPEN:
        raise Conflict("visit_over")


def require_allowed(visit: Visit, via: Via, now: datetime) -> None:
    """Raise Conflict (`actions_off`, `after_cutoff`) where the patient may not move or cancel this visit alone."""
    if via not in OWN_DOORS:
        return
    if not actions_offered(visit):
        raise Conflict("actions_off")
    if now >= cutoff(visit):
        raise Conflict("after_cutoff")
