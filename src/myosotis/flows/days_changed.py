"""Several local days differ from the week at once: a doctor's holiday, in one or in all of the doctor's calendars."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction

from myosotis.flows import calendar_changed, slots
from myosotis.flows.actor import Actor
from myosotis.store.models import Practice
from myosotis.value_class import value_class

Hours = Sequence[tuple[time, time]]
"""From when to when, local to the address; none at all: closed."""
Days = Mapping[date, Hours | None]
"""How local days differ; None: they don't."""


@value_class
class Changed:
    """How the days differed before, by calendar, and how many offers of an earlier time ended."""

    before: Mapping[int, Days]
    offers_ended: int


@transaction.atomic
def set_days(*, practice: Practice, days: Mapping[int, Days], actor: Actor, now: datetime) -> Changed:
    """Say of calendars (by id) how days differ, all of them or none.

    What is booked stays; offers of time that is not open any more end. Raises NotFound, and Invalid (`hours`).
    """
    slots.lock_calendars(practice, days.keys())
    before = {calendar_id: _as_they_are(practice, calendar_id, wanted) for calendar_id, wanted in days.items()}
    running = practice.offers.filter(calendar_id__in=days.keys(), closed_at=None)
    ran = running.count()
    for calendar_id, wanted in sorted(days.items()):
        for day, hours in sorted(wanted.items()):
            calendar_changed.set_opening_exception(
                practice=practice, calendar_id=calendar_id, day=day, hours=hours, actor=actor, now=now
            )
    return Changed(before=before, offers_ended=ran - running.count())


def _as_they_are(practice: Practice, calendar_id: int, days: Days) -> Days:
    rows = practice.opening_exceptions.filter(calendar_id=calendar_id, day__in=days.keys()).order_by("day", "opens")
    found: dict[date, list[tuple[time, time]] | None] = dict.fromkeys(days)
    for row in rows:
        stretches = found[row.day] or []
        if row.opens is not None and row.closes is not None:
            stretches.append((row.opens, row.closes))
        found[row.day] = stretches
    return found
