"""The six switches of a calendar: what a change would do to planned messages, making it, copying it (docs/rules.md 2).

Preview and change ask the same plan for the same visits, so that what the panel promised is what happens.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime

from django.db import transaction

from myosotis.domain import planning
from myosotis.domain.lifecycle import PENDING
from myosotis.domain.values import PlanDifference, Switches, VisitFacts
from myosotis.domain.words import Kind
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.replanning import replan
from myosotis.store import facts as visit_facts
from myosotis.store.models import Calendar, Practice
from myosotis.store.outbox import Difference
from myosotis.value_class import value_class

NAMES = tuple(switch.name for switch in fields(Switches))


@value_class
class Effect:
    """How many messages, by kind, appear among those that are planned or wait, and how many disappear; of how many visits."""

    visits: int
    """Looked at ..."""
    changed: int
    """... and with a message that appears or disappears."""
    appear: dict[Kind, int]
    disappear: dict[Kind, int]


def preview(*, practice: Practice, calendar_id: int, switches: Switches, now: datetime) -> Effect:
    """What `apply` with the same switches would do at `now`; changes nothing. Raises NotFound."""
    calendar = found.calendar_of(practice, calendar_id)
    loaded = visit_facts.load(_visits_of(practice, [calendar.pk], now), now)
    changed = [replace(visit, calendar_switches=switches) for visit in loaded]
    return effect_of([(visit, planning.replan(visit, now)) for visit in changed])


@transaction.atomic
def apply(
    *,
    practice: Practice,
    calendar_id: int,
    switches: Switches,
    actor: Actor,
    now: datetime,
    was: Switches | None = None,
) -> Effect:
    """Set a calendar's switches and plan anew every visit that is not over or still has a message ahead.

    `was`: what whoever changes them has seen. Raises NotFound, and Conflict (`switches_changed`) if that is no longer so.
    """
    calendar = found.calendar_of(practice, calendar_id, lock=True)
    if was is not None and calendar.switches != was:
        raise Conflict("switches_changed")
    return _set(practice, {calendar: switches}, actor, now)


@transaction.atomic
def bring_back(
    *, practice: Practice, former: Mapping[int, Switches], since: Switches, actor: Actor, now: datetime
) -> Effect:
    """Give calendars (by id) the switches that they had before `since` was set in all of them.

    What should have gone in between is not made up for (docs/rules.md 2). Raises NotFound, Invalid (`former`) for none, and
    Conflict (`switches_changed`) if one of them was set anew.
    """
    if not former:
        raise Invalid("former", "missing")
    calendars = [found.calendar_of(practice, calendar_id, lock=True) for calendar_id in sorted(former)]
    if any(calendar.switches != since for calendar in calendars):
        raise Conflict("switches_changed")
    return _set(practice, {calendar: former[calendar.pk] for calendar in calendars}, actor, now)


@transaction.atomic
def copy_to(
    *, practice: Practice, calendar_id: int, target_ids: Collection[int], actor: Actor, now: datetime
) -> Effect:
    """Give other calendars the switches of this one. Raises NotFound, and Invalid (`target_ids`) for none."""
    if not target_ids:
        raise Invalid("target_ids", "missing")
    targets = [found.calendar_of(practice, target_id, lock=True) for target_id in sorted(set(target_ids))]
    source = found.calendar_of(practice, calendar_id)
    return _set(practice, dict.fromkeys(targets, source.switches), actor, now)


def _set(practice: Practice, wanted: Mapping[Calendar, Switches], actor: Actor, now: datetime) -> Effect:
    for calendar, switches in wanted.items():
        for name in NAMES:
            setattr(calendar, name, getattr(switches, name))
        calendar.save(update_fields=NAMES)
        records.audit(practice, "calendar.switches", "calendar", calendar.pk, now=now, actor=actor)
    visits = _visits_of(practice, [calendar.pk for calendar in wanted], now)
    found.lock(practice, visits)
    return effect_of(replan(practice, visits, now))


def _visits_of(practice: Practice, calendar_ids: Collection[int], now: datetime) -> list[int]:
    ahead = found.with_something_ahead(practice, now).filter(calendar_id__in=calendar_ids)
    return sorted(ahead.values_list("id", flat=True))


def effect_of(differences: Iterable[Difference]) -> Effect:
    """Count what differences change among planned and waiting messages."""
    appear: Counter[Kind] = Counter()
    disappear: Counter[Kind] = Counter()
    visits = changed = 0
    for visit, difference in differences:
        visits += 1
        if difference.empty:
            continue
        coming, going = _coming(visit, difference), _going(visit, difference)
        appear.update(coming)
        disappear.update(going)
        changed += bool(coming or going)
    return Effect(visits=visits, changed=changed, appear=dict(appear), disappear=dict(disappear))


def _coming(visit: VisitFacts, difference: PlanDifference) -> list[Kind]:
    """The kinds of the messages that get among those planned and waiting."""
    pending = {message.id for message in visit.messages if message.status in PENDING}
    added = [row for row in difference.add if row.status in PENDING]
    revived = [row for key, row in difference.change if key not in pending and row.status in PENDING]
    return [row.key.kind for row in (*added, *revived)]


def _going(visit: VisitFacts, difference: PlanDifference) -> list[Kind]:
    """The kinds of those that were among them and are not any more."""
    pending = {message.id: message.key.kind for message in visit.messages if message.status in PENDING}
    ended = [key for key, row in difference.change if row.status not in PENDING]
    cancelled = [key for key, _ in difference.cancel]
    return [pending[key] for key in (*ended, *cancelled) if key in pending]
