"""The six switches of a calendar: what a change would do to planned messages, making it, copying it (docs/rules.md 2).

Preview and change ask the same plan for the same visits, so that what the panel promised is what happens.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from django.db import transaction

from myosotis.domain import planning
from myosotis.domain.lifecycle import PENDING
from myosotis.domain.values import Switches
from myosotis.domain.words import Kind
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Invalid
from myosotis.flows.replanning import replan
from myosotis.store import facts as visit_facts
from myosotis.store.models import Calendar, Practice
from myosotis.store.outbox import Difference

NAMES = tuple(switch.name for switch in fields(Switches))


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """How many messages, by kind, appear among those that are planned or wait, and how many disappear; of how many visits."""

    visits: int
    appear: dict[Kind, int]
    disappear: dict[Kind, int]


def preview(*, practice: Practice, calendar_id: int, switches: Switches, now: datetime) -> Effect:
    """What `apply` with the same switches would do at `now`; changes nothing. Raises NotFound."""
    calendar = found.calendar_of(practice, calendar_id)
    loaded = visit_facts.load(_visits_of(practice, [calendar.pk], now), now)
    changed = [replace(visit, calendar_switches=switches) for visit in loaded]
    return effect_of([(visit, planning.replan(visit, now)) for visit in changed])


@transaction.atomic
def apply(*, practice: Practice, calendar_id: int, switches: Switches, actor: Actor, now: datetime) -> Effect:
    """Set a calendar's switches and plan anew every visit that is not over or still has a message ahead. Raises NotFound."""
    calendar = found.calendar_of(practice, calendar_id, lock=True)
    return _set(practice, [calendar], switches, actor, now)


@transaction.atomic
def copy_to(
    *, practice: Practice, calendar_id: int, target_ids: Collection[int], actor: Actor, now: datetime
) -> Effect:
    """Give other calendars the switches of this one. Raises NotFound, and Invalid (`target_ids`) for none."""
    if not target_ids:
        raise Invalid("target_ids", "missing")
    targets = [found.calendar_of(practice, target_id, lock=True) for target_id in sorted(set(target_ids))]
    source = found.calendar_of(practice, calendar_id)
    return _set(practice, targets, source.switches, actor, now)


def _set(practice: Practice, calendars: list[Calendar], switches: Switches, actor: Actor, now: datetime) -> Effect:
    for calendar in calendars:
        for name in NAMES:
            setattr(calendar, name, getattr(switches, name))
        calendar.save(update_fields=NAMES)
        records.audit(practice, "calendar.switches", "calendar", calendar.pk, now=now, actor=actor)
    visits = _visits_of(practice, [calendar.pk for calendar in calendars], now)
    found.lock(practice, visits)
    return effect_of(replan(practice, visits, now))


def _visits_of(practice: Practice, calendar_ids: Collection[int], now: datetime) -> list[int]:
    ahead = found.with_something_ahead(practice, now).filter(calendar_id__in=calendar_ids)
    return sorted(ahead.values_list("id", flat=True))


def effect_of(differences: Iterable[Difference]) -> Effect:
    """Count what differences change among planned and waiting messages."""
    appear: Counter[Kind] = Counter()
    disappear: Counter[Kind] = Counter()
    visits = 0
    for visit, difference in differences:
        visits += 1
        if difference.empty:
            continue
        before = {message.id: message for message in visit.messages}
        appear.update(row.key.kind for row in difference.add if row.status in PENDING)
        for key, row in difference.change:
            was, will = before[key].status in PENDING, row.status in PENDING
            if was != will:
                (appear if will else disappear)[row.key.kind] += 1
        disappear.update(before[key].key.kind for key, _ in difference.cancel if before[key].status in PENDING)
    return Effect(visits=visits, appear=dict(appear), disappear=dict(disappear))
